"""Drafts checked before they are sent, by the hub's own schemas."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from .errors import InvalidError
from .schemas.answers import FaultAnswer, ProblemAnswer
from .schemas.draft import Draft
from .schemas.faults import findings
from .schemas.registry import UnknownSchemaError, registry


def check(draft: Draft | Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft as JSON has it.

    A type or version that is not known here is left to the hub, which may be newer.

    Raises:
        InvalidError: it would be refused, and `faults` says for which fields.
    """
    try:
        checked = draft if isinstance(draft, Draft) else Draft.model_validate(draft)
    except ValidationError as error:
        raise _invalid(error) from None
    try:
        schema = registry().get(checked.type, checked.schema_version)
        schema.parse(checked.content)
    except UnknownSchemaError:
        pass
    except ValidationError as error:
        raise _invalid(error, under="/content") from None
    return checked.model_dump(mode="json", exclude_unset=True)


def plain(body: Mapping[str, Any]) -> Any:
    """Return a body as JSON has it: times, ids and contents as text."""
    return json.loads(to_json(body))


def _invalid(error: ValidationError, *, under: str = "") -> InvalidError:
    faults = [
        FaultAnswer(pointer=each.pointer, detail=each.detail)
        for each in findings(error, under=under)
    ]
    return InvalidError(
        ProblemAnswer(
            type="urn:memoryhub:problem:bad-request",
            title="Bad Request",
            status=HTTPStatus.BAD_REQUEST,
            detail="; ".join(f"{each.pointer}: {each.detail}" for each in faults),
            errors=faults,
        )
    )
