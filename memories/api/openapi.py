"""What the API says of itself."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme

type Endpoint = tuple[str, str, str, Any]


def only_versioned(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out the short addresses: each is another name of a versioned one."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # has no types
    """How a request shows its access token."""

    target_class = "accounts.tokens.StampedJWTAuthentication"
    name = "token"
