"""Erasures are signed, and the database knows each node's file of heads by its place."""

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
        migrations.DeleteModel(name="HeadsFile"),
        migrations.CreateModel(
            name="HeadsFile",
            fields=[
                (
                    "place",
                    models.CharField(
                        max_length=1024, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
            options={"db_table": "audit_heads_file", "default_permissions": ()},
        ),
    ]
