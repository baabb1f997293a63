"""What the connectors' tests share: a Slack whose secret is known."""

import pytest
from pytest_django import Settings

from tests.connectors.delivering import SECRET


@pytest.fixture(autouse=True)
def _slack_is_set_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"slack": [SECRET]}
