"""Erasures are signed, and the database knows each node's file of heads by its place.

Nobody was erased before: no verb did it. How far the one file had come stays, as what
the first file that is seen must have come to.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="erased_signature",
            field=models.CharField(blank=True, default="", max_length=128),
            preserve_default=False,
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE audit_heads_file"
                    " ADD COLUMN place text NOT NULL DEFAULT '',"
                    " DROP COLUMN id, ADD PRIMARY KEY (place);"
                    "ALTER TABLE audit_heads_file ALTER COLUMN place DROP DEFAULT",
                    "DELETE FROM audit_heads_file WHERE number <"
                    " (SELECT max(number) FROM audit_heads_file);"
                    "ALTER TABLE audit_heads_file"
                    " ADD COLUMN id smallint NOT NULL DEFAULT 1,"
                    " DROP COLUMN place, ADD PRIMARY KEY (id);"
                    "ALTER TABLE audit_heads_file ALTER COLUMN id DROP DEFAULT",
                )
            ],
            state_operations=[
                migrations.DeleteModel(name="HeadsFile"),
                migrations.CreateModel(
                    name="HeadsFile",
                    fields=[
                        (
                            "place",
                            models.TextField(primary_key=True, serialize=False),
                        ),
                        ("number", models.BigIntegerField()),
                    ],
                    options={"db_table": "audit_heads_file", "default_permissions": ()},
                ),
            ],
        ),
    ]
