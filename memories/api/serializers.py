"""From the domain's objects to the API's answers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from accounts.models import User
from journal.models import Entry
from memories import drafting
from memories.annotating import Annotations
from memories.api import errors
from memories.errors import HubError
from memories.models import Annotation, Memory
from memories.results import (
    Access,
    AuditPage,
    Overview,
    Related,
    Result,
    Results,
    Retrieved,
)
from memories.schemas.answers import RecordAnswer
from memories.search.engine import Found
from memories.search.query import Kind
from memories.search.suggesting import Suggestion
from memories.sharing import Share
from memories.storing import Stored

_COUNTS = ("annotations_count", "shared_with_count")


def memory(one: Memory) -> dict[str, Any]:
    """Render a memory; its content as the newest version of its schema reads it."""
    counts = {name: getattr(one, name, 0) for name in _COUNTS}
    return {
        "id": one.pk,
        "type": one.type,
        "schema_version": one.schema_version,
        "version": one.version,
        "title": one.title,
        "content": drafting.plain(one.read_content()),
        "metadata": one.metadata,
        "tags": one.tags,
        "source": one.source,
        "external_id": one.external_id,
        "owner": _person(one.owner),
        "occurred_at": one.occurred_at,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "expires_at": one.expires_at,
        "legal_hold": one.legal_hold,
        **counts,
    }


def stored(outcome: Stored) -> dict[str, Any]:
    """Render what storing a draft came to."""
    return {**memory(outcome.memory), "status": outcome.status}


def batch_item(outcome: Stored | HubError) -> dict[str, Any]:
    """Render one result of a batch: a memory, or the problem with it."""
    if isinstance(outcome, HubError):
        return errors.of_refusal(outcome)
    return stored(outcome)


def retrieved(found: Retrieved) -> dict[str, Any]:
    """Render what was found of what was asked for."""
    return {"memories": list(map(memory, found.memories)), "missing": found.missing}


def results(page: Results, *, took_ms: float, explain: bool) -> dict[str, Any]:
    """Render one page of a search."""
    found = page.found
    answer = {
        "results": [_result(each, explain=explain) for each in page.results],
        "total": found.total,
        "total_is_exact": found.total_is_exact,
        "next_cursor": found.next_cursor,
        "took_ms": took_ms,
        "mode": found.mode,
        "interpreted": _interpreted(found),
    }
    if found.facets is not None:
        answer["facets"] = {
            name: [{"value": value, "count": count} for value, count in values]
            for name, values in found.facets.items()
        }
    return answer


def related(likes: Sequence[Related]) -> dict[str, Any]:
    """Render what is like a memory."""
    return {
        "related": [
            {
                "memory": memory(each.memory),
                "score": each.likeness.score,
                "shared": each.likeness.shared,
            }
            for each in likes
        ]
    }


def suggestions(found: Sequence[Suggestion]) -> dict[str, Any]:
    """Render what could be typed."""
    return {"suggestions": [asdict(each) for each in found]}


def _result(one: Result, *, explain: bool) -> dict[str, Any]:
    ranked = one.ranked
    why = {
        "why": [arm._asdict() for arm in ranked.arms],
        "adjustments": [each._asdict() for each in ranked.adjustments],
    }
    return {
        "memory": memory(one.memory),
        "score": ranked.score,
        "snippet": one.snippet.text,
        "highlights": one.snippet.highlights,
        "disputed": ranked.is_disputed,
        "superseded": ranked.is_superseded,
        "superseded_by": ranked.superseded_by,
        **(why if explain else {}),
    }


def _interpreted(found: Found) -> dict[str, Any]:
    query = found.query

    def texts(kind: Kind) -> list[str]:
        return [clause.text for clause in query.wanted if clause.kind is kind]

    def filters(*, negated: bool) -> dict[str, list[str]]:
        fields = {each.field for each in query.filters if each.negated is negated}
        return {
            field: list(query.values(field, negated=negated))
            for field in sorted(fields)
        }

    return {
        "words": texts(Kind.WORD),
        "phrases": texts(Kind.PHRASE),
        "prefixes": texts(Kind.PREFIX),
        "without": [clause.text for clause in query.unwanted],
        "ignored": query.ignored,
        "corrected": found.corrected,
        "filters": filters(negated=False),
        "excluded": filters(negated=True),
        "after": query.start,
        "before": query.end,
        "notes": query.notes,
    }


def version(entry: Entry) -> dict[str, Any]:
    """Render one version of a memory."""
    body = entry.body
    return {
        "version": entry.version,
        "op": entry.op,
        "at": entry.at,
        "by": body["by"],
        **{
            name: body.get(name)
            for name in ("title", "content", "metadata", "tags", "owner_email")
        },
    }


def access(found: Access) -> dict[str, Any]:
    """Render who may see a memory, and who has looked at it."""
    return {
        "readers": [
            {
                "user": _person(one.user),
                "role": one.user.role,
                "because": [asdict(reason) for reason in one.because],
                "may": [deed.name.lower() for deed in one.may],
            }
            for one in found.readers
        ],
        "is_whole": found.is_whole,
        "looks": None if found.looks is None else [asdict(one) for one in found.looks],
    }


def audit(page: AuditPage) -> dict[str, Any]:
    """Render one page of the audit."""
    return {
        "records": [
            {name: getattr(one, name) for name in RecordAnswer.model_fields}
            for one in page.records
        ],
        "next_cursor": page.next_cursor,
    }


def share(one: Share) -> dict[str, Any]:
    """Render who may see or change a memory."""
    group = {"id": one.group.pk, "name": one.group.name} if one.group else None
    return {"user": _person(one.user), "group": group, "can": one.can}


def annotation(one: Annotation) -> dict[str, Any]:
    """Render a remark."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "body": one.body,
        "author": _person(one.author),
        "created_at": one.created_at,
    }


def annotations(page: Annotations) -> dict[str, Any]:
    """Render one page of a memory's remarks."""
    return {
        "annotations": list(map(annotation, page.annotations)),
        "next_cursor": page.next_cursor,
    }


def stats(overview: Overview) -> dict[str, Any]:
    """Render the hot figures."""
    return {
        "total": overview.total,
        "by_type": overview.by_type,
        "by_source": overview.by_source,
        "stored_last_7_days": overview.stored_last_7_days,
        "expiring_next_7_days": overview.expiring_next_7_days,
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "email": user.email} if user else None
