"""Storing what is in a file, a batch at a time, from where it was cut off.

How far a file has come is kept in a file beside it. A batch is named by the file and
its place in it: the one that was on its way when it was cut off is stored once.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ValidationError
from tqdm import tqdm

from memoryhub_client.blocking import MemoryClient
from memoryhub_client.schemas.answers import ProblemAnswer
from memoryhub_client.schemas.registry import UnknownSchemaError, registry

BATCH = 200
_LISTS = ";"


class CannotReadError(Exception):
    """A file, or what was typed, cannot be read as it stands."""


class Progress(BaseModel):
    """How far a file has come; `refused` are the refused lines."""

    digest: str
    lines: int = 0
    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


def bring(hub: MemoryClient, path: Path, *, quiet: bool) -> Mapping[str, int]:
    """Store what is in a file, and return how many were stored and refused.

    What is refused is written to a file beside it, with its line and why.

    Raises:
        CannotReadError: the file is not what it seems, or another by now.
        MemoryHubError: the hub is away; the same command goes on from there.
    """
    kept = path.with_name(f"{path.name}.progress")
    refused = path.with_name(f"{path.name}.refused.ndjson")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        progress = _taken_up(kept, digest)
        if not progress.lines:
            refused.unlink(missing_ok=True)
        drafts = islice(_read(path), progress.lines, None)
        with tqdm(
            total=sum(1 for _ in _read(path)),
            initial=progress.lines,
            disable=quiet or None,
            unit=" memories",
        ) as bar:
            while batch := list(islice(drafts, BATCH)):
                _bring(hub, batch, progress, refused)
                kept.write_text(progress.model_dump_json())
                bar.update(len(batch))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise CannotReadError(msg) from error
    kept.unlink(missing_ok=True)
    return progress.model_dump(exclude={"digest", "lines"})


def _taken_up(kept: Path, digest: str) -> Progress:
    if not kept.exists():
        return Progress(digest=digest)
    try:
        progress = Progress.model_validate_json(kept.read_text())
    except ValidationError:
        progress = Progress(digest="")
    if progress.digest != digest:
        msg = (
            f"{kept} tells of a file with other contents: put that one back to go on "
            f"with it, or remove {kept.name} to begin with this one."
        )
        raise CannotReadError(msg)
    return progress


def _bring(
    hub: MemoryClient, batch: list[Any], progress: Progress, refused: Path
) -> None:
    place = f"{progress.digest}:{progress.lines}:{len(batch)}"
    outcomes = hub.store_many(batch, spool=False, key=str(uuid5(NAMESPACE_URL, place)))
    for number, (draft, outcome) in enumerate(
        zip(batch, outcomes, strict=True), start=progress.lines + 1
    ):
        if isinstance(outcome, ProblemAnswer):
            progress.refused += 1
            why = outcome.model_dump(exclude_none=True)
            line = {"item": number, "draft": draft, "problem": why}
            with refused.open("a") as file:
                file.write(json.dumps(line) + "\n")
        else:
            name = outcome.status
            setattr(progress, name, getattr(progress, name) + 1)
    progress.lines += len(batch)


def _read(path: Path) -> Iterator[Any]:
    if path.suffix.lower() == ".csv":
        yield from _read_csv(path)
    else:
        yield from _read_ndjson(path)


def _read_ndjson(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                msg = f"{path}, line {number} is no JSON: {error}"
                raise CannotReadError(msg) from None


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    """Read rows whose columns are a draft's fields, `content.x` and `metadata.x`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        if "type" not in (rows.fieldnames or ()):
            msg = f"{path} needs a column named type, and columns like content.message"
            raise CannotReadError(msg)
        try:
            for row in rows:
                yield _draft(row)
        except csv.Error as error:
            msg = f"{path}, line {rows.line_num}: {error}"
            raise CannotReadError(msg) from None


def _draft(row: Mapping[str | None, Any]) -> dict[str, Any]:
    draft: dict[str, Any] = {"content": {}}
    for column, text in row.items():
        if column is None or not text:
            continue
        group, _, name = column.partition(".")
        if group == "content":
            draft["content"][name] = _value(row["type"], name, text)
        elif group == "metadata" and name:
            draft.setdefault("metadata", {})[name] = text
        elif column == "tags":
            draft["tags"] = _items(text)
        elif column in ("ttl_seconds", "schema_version") and text.isdecimal():
            draft[column] = int(text)
        else:
            draft[column] = text
    return draft


def _value(type_: str, name: str, text: str) -> Any:
    """Return a cell as its type's schema has the field: a list, a number, a text."""
    try:
        schema = registry().latest(type_).model_json_schema()
    except UnknownSchemaError:
        return text
    field = schema["properties"].get(name, {})
    kinds = {each.get("type") for each in (field, *field.get("anyOf", ()))}
    if "array" in kinds:
        return json.loads(text) if text.startswith("[") else _items(text)
    if kinds & {"number", "integer"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(_LISTS) if item.strip()]
