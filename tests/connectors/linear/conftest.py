"""What Linear's tests share: a secret that is known, and its API."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.connectors.linear.delivering import SECRET
from tests.connectors.linear.fakes import FakeLinearApi


@pytest.fixture(autouse=True)
def _linear_is_set_up(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"linear": [SECRET]}


@pytest.fixture
def linear(settings: Settings) -> Iterator[FakeLinearApi]:
    """A workspace, and a key for it."""
    with FakeLinearApi() as api:
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {
            "linear": {"url": api.url, "token": "lin_api_1"}
        }
        yield api
