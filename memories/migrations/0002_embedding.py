from django.db import migrations, models
from pgvector.django import HalfVectorField


class Migration(migrations.Migration):
    """Tell Django of the table that memories/search/vectors.py makes.

    It can be made only where PostgreSQL has pgvector, and that may come later.
    """

    dependencies = [("memories", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Embedding",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "memory_id",
                                "model",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("model", models.TextField()),
                        ("dimensions", models.PositiveSmallIntegerField()),
                        ("version", models.PositiveIntegerField()),
                        ("vector", HalfVectorField()),
                        (
                            "memory",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                related_name="+",
                                to="memories.memory",
                            ),
                        ),
                    ],
                    options={"default_permissions": ()},
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    migrations.RunSQL.noop, "DROP TABLE IF EXISTS memories_embedding"
                ),
            ],
        ),
    ]
