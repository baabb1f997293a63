"""The database refuses to change or lose what is on record: audit/sql/ says how."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_block")]

    operations = [
        migrations.RunSQL(
            (SQL / "append_only.sql").read_text(),
            (SQL / "append_only_undone.sql").read_text(),
        )
    ]
