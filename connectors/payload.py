"""A delivery's body as JSON, and JSON as what a connector documents it to be."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from connectors.base import UnreadableError
from memories.drafting import faults
from memories.errors import InvalidError

FORM = b"payload="
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Lenient(BaseModel):
    """What is needed of something that may have any other fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CamelCased(Lenient):
    """The same of a vendor whose fields are namedLikeThis."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


def parsed(body: bytes) -> Mapping[str, Any]:
    """Read a body: a JSON object, or a form that has one in its field `payload`.

    Raises:
        UnreadableError: it is neither.
    """
    try:
        payload = storable(json.loads(_json_of(body), parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        msg = f"The body is not JSON: {error}"
        raise UnreadableError(msg) from None
    if not isinstance(payload, dict):
        msg = f"The body is JSON, but no object: {type(payload).__name__}"
        raise UnreadableError(msg)
    return payload


def storable(value: Any) -> Any:
    """Return JSON without the characters that PostgreSQL cannot keep."""
    match value:
        case str():
            return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [storable(each) for each in value]
        case dict():
            return {storable(key): storable(each) for key, each in value.items()}
        case _:
            return value


def digest_of(body: bytes) -> str:
    """Return what tells a delivery from others where its vendor gives it no id."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_as[M: BaseModel](model: type[M], payload: object) -> M:
    """Read JSON as one of a connector's models.

    Raises:
        UnreadableError: naming every field that is wrong, and no content.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise UnreadableError(what_is_wrong(error)) from None


def what_is_wrong(error: ValidationError) -> str:
    """Name every field that is wrong, and none of the values."""
    return str(InvalidError(faults(error)))


def _json_of(body: bytes) -> bytes | str:
    if not body.startswith(FORM):
        return body
    return parse_qs(body.decode(), max_num_fields=10).get("payload", [""])[0]


def _refuse(constant: str) -> None:
    msg = f"{constant} is no number in JSON"
    raise ValueError(msg)
