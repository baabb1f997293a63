"""Verbs about what people remark on a memory."""

from datetime import datetime
from uuid import UUID

from accounts.actor import Actor
from memories import annotating, journaling
from memories.access import accessing
from memories.annotating import Annotations
from memories.errors import NotFoundError
from memories.mediator.seeing import locked, seen
from memories.models import Annotation
from memories.permissions import Deed
from memories.schemas.annotating import FIRST_PAGE, AnnotationsRequest, Note


def annotate(*, actor: Actor, memory_id: UUID, note: Note, now: datetime) -> Annotation:
    """Remark something on one memory; its version stays.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to annotate.
    """
    with accessing(
        actor=actor, action="annotate", now=now, memory_ids=[memory_id]
    ) as access:
        memory = locked(actor, memory_id, Deed.ANNOTATE, now)
        annotation = annotating.add(memory, note, actor=actor, now=now)
        remark = annotating.plain(annotation)
        journaling.append_again(memory, actor=actor, now=now, remark=remark)
        access.returned = 1
        return annotation


def annotations(
    *,
    actor: Actor,
    memory_id: UUID,
    request: AnnotationsRequest = FIRST_PAGE,
    now: datetime,
) -> Annotations:
    """Return what was remarked on a memory, the newest last, a page at a time.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="annotations", now=now, memory_ids=[memory_id]
    ) as access:
        page = annotating.page(seen(actor, memory_id, now), request)
        access.returned = len(page.annotations)
        return page


def open_page(
    *,
    actor: Actor,
    type_: str,
    memory_id: UUID,
    request: AnnotationsRequest,
    now: datetime,
) -> Annotations:
    """Record that a memory's page is opened, and return what is remarked on it.

    Raises:
        NotFoundError: there is none of the type, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="retrieve", now=now, memory_ids=[memory_id]
    ) as access:
        memory = seen(actor, memory_id, now)
        if memory.type != type_:
            raise NotFoundError
        page = annotating.page(memory, request)
        access.returned = 1
        return page
