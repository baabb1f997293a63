from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    """Let PostgreSQL go straight to a topic's end, however long the journal is."""

    atomic = False

    dependencies = [("journal", "0002_identity")]

    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["topic", "xid", "seq"], name="journal_entry_topic"
            ),
        ),
        RemoveIndexConcurrently(model_name="entry", name="journal_entry_reading"),
    ]
