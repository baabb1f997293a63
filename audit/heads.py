"""The heads of the blocks, kept outside the database in a file.

Whoever rewrites or cuts the tables does not reach them there. One line of JSON a block,
appended and never changed; a line that a crash cut short is written anew.
"""

import json
import os
import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Max

from audit.canonical import canonical
from audit.models import Block, HeadsFile
from audit.seal import header

_LAST_LINES = 16 * 1024
"""More bytes than two lines have."""

type Head = dict[str, object]


class HeadsError(Exception):
    """The file of heads cannot be written, was cut, or has a line that is no head."""


def head(block: Block) -> Head:
    """Return what is kept of a block: its header, hash and signature."""
    return header(block) | {"hash": block.hash, "signature": block.signature}


def append(file: Path) -> int:
    """Bring the file up to the last block; returns how many heads it lacked.

    Whoever calls lets nobody else append meanwhile.

    Raises:
        HeadsError: the file cannot be written, its last line is no head or that of
            another block, or it ends before where it has been; what it lacks, the
            next call appends.
    """
    known = least(file)
    try:
        there, appended = _append(file, least=known)
    except OSError as error:
        raise HeadsError(str(error)) from error
    if appended or there > known:
        accept(file, there + appended)
    return appended


def least(file: Path) -> int:
    """Return the last block whose head must be in the file.

    One that was never seen here must have come as far as any other has.
    """
    numbers = dict(HeadsFile.objects.values_list("place", "number"))
    return numbers.get(place(file), max(numbers.values(), default=0))


def last(file: Path) -> int:
    """Return the last block whose head is in the file.

    Raises:
        HeadsError: it cannot be read, or its last line is no head or that of another
            block.
    """
    try:
        return _end(file)[1]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise HeadsError(str(error)) from error


def accept(file: Path, number: int) -> None:
    """Know from now on that the file has come to a block, and no further."""
    HeadsFile.objects.update_or_create(pk=place(file), defaults={"number": number})


def place(file: Path) -> str:
    """Return the name that the database knows this node's file by."""
    return f"{platform.node()}:{file.absolute()}"


def lost(file: Path, there: int, least: int) -> str:
    """Return what to say of a file that ends before where it has been."""
    return (
        f"{file} ends with block {there} where block {least} was: it was cut or "
        f"removed, or is new on this node. Verify the audit by a copy of it or "
        f"--snowflake, then have it written anew by `manage.py audit_heads --accept`."
    )


def waiting_since() -> datetime | None:
    """Return when the first block was sealed whose head is in no file yet."""
    furthest = HeadsFile.objects.aggregate(number=Max("number"))["number"] or 0
    lacking = Block.objects.filter(number__gt=furthest).order_by("number")
    return lacking.values_list("sealed_at", flat=True).first()


def read(file: Path) -> Iterator[Head]:
    """Yield the heads of a file, but for a last one that was cut short.

    Raises:
        FileNotFoundError: there is no such file.
        HeadsError: it cannot be read, or a line is no head.
    """
    try:
        with file.open("rb") as opened:
            for line in opened:
                if line.endswith(b"\n"):
                    yield _head(line, file)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise HeadsError(str(error)) from error


def _append(file: Path, *, least: int) -> tuple[int, int]:
    """Return the number of the last head that was there, and how many came."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as opened:
        whole, there = _end(file)
        if there < least:
            raise HeadsError(lost(file, there, least))
        missing = Block.objects.filter(number__gt=there).order_by("number")
        lines = [canonical(head(block)) + b"\n" for block in missing.iterator()]
        if lines:
            opened.truncate(whole)
            opened.write(b"".join(lines))
            opened.flush()
            os.fsync(opened.fileno())
    return there, len(lines)


def _end(file: Path) -> tuple[int, int]:
    """Return how many bytes are whole lines, and the number on the last of them."""
    with file.open("rb") as opened:
        start = max(0, opened.seek(0, os.SEEK_END) - _LAST_LINES)
        opened.seek(start)
        tail = opened.read()
    whole, found, _ = tail.rpartition(b"\n")
    if not found:
        if start:
            msg = f"{file} ends in {len(tail)} bytes that are no head: look at it"
            raise HeadsError(msg)
        return 0, 0
    head = _head(whole.rpartition(b"\n")[2], file)
    number: int = head["number"]
    block = Block.objects.filter(number=number).values_list("hash", flat=True).first()
    if block != head.get("hash"):
        msg = (
            f"{file} ends with block {number}, which is another one in the database or "
            f"none: if that was restored from a backup, put the file aside."
        )
        raise HeadsError(msg)
    return start + len(whole) + 1, number


def _head(line: bytes, file: Path) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("number"), int):
        msg = f"{file} has a line that is no head: {line[:80]!r}"
        raise HeadsError(msg)
    return found
