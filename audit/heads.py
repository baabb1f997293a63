"""The heads of the blocks, kept outside the database in a file.

Whoever rewrites or cuts the tables does not reach them there. One line of JSON a block,
appended and never changed; a line that a crash cut short is written anew.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from audit.canonical import canonical
from audit.models import Block
from audit.seal import header

_LAST_LINES = 16 * 1024
"""More bytes than two lines have."""

type Head = dict[str, object]


def head(block: Block) -> Head:
    """Return what is kept of a block: its header, hash and signature."""
    return header(block) | {"hash": block.hash, "signature": block.signature}


def append(file: Path) -> int:
    """Bring the file up to the last block; returns how many heads it lacked.

    Whoever calls lets nobody else append meanwhile.

    Raises:
        OSError: the file cannot be written; what it lacks, the next call appends.
        ValueError: its last line is no head.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as opened:
        whole, last = _end(opened.seek(0, os.SEEK_END), file)
        missing = Block.objects.filter(number__gt=last).order_by("number")
        lines = [canonical(head(block)) + b"\n" for block in missing.iterator()]
        if lines:
            opened.truncate(whole)
            opened.write(b"".join(lines))
            opened.flush()
            os.fsync(opened.fileno())
    return len(lines)


def read(file: Path) -> Iterator[Head]:
    """Yield the heads of a file, but for a last one that was cut short.

    Raises:
        OSError: there is no such file.
        ValueError: a line is no head.
    """
    with file.open() as opened:
        for line in opened:
            if line.endswith("\n"):
                found: Head = json.loads(line)
                yield found


def _end(size: int, file: Path) -> tuple[int, int]:
    """Return how many bytes are whole lines, and the number on the last of them."""
    start = max(0, size - _LAST_LINES)
    with file.open("rb") as opened:
        opened.seek(start)
        tail = opened.read()
    whole, found, _ = tail.rpartition(b"\n")
    if not found:
        if start:
            msg = f"{file} ends in {len(tail)} bytes that are no head: look at it"
            raise ValueError(msg)
        return 0, 0
    last = json.loads(whole.rpartition(b"\n")[2])
    return start + len(whole) + 1, last["number"]
