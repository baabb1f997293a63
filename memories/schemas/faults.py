"""What Pydantic finds wrong, said so that the reader knows which field it is."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails


class Finding(NamedTuple):
    """One thing that is wrong, and a JSON pointer (RFC 6901) to where."""

    pointer: str
    detail: str


def findings(error: ValidationError, *, under: str = "") -> Iterator[Finding]:
    """Go through all that is wrong; `under` is the pointer to what was read."""
    for each in error.errors(include_url=False, include_input=False):
        yield Finding(under + _pointer(each["loc"]), _detail(each))


def _pointer(location: Iterable[str | int]) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "".join(f"/{step}" for step in steps)


def _detail(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a field that is known here"
    return error["msg"].removeprefix("Value error, ")
