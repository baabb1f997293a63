"""What the connectors' tests share: a Slack whose secret is known, and no waits."""

import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.connectors.delivering import SECRET
from tests.connectors.slack.fakes import FakeSlackApi


@pytest.fixture(autouse=True)
def _slack_is_set_up(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"slack": [SECRET]}


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlackApi]:
    """A workspace, and a token for it."""
    with FakeSlackApi() as api:
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {
            "slack": {"url": api.url, "token": "xoxb-1"}
        }
        yield api


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it was to be waited each time, which nobody has time for here."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept
