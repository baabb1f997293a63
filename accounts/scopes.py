"""What a token may be used for: less than its holder may do, and never more."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Scope(StrEnum):
    """What somebody can give a program, instead of all that they may do."""

    READ = "memory:read"
    WRITE = "memory:write"


type Scopes = frozenset[Scope]

ALL: Scopes = frozenset(Scope)
CLAIM = "scope"


class UnknownScopeError(ValueError):
    """Somebody asks for a scope that there is not."""

    def __init__(self) -> None:
        super().__init__(f"must be one or more of: {' '.join(Scope)}")


def asked_for(text: str | None) -> Scopes:
    """Return the scopes that somebody names, with spaces between; all for none.

    Raises:
        UnknownScopeError: one of them is none of the hub's.
    """
    if text is None:
        return ALL
    try:
        scopes = frozenset(map(Scope, text.split()))
    except ValueError:
        raise UnknownScopeError from None
    if not scopes:
        raise UnknownScopeError
    return scopes


def as_text(scopes: Collection[Scope]) -> str:
    """Return scopes as a token and OAuth say them."""
    return " ".join(sorted(scopes))


def of_claims(claims: Mapping[str, str]) -> Scopes:
    """Return the scopes of a token that the hub has signed."""
    return frozenset(map(Scope, claims.get(CLAIM, "").split()))
