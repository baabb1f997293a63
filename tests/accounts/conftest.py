"""What the accounts' tests share: somebody who has signed in."""

from collections.abc import Mapping

import pytest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts import tokens
from accounts.models import User

type Pair = Mapping[str, str]


@pytest.fixture
def pair(user: User) -> Pair:
    """The tokens of a user who has just signed in."""
    return tokens.sign_in(user=user, now=timezone.now())


def refreshed(token: str) -> Pair:
    """Return what a refresh token is good for."""
    _, pair = tokens.refresh(token=token, now=timezone.now())
    return pair


def admitted(access: str) -> User:
    """Return whom a request with an access token comes from."""
    headers = {"Authorization": f"Bearer {access}"}
    request = Request(APIRequestFactory().get("/", headers=headers))
    found = tokens.StampedJWTAuthentication().authenticate(request)
    assert found
    user = found[0]
    assert isinstance(user, User)
    return user
