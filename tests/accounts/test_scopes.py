"""Scopes: said as OAuth says them, and carried from token to token."""

import pytest
from django.utils import timezone

from accounts import scopes, tokens
from accounts.models import User
from accounts.scopes import Scope, UnknownScopeError
from accounts.signing import SignedAccessToken


def test_who_names_none_asks_for_all() -> None:
    assert scopes.asked_for(None) == scopes.ALL


def test_scopes_are_named_with_spaces_between() -> None:
    assert scopes.asked_for("memory:write  memory:read") == scopes.ALL
    assert scopes.asked_for("memory:read") == {Scope.READ}


@pytest.mark.parametrize("text", ["", " ", "memory:all", "memory:read admin"])
def test_a_scope_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UnknownScopeError, match="memory:read memory:write"):
        scopes.asked_for(text)


def test_a_fresh_token_may_no_more_than_the_one_before_it(user: User) -> None:
    now = timezone.now()
    pair = tokens.sign_in(user=user, may=frozenset({Scope.READ}), now=now)

    _, fresh = tokens.refresh(token=pair["refresh"], now=now)

    claims = SignedAccessToken(fresh["access"]).payload  # type: ignore[arg-type]  # annotated wrongly
    assert scopes.of_claims(claims) == {Scope.READ}
