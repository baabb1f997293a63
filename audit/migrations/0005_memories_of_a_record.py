import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("audit", "0004_append_only"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="record",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["memory_ids"], name="audit_record_memories"
            ),
        ),
    ]
