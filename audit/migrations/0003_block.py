"""The blocks that seal the records."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_subject")]

    operations = [
        migrations.CreateModel(
            name="Block",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "seqs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField()
                    ),
                ),
                ("hashes", models.BinaryField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("signature", models.CharField(max_length=128)),
                ("key_id", models.CharField(max_length=16)),
                ("sealed_at", models.DateTimeField()),
                ("pruned_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_block",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("pruned_at__isnull", True)),
                        fields=["last_at"],
                        name="audit_block_kept",
                    ),
                    models.Index(
                        condition=models.Q(("pruned_at__isnull", False)),
                        fields=["last_at"],
                        name="audit_block_pruned",
                    ),
                ],
            },
        ),
    ]
