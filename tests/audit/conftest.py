"""What the audit's tests share: a file of heads of their own, and the triggers back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.audit.writing import GUARDED, run

STATES = {
    "audit_record": ("no_update", "no_delete", "place"),
    "audit_block": ("no_update", "no_delete", "not_pruned"),
    "audit_subject": ("no_update", "no_delete"),
}


@pytest.fixture(autouse=True)
def heads_file(settings: Settings, tmp_path: Path) -> Path:
    """The file that a test's heads go to."""
    file: Path = tmp_path / "audit" / "heads.ndjson"
    settings.AUDIT_HEADS_FILE = file
    return file


@pytest.fixture
def rearmed(transactional_db: None) -> Iterator[None]:
    """Turn the triggers on again that the test turns off."""
    yield
    for table in GUARDED:
        for state in STATES[table]:
            run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{state}")
