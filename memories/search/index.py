"""The lexical index: tantivy in a directory, and what can be asked of it."""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import tantivy
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from horizon.order import Position
from memories.search import matching
from memories.search.cards import Card
from memories.search.matching import EVERYBODY, SCHEMA, Readers
from memories.search.snapshot import Snapshot, halves
from memories.search.words import AS_WRITTEN, STEMMED, unaccented

VERSION = 4
"""One more whenever the fields or their analysis change: the index is then rebuilt."""


_WRITER_BYTES = 64_000_000


type Mark = tuple[int, int, int]


def mark_of(file: Path) -> Mark | None:
    """Return what changes whenever a file is replaced or written; None is no file."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


class Place(NamedTuple):
    """A place in a journal."""

    journal: UUID
    position: Position


class _Loaded(NamedTuple):
    """What was loaded last: from which table of contents, and what it says."""

    mark: Mark | None
    searcher: tantivy.Searcher
    deleted: int
    """How many were deleted and are listed still."""
    sizes: Mapping[str, int]
    """How large each file is that the searcher maps."""


class Index:
    """A directory with a tantivy index and the place in the journal it has come to."""

    def __init__(self, directory: Path) -> None:
        """Open the index, and make an empty one where there is none.

        Raises:
            ValueError, OSError: what is there is not an index, or is damaged.
        """
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(SCHEMA, path=str(self.directory), reuse=True)
        folded = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.lowercase())
        as_it_is = TextAnalyzerBuilder(Tokenizer.raw())
        self._index.register_tokenizer("stemmed", STEMMED)
        self._index.register_tokenizer("as_written", AS_WRITTEN)
        self._index.register_tokenizer("folded", folded.build())
        self._index.register_fast_field_tokenizer("folded", as_it_is.build())
        self._index.config_reader(reload_policy="Manual")
        self._writer: tantivy.IndexWriter | None = None
        self._loaded = self._load()

    def position(self, journal: UUID) -> Position | None:
        """Return how far the index has come in a journal.

        None is an index that follows another journal, or none that it could name.
        """
        place = self.place()
        return place.position if place and place.journal == journal else None

    def place(self) -> Place | None:
        """Return the place up to which the index has seen everything, if it knows."""
        try:
            followed, xid, seq = json.loads(self._place.read_text())
            return Place(UUID(followed), Position(xid, seq))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def _place(self) -> Path:
        return self.directory / "position.json"

    def apply(
        self, *, cards: Iterable[Card], gone: Iterable[UUID], are_new: bool = False
    ) -> None:
        """Replace, add and remove memories, to be kept by the next `commit`."""
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for card in cards:
            if not are_new:
                self._writer.delete_documents_by_term("id", str(card.id))
            self._writer.add_document(_document(card))
        for memory_id in gone:
            self._writer.delete_documents_by_term("id", str(memory_id))

    def commit(self, *, journal: UUID, to: Position) -> None:
        """Keep what was applied; the place moves after it is safe.

        A crash between the two repeats the same changes, which changes nothing.
        """
        if self._writer is not None:
            self._writer.commit()
        fresh = self._place.with_suffix(".new")
        fresh.write_text(json.dumps([str(journal), *to]))
        fresh.replace(self._place)

    def close(self) -> None:
        """Let go of the writer, when what it merges is merged."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def drop(self) -> None:
        """Let go of the writer and of what it was not told to commit.

        It still writes that down on its way out, and has done so on return.
        """
        self._writer = None

    def snapshot(self, readers: Readers = EVERYBODY) -> Snapshot:
        """Return the index as it is at this moment, for some readers.

        Raises:
            ValueError, OSError: what is there is damaged.
        """
        _check_sizes(self._loaded.sizes)
        if self._loaded.mark != mark_of(self._meta):
            self._loaded = self._load()
        searcher, deleted = self._loaded.searcher, self._loaded.deleted
        return Snapshot(searcher, readers, (), deleted=deleted)

    @property
    def _meta(self) -> Path:
        return self.directory / "meta.json"

    def _load(self) -> _Loaded:
        """Load what was committed; what is committed meanwhile is loaded next time."""
        mark, contents = mark_of(self._meta), self._meta.read_text()
        files = files_of(self.directory, contents)
        sizes = {str(file): known[2] for file in files if (known := mark_of(file))}
        self._index.reload()
        deletes = (segment["deletes"] for segment in json.loads(contents)["segments"])
        deleted = sum(each["num_deleted_docs"] for each in deletes if each)
        return _Loaded(mark, self._index.searcher(), deleted, sizes)


def files_of(directory: Path, contents: str) -> Iterator[Path]:
    """Return the files of the segments that a table of contents lists."""
    for segment in json.loads(contents)["segments"]:
        name = segment["segment_id"].replace("-", "")
        for suffix in ("term", "idx", "pos", "fast", "fieldnorm", "store"):
            yield directory / f"{name}.{suffix}"
        if deletes := segment["deletes"]:
            yield directory / f"{name}.{deletes['opstamp']}.del"


def _check_sizes(sizes: Mapping[str, int]) -> None:
    """Refuse a mapped file that has lost its end: to read there kills the process.

    One that was merged away is whole for whoever has it. It takes 0.1 ms for 65 files.

    Raises:
        OSError: a file is shorter than it was.
    """
    for file, size in sizes.items():
        try:
            found = os.stat(file).st_size  # noqa: PTH116 - Path takes a fifth longer
        except FileNotFoundError:
            continue
        if found < size:
            raise OSError(errno.EIO, "It has lost its end", file)


def _document(card: Card) -> tantivy.Document:
    high, low = halves(card.id)
    fields: dict[str, object] = {
        "id": str(card.id),
        "id_high": high,
        "id_low": low,
        **{name: unaccented(text) for name, text in card.words.items()},
        "context": unaccented(card.context),
        matching.BEYOND: unaccented(card.context_beyond),
        "words": unaccented("\n".join(card.words.values())),
        "type": card.type,
        "source": card.source,
        "tag": list(card.tags),
        "month": card.month,
        "reader": list(card.readers),
        "thread": matching.number_of(card.thread),
        "circle": matching.number_of(card.circle),
        "occurred_at": matching.micros(card.occurred_at),
        "disputed": card.is_disputed,
        "superseded": card.is_superseded,
        "turn": bool(card.thread),
    }
    for name in ("owner", "customer"):
        if value := getattr(card, name):
            fields[name] = value
    if card.replaces:
        fields["replaces"] = str(card.replaces)
        fields["replaces_high"], fields["replaces_low"] = halves(card.replaces)
    return tantivy.Document.from_dict(fields, SCHEMA)
