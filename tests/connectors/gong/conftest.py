"""What Gong's tests share: a company whose key is known, and its API."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.connectors.gong.delivering import KEY, pem
from tests.connectors.gong.fakes import FakeGongApi


@pytest.fixture(autouse=True)
def _gong_is_set_up(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"gong": [pem(KEY)]}


@pytest.fixture
def gong(settings: Settings) -> Iterator[FakeGongApi]:
    """A company, and a key for it."""
    with FakeGongApi() as api:
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {
            "gong": {"url": api.url, "token": "key:a:secret"}
        }
        yield api


@pytest.fixture(autouse=True)
def _nobody_waits(slept: list[float]) -> None:
    """Ask Gong without a pause between two requests."""
