"""A node's index: which one is read, and what becomes of a damaged one."""

import errno
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import tantivy
from django.utils import timezone

from accounts.models import User
from memories import mediator
from memories.results import Results
from memories.schemas.search import SearchRequest
from memories.search import indexer, lexical, semantic, snapshot, words
from memories.search.cards import bare_cards
from memories.search.embedding import Vectors
from memories.search.index import VERSION, Index
from memories.search.shelf import CONDEMNED, Shelf, damage, tells_of_damage
from tests.conftest import acting
from tests.factories import make_draft
from tests.fakes import FakeEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

SUFFIXES = ["term", "idx", "pos", "fast", "fieldnorm", "store"]


def search(user: User, text: str = "renewal") -> Results:
    request = SearchRequest(query=text)
    return mediator.search(actor=acting(user), request=request, now=timezone.now())


def titles(found: Results) -> list[str]:
    return [one.memory.title for one in found.results]


def notes(found: Results) -> tuple[str, ...]:
    return found.found.query.notes


def forget_what_is_open() -> None:
    """Look at the directory as a process does that begins."""
    lexical.shelf.cache_clear()


@pytest.fixture
def full(index: Index, user: User) -> Index:
    """An index of several segments, with deletions in one."""
    for number in range(3):
        store(user, f"Renewal {number}")
    indexer.follow(index)
    memory = store(user, "Renewal to go")
    store(user, "Renewal 3")
    indexer.follow(index)
    mediator.forget(actor=acting(user), memory_id=memory, now=timezone.now())
    indexer.follow(index)
    return index


def store(user: User, text: str) -> UUID:
    draft = make_draft(content={"message": text})
    return mediator.store(actor=acting(user), draft=draft, now=timezone.now()).memory.pk


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    """Put a changed file in the place of one, as those who have it open still see."""
    fresh = file.with_name("changed")
    fresh.write_bytes(change(file.read_bytes()))
    fresh.replace(file)


def flipped(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def flipped_in(content: bytes, where: float) -> bytes:
    start = int(len(content) * where)
    return content[:start] + flipped(content[start:])


def truncate(index: Index, suffix: str) -> None:
    """Take from files all that they hold, under whoever has them mapped."""
    for file in index.directory.glob(f"*.{suffix}"):
        os.truncate(file, 0)


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(_: bytes) -> bytes:
    return b""


class TestDamage:
    """What is wrong with an index's files."""

    def test_a_whole_one_has_none(self, full: Index) -> None:
        assert list(full.directory.glob("*.del"))
        assert damage(full) == ""

    @pytest.mark.parametrize("suffix", [*SUFFIXES, "del"])
    @pytest.mark.parametrize("change", [flipped, halved, emptied])
    def test_every_file_of_a_segment_is_compared(
        self, full: Index, suffix: str, change: Callable[[bytes], bytes]
    ) -> None:
        (file, *_) = full.directory.glob(f"*.{suffix}")
        rewrite(file, change)

        assert damage(full) != ""

    @pytest.mark.parametrize("suffix", [*SUFFIXES, "del"])
    def test_a_file_that_is_not_there_is_told(self, full: Index, suffix: str) -> None:
        (file, *_) = full.directory.glob(f"*.{suffix}")
        file.unlink()

        assert file.name in damage(full)

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"segments": [{}]}'])
    def test_a_table_of_contents_that_is_none_is_told(
        self, full: Index, content: str
    ) -> None:
        rewrite(full.directory / "meta.json", lambda _: content.encode())

        assert damage(full) != ""

    def test_what_is_merged_away_meanwhile_is_none(
        self, full: Index, user: User
    ) -> None:
        cards = list(bare_cards([store(user, "Renewal 4")]))
        journal, place = full.place() or pytest.fail("it has no place")
        over = threading.Event()

        def write() -> None:
            while not over.is_set():
                full.apply(cards=cards, gone=())
                full.commit(journal=journal, to=place)

        with ThreadPoolExecutor() as pool:
            writing = pool.submit(write)
            faults = {damage(full) for _ in range(300)}
            over.set()
            writing.result()

        assert faults == {""}


