"""Annotating: what people remark on a memory, without changing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.actor import Actor
from memories.models import Annotation, Memory
from memories.schemas.annotating import AnnotationsRequest, Note


@dataclass(frozen=True, slots=True)
class Annotations:
    """One page of a memory's annotations, the newest last."""

    annotations: Sequence[Annotation]
    next_cursor: str | None


def add(memory: Memory, note: Note, *, actor: Actor, now: datetime) -> Annotation:
    """Write a remark on a memory that the caller has locked."""
    return Annotation.objects.create(
        memory=memory,
        author=actor.user,
        kind=note.kind,
        body=note.body,
        created_at=now,
    )


def page(memory: Memory, asked: AnnotationsRequest) -> Annotations:
    """Return a page of remarks in the order in which they were written.

    They are written under the memory's lock, so their ids are in that order too.
    """
    rest = memory.annotations.select_related("author").order_by("pk")
    if asked.cursor:
        rest = rest.filter(pk__gt=int(asked.cursor))
    found = list(rest[: asked.limit + 1])
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    return Annotations(shown, str(shown[-1].pk) if more else None)


def plain(annotation: Annotation) -> dict[str, Any]:
    """Return a remark as the journal keeps it, as plain JSON."""
    author = annotation.author
    return {
        "id": annotation.pk,
        "kind": annotation.kind,
        "body": annotation.body,
        "author_id": annotation.author_id,
        "author_email": author.email if author else None,
        "created_at": annotation.created_at.isoformat(),
    }
