"""accounts.signing: two keys during a change, one algorithm, and each token its use."""

from typing import Any

import jwt
import pytest
from django.conf import settings as in_force
from pytest_django import Settings
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User
from accounts.signing import key_id
from accounts.tokens import RefusedTokenError
from tests.accounts.conftest import Pair, admitted, refreshed

pytestmark = pytest.mark.django_db

NEXT_KEY = "the key that signs from this day on, and no other one"


def header(token: str) -> dict[str, Any]:
    return jwt.get_unverified_header(token)


def signed_anew(token: str, *, algorithm: str = "HS256", **changes: Any) -> str:
    """Return a token signed by our key under another header; None leaves a part out."""
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {
        name: value
        for name, value in (header(token) | changes).items()
        if value is not None and name != "alg"
    }
    return jwt.encode(claims, in_force.JWT_SIGNING_KEY, algorithm, headers=headers)


class TestAToken:
    def test_names_its_key_its_kind_and_the_algorithm(self, pair: Pair) -> None:
        kid = key_id(in_force.JWT_SIGNING_KEY)

        assert header(pair["access"]) == {"alg": "HS256", "kid": kid, "typ": "at+jwt"}
        assert header(pair["refresh"]) == {"alg": "HS256", "kid": kid, "typ": "rt+jwt"}

    def test_is_good_under_the_header_that_it_was_given(self, pair: Pair) -> None:
        assert admitted(signed_anew(pair["access"]))
        assert refreshed(signed_anew(pair["refresh"]))

    @pytest.mark.parametrize(
        "changes",
        [
            {"kid": "0" * 16},
            {"kid": ""},
            {"kid": None},
            {"typ": "JWT"},
            {"typ": ""},
            {"algorithm": "HS384"},
            {"algorithm": "HS512"},
        ],
        ids=lambda changes: "{}={}".format(*next(iter(changes.items()))),
    )
    def test_is_refused_under_another_header(
        self, pair: Pair, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(AuthenticationFailed):
            admitted(signed_anew(pair["access"], **changes))
        with pytest.raises(RefusedTokenError):
            refreshed(signed_anew(pair["refresh"], **changes))

    def test_passes_for_no_other_kind_whatever_its_header_says(
        self, pair: Pair
    ) -> None:
        with pytest.raises(AuthenticationFailed):
            admitted(signed_anew(pair["refresh"], typ="at+jwt"))
        with pytest.raises(RefusedTokenError):
            refreshed(signed_anew(pair["access"], typ="rt+jwt"))


class TestTheNameOfAKey:
    def test_is_its_own_and_stays(self) -> None:
        assert key_id(NEXT_KEY) == key_id(NEXT_KEY) != key_id(NEXT_KEY.upper())

    def test_says_nothing_of_the_key(self) -> None:
        assert len(key_id(NEXT_KEY)) == 16
        assert key_id(NEXT_KEY) not in NEXT_KEY.encode().hex()


class TestChangingTheKey:
    def test_leaves_nobody_outside_while_the_old_one_is_accepted(
        self, user: User, pair: Pair, settings: Settings
    ) -> None:
        settings.JWT_PREVIOUS_SIGNING_KEY = settings.JWT_SIGNING_KEY
        settings.JWT_SIGNING_KEY = NEXT_KEY

        assert admitted(pair["access"]) == user
        fresh = refreshed(pair["refresh"])
        assert header(fresh["access"])["kid"] == key_id(NEXT_KEY)
        assert admitted(fresh["access"]) == user

    def test_ends_what_the_old_one_signed_once_it_is_dropped(
        self, pair: Pair, settings: Settings
    ) -> None:
        settings.JWT_SIGNING_KEY = NEXT_KEY

        with pytest.raises(AuthenticationFailed):
            admitted(pair["access"])
        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])

    def test_never_lets_the_name_of_one_key_stand_for_another(
        self, pair: Pair, settings: Settings
    ) -> None:
        settings.JWT_PREVIOUS_SIGNING_KEY = NEXT_KEY

        with pytest.raises(AuthenticationFailed):
            admitted(signed_anew(pair["access"], kid=key_id(NEXT_KEY)))