class TestCurrent:
    """Which index is read."""

    def test_it_is_opened_once(self, index: Index) -> None:
        assert lexical.shelf().current() is index
        forget_what_is_open()

        assert lexical.shelf().current() is lexical.shelf().current()

    def test_a_directory_that_is_not_there_has_none(self, tmp_path: Path) -> None:
        assert Shelf(tmp_path / "nowhere").current() is None

    def test_one_of_another_version_is_not_read(self, full: Index) -> None:
        directory = full.directory.parent
        other = directory / f"v{VERSION - 1}-old"
        full.directory.rename(other)
        (directory / "current").write_text(other.name)
        forget_what_is_open()

        assert lexical.shelf().current() is None
        assert indexer.rebuild() is lexical.shelf().current()
        assert not other.exists()

    @pytest.mark.parametrize("name", ["", "v2-gone", "../v2-elsewhere", "\n"])
    def test_a_name_of_nothing_is_none(self, index: Index, name: str) -> None:
        (index.directory.parent / "current").write_text(name)

        assert lexical.shelf().current() is None

    def test_one_whose_contents_are_gone_is_not_read_as_an_empty_one(
        self, full: Index
    ) -> None:
        (full.directory / "meta.json").unlink()
        forget_what_is_open()

        assert lexical.shelf().current() is None

    def test_another_process_that_condemns_it_is_believed(self, full: Index) -> None:
        elsewhere = Shelf(full.directory.parent)
        assert (current := elsewhere.current())

        lexical.shelf().condemn(full, "a test")

        assert elsewhere.current() is None
        assert current.directory == full.directory
        assert (full.directory / "condemned").read_text() == "a test"


