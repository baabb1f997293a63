"""The index's life on this node: which generation is read, and its rebuilding.

    <directory>/current              the name of the generation that is read
    <directory>/v4-6f1c.../          one generation: tantivy's files, position.json

A generation is built beside the one that is read, and `current` then names it: a reader
has the old one until it has the new one. One of another version of the schema, one that
cannot be opened and one that was condemned count as none.
"""

import errno
import fcntl
import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog

from memories.search.index import VERSION, Index, Mark, files_of, mark_of

logger = structlog.get_logger(__name__)

CONDEMNED = "condemned"
_TAIL = struct.Struct("<II")
"""How long the note at a file's end is, and tantivy's mark."""
_MAGIC = 1337
_AT_ONCE = 2**20
_NO_FAULT_OF_THE_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_COMPLAINTS = ("Data corrupted", "Failed to open", "Schema error")


class BusyError(Exception):
    """Another process is building this node's index."""

    def __init__(self) -> None:
        super().__init__("another process is building the search index of this node")


class _Named(NamedTuple):
    """The generation that is read, as `current` had it when it was read last."""

    mark: Mark | None
    name: str
    is_ours: bool
    contents: Path
    condemned: Path


class Shelf:
    """A node's directory of generations."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open: tuple[str, Index | None] = ("", None)
        self._named = self._read()

    @property
    def opened(self) -> Index | None:
        """The index that this process has read last."""
        return self._open[1]

    @property
    def _current(self) -> Path:
        return self.directory / "current"

    def current(self) -> Index | None:
        """Return the index to read, opened once; None when there is none to trust."""
        name = self._name()
        if name != self._open[0]:
            self._open = (name, self._opened(name) if name else None)
        return self._open[1]

    def condemn(self, index: Index, reason: str) -> None:
        """Let nobody read an index any more, until it is built anew."""
        if self._open[1] is index:
            self._open = (index.directory.name, None)
        self._condemn(index.directory, reason)

    @contextmanager
    def building(self) -> Iterator[Index]:
        """Give a new generation to be filled, and let everybody read it at the end.

        Raises:
            BusyError: another process is building one.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "building.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError from None
            index = Index(self.directory / f"v{VERSION}-{uuid4().hex}")
            try:
                yield index
                index.close()
                self._put_up(index)
            except BaseException:
                index.drop()
                shutil.rmtree(index.directory, ignore_errors=True)
                raise

    def _condemn(self, generation: Path, reason: str) -> None:
        logger.error("search_index_condemned", index=generation.name, why=reason)
        if generation.exists():
            (generation / CONDEMNED).write_text(reason)

    def _put_up(self, index: Index) -> None:
        fresh = self._current.with_suffix(".new")
        fresh.write_text(index.directory.name)
        fresh.replace(self._current)
        self._open = (index.directory.name, index)
        for other in self.directory.glob("v*-*"):
            if other != index.directory:
                shutil.rmtree(other, ignore_errors=True)

    def _name(self) -> str:
        if mark_of(self._current) != self._named.mark:
            self._named = self._read()
        named = self._named
        # An index without its table of contents would be opened as an empty one.
        is_whole = named.is_ours and named.contents.exists()
        return named.name if is_whole and not named.condemned.exists() else ""

    def _read(self) -> "_Named":
        mark = mark_of(self._current)
        try:
            name = self._current.read_text()
        except OSError:
            mark, name = None, ""
        directory = self.directory / name
        is_ours = name.startswith(f"v{VERSION}-")
        contents, condemned = directory / "meta.json", directory / CONDEMNED
        return _Named(mark, name, is_ours, contents, condemned)

    def _opened(self, name: str) -> Index | None:
        try:
            return Index(self.directory / name)
        except BaseException as error:
            if not tells_of_damage(error):
                raise
            self._condemn(self.directory / name, str(error))
            return None


def tells_of_damage(error: BaseException) -> bool:
    """Say whether an error is tantivy's, or ours, over what is in its files.

    Its panics have no class that one could import, and are no Exception. A flipped bit
    may also make a moment that no calendar has.
    """
    is_panic = type(error).__module__ == "pyo3_runtime"
    is_named = isinstance(error, ValueError) and str(error).startswith(_COMPLAINTS)
    return is_panic or is_named or isinstance(error, OSError | OverflowError)


def damage(index: Index) -> str:
    """Return what is wrong with an index's files; nothing when all are whole.

    Each of tantivy's files ends with its own checksum, which tantivy writes and does
    not compare when it opens them. What a writer merges away meanwhile is no damage.
    """
    contents, fault = None, ""
    while (now := _contents(index)) != contents:
        contents, fault = now, _fault_of_files(index, now)
        if not fault:
            break
    return fault


def _contents(index: Index) -> str:
    try:
        return (index.directory / "meta.json").read_text()
    except (FileNotFoundError, ValueError) as error:
        return str(error)


def _fault_of_files(index: Index, contents: str) -> str:
    try:
        for file in files_of(index.directory, contents):
            if not _is_whole(file):
                return f"{file.name} is not as it was written"
    except OSError as error:
        if error.errno in _NO_FAULT_OF_THE_FILES:
            raise
        return str(error)
    except (ValueError, LookupError, TypeError, struct.error) as error:
        return str(error)
    return ""


def _is_whole(file: Path) -> bool:
    with file.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(0, size - _TAIL.size))
        length, magic = _TAIL.unpack(opened.read())
        end = size - _TAIL.size - length
        if magic != _MAGIC or end < 0:
            return False
        opened.seek(end)
        note = json.loads(opened.read(length))
        opened.seek(0)
        crc = 0
        while left := end - opened.tell():
            crc = zlib.crc32(opened.read(min(left, _AT_ONCE)), crc)
    return bool(crc == note["crc"])
