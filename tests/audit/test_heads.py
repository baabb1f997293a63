"""audit.heads: every block's head stands in the file once, whatever happens."""

import json
import os
import platform
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit import heads
from audit.models import HeadsFile, Record
from tests.audit.writing import LATER, sealed, write

pytestmark = pytest.mark.django_db(transaction=True)


def seal_some(count: int) -> None:
    """Seal so many blocks of one record."""
    for number in range(count):
        write(1)
        sealed(now=LATER + timedelta(seconds=number))


def known_up_to(number: int) -> None:
    """Make it so that a crash came between the file and what the database knows."""
    HeadsFile.objects.update(number=number)


def numbers(file: Path) -> list[object]:
    return [head["number"] for head in heads.read(file)]


class TestTheFile:
    def test_has_a_head_for_each_block(self, heads_file: Path) -> None:
        seal_some(3)

        assert numbers(heads_file) == [1, 2, 3]

    def test_says_all_that_a_hash_is_made_of(self, heads_file: Path) -> None:
        write(2)
        (block,) = sealed()

        (head,) = heads.read(heads_file)

        assert head == heads.head(block)
        assert (head["hash"], head["signature"]) == (block.hash, block.signature)
        assert (head["count"], head["previous"]) == (2, "0" * 64)
        assert head["sealed_at"] == "2026-06-01T12:05:00.000000+00:00"

    def test_gets_what_it_lacks(self, heads_file: Path) -> None:
        seal_some(3)
        whole = heads_file.read_bytes()
        heads_file.write_bytes(whole.splitlines(keepends=True)[0])
        known_up_to(1)

        assert heads.append(heads_file) == 2

        assert heads_file.read_bytes() == whole

    def test_gets_a_line_again_that_was_cut_short(self, heads_file: Path) -> None:
        seal_some(2)
        whole = heads_file.read_bytes()
        os.truncate(heads_file, len(whole) - 20)
        known_up_to(1)
        assert numbers(heads_file) == [1]

        assert heads.append(heads_file) == 1

        assert heads_file.read_bytes() == whole

    def test_gets_all_again_when_the_only_line_was_cut(self, heads_file: Path) -> None:
        seal_some(1)
        whole = heads_file.read_bytes()
        os.truncate(heads_file, 7)
        known_up_to(0)

        assert heads.append(heads_file) == 1

        assert heads_file.read_bytes() == whole

    def test_is_not_touched_when_it_has_everything(self, heads_file: Path) -> None:
        seal_some(2)

        assert heads.append(heads_file) == 0

    def test_is_read_on_from_its_end_however_long_it_is(self, heads_file: Path) -> None:
        seal_some(1)
        line = heads_file.read_bytes()
        heads_file.write_bytes(line * 200)

        assert heads.append(heads_file) == 0

    @pytest.mark.parametrize(
        "change", [{"number": 10**6}, {"number": 10**30}, {"hash": "f" * 64}]
    )
    def test_is_refused_when_it_ends_with_another_block(
        self, heads_file: Path, change: dict[str, object]
    ) -> None:
        seal_some(2)
        first, second = heads_file.read_text().splitlines()
        heads_file.write_text(f"{first}\n{json.dumps(json.loads(second) | change)}\n")

        with pytest.raises(heads.HeadsError, match="another one in the database"):
            seal_some(1)

        assert HeadsFile.objects.get().number == 2

    @pytest.mark.parametrize("line", ["no head", '"1"', "[]", "{}", '{"number": "1"}'])
    def test_is_refused_when_a_line_is_no_head(
        self, heads_file: Path, line: str
    ) -> None:
        heads_file.parent.mkdir()
        heads_file.write_text(f"{line}\n")

        with pytest.raises(heads.HeadsError, match="that is no head"):
            heads.append(heads_file)
        with pytest.raises(heads.HeadsError, match="that is no head"):
            list(heads.read(heads_file))

    def test_is_refused_when_it_cannot_be_opened(self, heads_file: Path) -> None:
        heads_file.mkdir(parents=True)

        with pytest.raises(heads.HeadsError, match="directory"):
            heads.append(heads_file)
        with pytest.raises(heads.HeadsError, match="directory"):
            list(heads.read(heads_file))


