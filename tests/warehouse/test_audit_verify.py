"""manage.py audit_verify: says that all is well, or what is not, and fails."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from audit import canonical
from audit.pruning import prune
from tests.audit.conftest import rearmed  # noqa: F401 - a fixture
from tests.audit.writing import disarm, run, sealed, write
from tests.sessions import elsewhere
from tests.warehouse.conftest import Query
from warehouse import shipping

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def heads_file(settings: Settings, tmp_path: Path) -> Path:
    file: Path = tmp_path / "heads.ndjson"
    settings.AUDIT_HEADS_FILE = file
    return file


def audit_verify(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_verify", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


class TestTheCommand:
    def test_says_that_all_is_well(self) -> None:
        write(3)
        sealed()
        write(2, at=timezone.now())

        assert audit_verify() == (
            "3 records in 1 blocks are as they were sealed; "
            "0 are pruned, 2 not sealed yet.\n"
        )

    def test_has_nothing_to_say_against_an_empty_audit(self) -> None:
        assert audit_verify().startswith("0 records in 0 blocks")

    @pytest.mark.usefixtures("rearmed")
    def test_fails_and_names_what_is_wrong(self) -> None:
        one, other = write(2)
        sealed()
        disarm()
        run("UPDATE audit_record SET action = 'x' WHERE seq = %s", [other.pk])

        with pytest.raises(CommandError, match=f"^Record {other.pk} of block 1 has"):
            audit_verify()
        assert one.pk < other.pk

    def test_misses_what_the_file_lacks(self, heads_file: Path) -> None:
        for _ in range(2):
            write(1)
            sealed()
        heads_file.write_text(heads_file.read_text().splitlines()[0] + "\n")

        with pytest.raises(CommandError, match=r"^Block 2 has no head in the file"):
            audit_verify()

    def test_misses_a_seal(self) -> None:
        (record,) = write(1)

        with pytest.raises(CommandError, match=rf"^Record {record.pk} was written bef"):
            audit_verify()

    @pytest.mark.usefixtures("rearmed")
    def test_compares_with_a_copy_of_the_heads(
        self, heads_file: Path, tmp_path: Path
    ) -> None:
        write(2)
        sealed()
        copy = tmp_path / "copy.ndjson"
        shutil.copy(heads_file, copy)
        write(1)
        sealed()
        assert audit_verify("--heads", str(copy)).startswith("3 records")
        disarm()
        run("DELETE FROM audit_record")
        run("DELETE FROM audit_block")
        heads_file.unlink()
        assert audit_verify().startswith("0 records")

        with pytest.raises(CommandError, match=r"Block 1 is in the file .*copy\."):
            audit_verify("--heads", str(copy))

    def test_sees_one_state_whatever_is_done_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(2, at=timezone.now() - timedelta(days=800))
        sealed(now=timezone.now())
        rows = canonical.rows

        def rows_after_pruning(seqs: Sequence[int]) -> Mapping[int, canonical.Row]:
            assert elsewhere(lambda: prune(now=timezone.now())) == 2
            return rows(seqs)

        monkeypatch.setattr(canonical, "rows", rows_after_pruning)

        assert audit_verify().startswith("2 records in 1 blocks")

    def test_says_that_the_file_cannot_be_read(self, heads_file: Path) -> None:
        heads_file.write_text("no head\n")

        with pytest.raises(CommandError, match="The file of heads cannot be read"):
            audit_verify()


class TestSnowflake:
    @pytest.fixture(autouse=True)
    def _shipped(self, query: Query) -> None:
        query("DELETE FROM MEMORY_AUDIT_HEADS")
        shipping.forget()
        write(2)
        sealed()
        shipping.ship(now=timezone.now)

    def test_agrees(self) -> None:
        assert audit_verify("--snowflake").startswith("2 records in 1 blocks")

    @pytest.mark.usefixtures("rearmed")
    def test_gives_away_a_database_that_was_cut_with_its_file(
        self, heads_file: Path
    ) -> None:
        disarm()
        run("DELETE FROM audit_record")
        run("DELETE FROM audit_block")
        heads_file.unlink()

        with pytest.raises(CommandError, match="Block 1 is in Snowflake, and gone"):
            audit_verify("--snowflake")

    def test_is_asked_only_when_it_is_there(self, settings: Settings) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}

        with pytest.raises(CommandError, match="leave --snowflake out"):
            audit_verify("--snowflake")

    def test_is_missed_when_it_does_not_answer(self, unreachable: None) -> None:
        with pytest.raises(CommandError, match="Snowflake did not answer"):
            audit_verify("--snowflake")
