"""What GitHub's tests share: a secret that is known, and an API."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.connectors.github.delivering import SECRET
from tests.connectors.github.fakes import FakeGithubApi


@pytest.fixture(autouse=True)
def _github_is_set_up(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"github": [SECRET]}


@pytest.fixture
def github(settings: Settings) -> Iterator[FakeGithubApi]:
    """Some repositories, and a token for them."""
    with FakeGithubApi() as api:
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {
            "github": {"url": api.url, "token": "github_pat_1"}
        }
        yield api