class TestSearchMeanwhile:
    """What is found while there is no index to trust."""

    EXPECTED = ("Renewal 0", "Renewal 1", "Renewal 2", "Renewal 3")

    def found_by_postgresql_and_then_by_the_index(self, user: User) -> None:
        meanwhile = search(user)
        assert sorted(titles(meanwhile)) == sorted(self.EXPECTED)
        assert any("PostgreSQL answered" in note for note in notes(meanwhile))

        indexer.rebuild()

        afterwards = search(user)
        assert sorted(titles(afterwards)) == sorted(self.EXPECTED)
        assert notes(afterwards) == ()

    def test_condemned(self, full: Index, user: User) -> None:
        lexical.shelf().condemn(full, "a test")

        self.found_by_postgresql_and_then_by_the_index(user)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_file_that_lost_its_end(
        self, full: Index, user: User, suffix: str
    ) -> None:
        for file in full.directory.glob(f"*.{suffix}"):
            rewrite(file, halved)
        forget_what_is_open()
        indexer.check()

        self.found_by_postgresql_and_then_by_the_index(user)

    @pytest.mark.parametrize("suffix", [*SUFFIXES, "del"])
    def test_a_flipped_bit(self, full: Index, user: User, suffix: str) -> None:
        for file in full.directory.glob(f"*.{suffix}"):
            rewrite(file, flipped)
        assert f".{suffix} is not as it was written" in indexer.check()

        self.found_by_postgresql_and_then_by_the_index(user)

    @pytest.mark.parametrize("suffix", [*SUFFIXES, "del"])
    def test_a_file_that_is_gone(self, full: Index, user: User, suffix: str) -> None:
        for file in full.directory.glob(f"*.{suffix}"):
            file.unlink()
        forget_what_is_open()
        indexer.check()

        self.found_by_postgresql_and_then_by_the_index(user)

    @pytest.mark.parametrize("name", ["meta.json", "position.json"])
    def test_a_table_of_contents_that_is_gone(
        self, full: Index, user: User, name: str
    ) -> None:
        (full.directory / name).unlink()
        forget_what_is_open()

        self.found_by_postgresql_and_then_by_the_index(user)

    @pytest.mark.parametrize("suffix", [*SUFFIXES, "del"])
    def test_a_file_that_loses_its_end_while_it_is_mapped(
        self, full: Index, user: User, suffix: str
    ) -> None:
        search(user)
        truncate(full, suffix)

        self.found_by_postgresql_and_then_by_the_index(user)

    def test_a_file_that_loses_its_end_before_another_commit_is_read(
        self, full: Index, user: User
    ) -> None:
        search(user)
        journal, place = full.place() or pytest.fail("it has no place")
        full.apply(cards=(), gone=[uuid4()])
        full.commit(journal=journal, to=place)
        truncate(full, "store")

        self.found_by_postgresql_and_then_by_the_index(user)

    def test_the_indexer_outlives_a_file_that_loses_its_end(
        self, full: Index, user: User
    ) -> None:
        store(user, "Renewal 4")
        truncate(full, "fast")

        assert indexer.follow(full) == 0

        assert indexer.trusted() is None

    def test_files_that_were_merged_away_are_read_still(
        self, full: Index, user: User
    ) -> None:
        search(user)
        for suffix in SUFFIXES:
            for file in full.directory.glob(f"*.{suffix}"):
                file.unlink()

        found = search(user)

        assert sorted(titles(found)) == sorted(self.EXPECTED)
        assert notes(found) == ()

    def test_another_schema_that_did_not_raise_the_version(
        self, full: Index, user: User
    ) -> None:
        shutil.rmtree(full.directory)
        full.directory.mkdir()
        schema = tantivy.SchemaBuilder().add_text_field("id").build()
        tantivy.Index(schema, path=str(full.directory))
        forget_what_is_open()

        assert lexical.shelf().current() is None
        assert "Schema" in (full.directory / CONDEMNED).read_text()
        self.found_by_postgresql_and_then_by_the_index(user)

    def test_nothing_of_the_files_is_left(self, full: Index, user: User) -> None:
        meta = json.loads((full.directory / "meta.json").read_text())
        assert meta["segments"]
        for file in full.directory.iterdir():
            file.unlink()
        full.directory.rmdir()

        self.found_by_postgresql_and_then_by_the_index(user)


def test_the_version_is_that_of_the_fields_and_their_analysis(tmp_path: Path) -> None:
    directory = Index(tmp_path).directory
    fields = json.loads((directory / "meta.json").read_text())["schema"]
    sample = "Renewals of the CAFÉ, as of ENG-1234"
    is_now = json.dumps([fields, words.stems(sample), words.written(sample)])
    digest = hashlib.sha256(is_now.encode()).hexdigest()[:16]

    assert (VERSION, digest) == (4, "8a06f2bdb1a745d8"), (
        "The index's fields or their analysis are not those of its version: raise "
        "VERSION in memories/search/index.py, which rebuilds each node's index, and "
        f"write the version and {digest!r} here."
    )


def test_a_moment_that_no_calendar_has_tells_of_damage() -> None:
    with pytest.raises(OverflowError) as raised:
        snapshot._moment(-(2.0**63))

    assert tells_of_damage(raised.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("part", range(0, 8, 2))
def test_bits_that_flip_are_no_error_and_are_found(
    full: Index, user: User, suffix: str, part: int
) -> None:
    file = max(full.directory.glob(f"*.{suffix}"), key=lambda file: file.stat().st_size)
    rewrite(file, lambda content: flipped_in(content, part / 8))
    forget_what_is_open()

    search(user)
    indexer.check()

    assert sorted(titles(search(user))) == [f"Renewal {number}" for number in range(4)]


@pytest.mark.usefixtures("full")
def test_a_failure_of_something_else_condemns_no_index(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(semantic, "_embedder", Broken)

    with pytest.raises(OSError, match="Too many"):
        search(user)

    assert lexical.shelf().current() is not None
