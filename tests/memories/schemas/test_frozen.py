"""memories.schemas.frozen: what was published never changes."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from memories.schemas import frozen
from memories.schemas.base import Content
from memories.schemas.frozen import FROZEN, file_of
from memories.schemas.registry import json_schema, registry


@pytest.mark.parametrize("schema", list(registry()), ids=lambda schema: schema.__name__)
def test_a_version_is_what_was_published(schema: type[Content]) -> None:
    assert json.loads(file_of(schema).read_text()) == json_schema(schema), (
        f"{file_of(schema).name} is published and must not change: make a new version"
    )


def test_every_file_belongs_to_a_version() -> None:
    assert set(FROZEN.glob("*.json")) == {file_of(schema) for schema in registry()}


class TestFreezeSchemas:
    @pytest.fixture
    def directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(frozen, "FROZEN", tmp_path)
        return tmp_path

    def test_writes_what_is_missing(self, directory: Path) -> None:
        call_command("freeze_schemas", stdout=StringIO())

        for schema in registry():
            file = directory / f"{schema.type}.v{schema.version}.json"
            assert json.loads(file.read_text()) == json_schema(schema)

    def test_does_not_write_over_what_is_published(self, directory: Path) -> None:
        published = directory / "chat.v1.json"
        published.write_text("as it was")
        output = StringIO()

        call_command("freeze_schemas", stdout=output)

        assert published.read_text() == "as it was"
        assert "chat.v1.json is frozen already" in output.getvalue()

    def test_says_what_is_frozen_from_now_on(self, directory: Path) -> None:
        output = StringIO()

        call_command("freeze_schemas", stdout=output)

        assert "event.v1.json is frozen from now on" in output.getvalue()
