"""accounts.tokens: a refresh token works once, and no token outlives its rights."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts import tokens
from accounts.models import TokenFamily, User
from accounts.roles import Role
from accounts.tokens import RefusedTokenError
from tests.accounts.conftest import Pair, admitted, refreshed
from tests.factories import NOW, PASSWORD
from tests.sessions import together

pytestmark = pytest.mark.django_db


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def forged(token: str, *, key: str = settings.JWT_SIGNING_KEY, **changes: Any) -> str:
    """Return a token with other claims; None leaves a claim out."""
    kept = {
        name: value
        for name, value in (claims(token) | changes).items()
        if value is not None
    }
    return jwt.encode(kept, key, "HS256", headers=jwt.get_unverified_header(token))


class TestSigningIn:
    def test_gives_an_access_token_that_says_who_comes(
        self, user: User, pair: Pair
    ) -> None:
        assert admitted(pair["access"]) == user

    def test_gives_a_refresh_token_that_opens_nothing(self, pair: Pair) -> None:
        with pytest.raises(InvalidToken):
            admitted(pair["refresh"])

    def test_begins_a_family_each_time(self, user: User, pair: Pair) -> None:
        tokens.sign_in(user=user, now=NOW)

        assert user.token_families.count() == 2


class TestRefreshing:
    def test_gives_a_fresh_pair(self, user: User, pair: Pair) -> None:
        fresh = refreshed(pair["refresh"])

        assert admitted(fresh["access"]) == user
        assert fresh["refresh"] != pair["refresh"]
        assert refreshed(fresh["refresh"])

    def test_works_once(self, pair: Pair) -> None:
        refreshed(pair["refresh"])

        with pytest.raises(RefusedTokenError, match="sign in again"):
            refreshed(pair["refresh"])

    def test_says_what_was_wrong_and_whose_token_it_was(
        self, user: User, pair: Pair
    ) -> None:
        refreshed(pair["refresh"])
        ended = tokens.sign_in(user=user, now=NOW)["refresh"]
        tokens.revoke(token=ended, now=NOW)

        for token, reason, holder in (
            (pair["refresh"], "token_reused", user),
            (ended, "token_ended", user),
            ("no token", "bad_token", None),
        ):
            with pytest.raises(RefusedTokenError) as refusal:
                refreshed(token)
            assert (refusal.value.reason, refusal.value.user) == (reason, holder)

    def test_ends_the_family_when_a_token_comes_twice(self, pair: Pair) -> None:
        fresh = refreshed(pair["refresh"])
        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])

        with pytest.raises(RefusedTokenError):
            refreshed(fresh["refresh"])
        with pytest.raises(AuthenticationFailed):
            admitted(fresh["access"])

    def test_leaves_other_families_alone(self, user: User, pair: Pair) -> None:
        other = tokens.sign_in(user=user, now=NOW)
        refreshed(pair["refresh"])
        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])

        assert admitted(other["access"])
        assert refreshed(other["refresh"])

    def test_leaves_the_access_token_before_as_it_is(
        self, user: User, pair: Pair
    ) -> None:
        refreshed(pair["refresh"])

        assert admitted(pair["access"]) == user

    @pytest.mark.django_db(transaction=True)
    def test_works_once_for_many_at_the_same_moment(self, pair: Pair) -> None:
        def attempt() -> Pair | None:
            try:
                return refreshed(pair["refresh"])
            except RefusedTokenError:
                return None

        fresh = [won for won in together(8, attempt) if won]

        assert len(fresh) == 1
        assert TokenFamily.objects.get().revoked_at
        with pytest.raises(RefusedTokenError):
            refreshed(fresh[0]["refresh"])
        with pytest.raises(AuthenticationFailed):
            admitted(fresh[0]["access"])


class TestRevoking:
    def test_ends_a_family(self, pair: Pair) -> None:
        tokens.revoke(token=pair["refresh"], now=NOW)

        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])
        with pytest.raises(AuthenticationFailed):
            admitted(pair["access"])

    def test_may_be_repeated(self, pair: Pair) -> None:
        tokens.revoke(token=pair["refresh"], now=NOW)
        tokens.revoke(token=pair["refresh"], now=NOW + timedelta(days=1))

        assert TokenFamily.objects.get().revoked_at == NOW

    def test_ends_a_family_by_any_of_its_tokens(self, pair: Pair) -> None:
        fresh = refreshed(pair["refresh"])

        tokens.revoke(token=pair["refresh"], now=NOW)

        with pytest.raises(RefusedTokenError):
            refreshed(fresh["refresh"])

    def test_leaves_the_sign_ins_of_others_alone(
        self, user: User, outsider: User, pair: Pair
    ) -> None:
        other = tokens.sign_in(user=outsider, now=NOW)

        tokens.revoke(token=pair["refresh"], now=NOW)

        assert admitted(other["access"]) == outsider


class TestDiscarding:
    def test_drops_families_that_nobody_can_refresh(self, user: User) -> None:
        tokens.sign_in(user=user, now=NOW)

        assert tokens.discard_expired(now=NOW + timedelta(days=7)) == 1
        assert not TokenFamily.objects.exists()

    def test_keeps_those_that_somebody_still_can(self, user: User) -> None:
        tokens.sign_in(user=user, now=NOW)

        assert tokens.discard_expired(now=NOW + timedelta(days=6)) == 0
        assert TokenFamily.objects.exists()


def change_password(user: User) -> None:
    user.set_password(PASSWORD)
    user.save()


def promote(user: User) -> None:
    user.groups.add(Group.objects.get(name=Role.MANAGER))


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def delete(user: User) -> None:
    User.objects.filter(pk=user.pk).delete()


@pytest.mark.parametrize("change", [change_password, promote, disable, delete])
class TestAChangeOfTheAccount:
    def test_ends_access_tokens(
        self, user: User, pair: Pair, change: Callable[[User], None]
    ) -> None:
        change(user)

        with pytest.raises(AuthenticationFailed):
            admitted(pair["access"])

    def test_ends_refresh_tokens(
        self, user: User, pair: Pair, change: Callable[[User], None]
    ) -> None:
        change(user)

        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])


class TestAToken:
    def test_is_looked_up_with_its_holder_in_one_question(
        self, pair: Pair, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            assert admitted(pair["access"]).role is Role.USER

    def test_is_no_good_in_a_family_of_somebody_else(
        self, pair: Pair, outsider: User
    ) -> None:
        tokens.sign_in(user=outsider, now=NOW)
        theirs = outsider.token_families.get()

        with pytest.raises(AuthenticationFailed):
            admitted(forged(pair["access"], family=str(theirs.pk)))

    def test_outlives_what_changes_no_right(self, user: User, pair: Pair) -> None:
        user.groups.add(Group.objects.create(name="Friends of the house"))
        user.first_name = "Ann"
        user.save()

        assert admitted(pair["access"]) == user
        assert refreshed(pair["refresh"])

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "another-hub"},
            {"aud": None},
            {"iss": "another-hub"},
            {"iss": None},
            {"token_type": None},
            {"exp": 1},
            {"exp": None},
            {"iat": None},
            {"iat": 2**40},
            {"jti": None},
            {"stamp": "another"},
            {"stamp": None},
            {"key": "of another hub, and as long as it has to be"},
        ],
        ids=lambda changes: "{}={}".format(*next(iter(changes.items()))),
    )
    def test_is_refused_when_it_is_not_ours(
        self, pair: Pair, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(AuthenticationFailed):
            admitted(forged(pair["access"], **changes))
        with pytest.raises(RefusedTokenError):
            refreshed(forged(pair["refresh"], **changes))

    def test_is_ours_when_it_is_forged_with_our_key(self, pair: Pair) -> None:
        assert admitted(forged(pair["access"]))
        assert refreshed(forged(pair["refresh"]))

    def test_is_not_signed_with_the_secret_key(self, pair: Pair) -> None:
        with pytest.raises(AuthenticationFailed):
            admitted(forged(pair["access"], key=settings.SECRET_KEY))

    @pytest.mark.parametrize("family", [None, "no uuid", f"{7:032x}"])
    def test_is_refused_outside_of_a_family(
        self, pair: Pair, family: str | None
    ) -> None:
        with pytest.raises(RefusedTokenError):
            refreshed(forged(pair["refresh"], family=family))
        with pytest.raises(AuthenticationFailed):
            admitted(forged(pair["access"], family=family))

    def test_of_access_refreshes_nothing(self, pair: Pair) -> None:
        with pytest.raises(RefusedTokenError):
            refreshed(pair["access"])
        with pytest.raises(RefusedTokenError):
            tokens.revoke(token=pair["access"], now=timezone.now())

    @pytest.mark.parametrize("garbage", ["", "x", "a.b.c", "ünï", "\ud800", "\x00"])
    def test_that_is_garbage_is_refused(self, db: None, garbage: str) -> None:
        with pytest.raises(RefusedTokenError):
            refreshed(garbage)
        with pytest.raises(RefusedTokenError):
            tokens.revoke(token=garbage, now=timezone.now())

    def test_without_a_signature_is_refused(self, pair: Pair) -> None:
        header = jwt.get_unverified_header(pair["access"])
        named = {"kid": header["kid"], "typ": header["typ"]}
        unsigned = jwt.encode(claims(pair["access"]), "", "none", headers=named)

        with pytest.raises(AuthenticationFailed):
            admitted(unsigned)
