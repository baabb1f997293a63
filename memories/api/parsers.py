"""Reading a request's body: JSON, and nothing that only looks like it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON without NaN, and without nesting that no stack could hold."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body.

        Raises:
            ParseError: saying where it is no JSON.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            detail = "JSON parse error - nested too deeply"
            raise ParseError(detail) from None