class TestAFileThatHasLostHeads:
    @pytest.fixture(autouse=True)
    def _three(self, heads_file: Path) -> None:
        seal_some(3)

    def lose(self, file: Path, how: str) -> None:
        if how == "removed":
            file.unlink()
        else:
            lines = file.read_bytes().splitlines(keepends=True)
            file.write_bytes(b"".join(lines[: int(how)]))

    @pytest.mark.parametrize("how", ["removed", "0", "1", "2"])
    def test_is_not_written_anew_unasked(self, heads_file: Path, how: str) -> None:
        self.lose(heads_file, how)
        there = heads_file.read_bytes() if heads_file.exists() else b""

        said = "where block 3 was: it was cut"
        with pytest.raises(heads.HeadsError, match=said):
            seal_some(1)

        assert heads_file.read_bytes() == there
        assert heads.waiting_since() == LATER
        with pytest.raises(CommandError, match="audit_heads --accept"):
            call_command("audit_heads")

    def test_is_written_anew_once_that_is_accepted(
        self, heads_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        whole = heads_file.read_bytes()
        self.lose(heads_file, "1")

        call_command("audit_heads", "--accept")

        assert "writes blocks 2 to 3 anew" in capsys.readouterr().out
        assert heads.append(heads_file) == 2
        assert heads_file.read_bytes() == whole

    def test_is_accepted_on_record(self, heads_file: Path) -> None:
        self.lose(heads_file, "1")

        call_command("audit_heads", "--accept")

        record = Record.objects.get(action="heads_accepted")
        assert record.reason == f"blocks 2 to 3 of {heads.place(heads_file)}"

    def test_may_be_that_of_a_new_machine(
        self, heads_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = heads_file.read_bytes()
        heads_file.unlink()
        monkeypatch.setattr(platform, "node", lambda: "another")
        with pytest.raises(heads.HeadsError, match="is new on this node"):
            heads.append(heads_file)

        call_command("audit_heads", "--accept")

        assert heads.append(heads_file) == 3
        assert heads_file.read_bytes() == whole
        assert HeadsFile.objects.count() == 2

    def test_is_not_another_one_by_a_link(self, heads_file: Path) -> None:
        heads_file.unlink()
        heads_file.symlink_to(heads_file.with_name("fresh"))

        with pytest.raises(heads.HeadsError, match="where block 3 was"):
            heads.append(heads_file)

    def test_has_lost_nothing_when_it_is_whole(
        self, heads_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("audit_heads", "--accept")

        assert "ends with block 3: nothing is lost." in capsys.readouterr().out
        assert HeadsFile.objects.get().number == 3

    def test_says_what_is_wrong_with_a_line(self, heads_file: Path) -> None:
        heads_file.write_text("no head\n")

        with pytest.raises(CommandError, match="that is no head"):
            call_command("audit_heads")


class TestWhatTheFileLacks:
    def test_is_nothing_when_it_has_everything(self) -> None:
        assert heads.waiting_since() is None

        seal_some(2)

        assert heads.waiting_since() is None
        assert HeadsFile.objects.get().number == 2

    def test_has_waited_since_the_first_block_without_a_head(
        self, heads_file: Path
    ) -> None:
        seal_some(1)
        kept = heads_file.rename(heads_file.with_name("aside"))
        heads_file.mkdir()
        for number in (1, 2):
            write(1)
            with pytest.raises(heads.HeadsError):
                sealed(now=LATER + timedelta(seconds=number))

        assert heads.waiting_since() == LATER + timedelta(seconds=1)

        heads_file.rmdir()
        kept.rename(heads_file)
        assert heads.append(heads_file) == 2
        assert heads.waiting_since() is None
