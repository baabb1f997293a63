"""Reading a request's body: JSON, of a bounded size and depth."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

REQUEST_LIMIT = 5 * 1024 * 1024


class TooLargeError(APIException):
    """The body is larger than a request may be."""

    status_code = 413
    default_code = "too_large"
    default_detail = (
        f"The request is larger than the limit of {REQUEST_LIMIT} bytes (5 MiB); "
        f"send it in parts."
    )


class StrictJSONParser(JSONParser):
    """JSON that PostgreSQL can keep: no NaN, no endless nesting, no 6 MiB."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body.

        Raises:
            TooLargeError, ParseError: saying which limit, or where it is no JSON.
        """
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > REQUEST_LIMIT:
            raise TooLargeError
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            detail = "JSON parse error - nested too deeply"
            raise ParseError(detail) from None
