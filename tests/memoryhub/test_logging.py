"""memoryhub.logging: each line of a request says whom it comes from."""

import pytest
from django.test import Client
from pytest_django import Settings


def test_the_address_is_that_of_whoever_asks(
    client: Client, db: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = 1

    client.get("/api/v1/stats", headers={"X-Forwarded-For": "203.0.113.1, 203.0.113.2"})

    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["ip"] for line in lines] == ["203.0.113.2"]
    assert lines[0]["event"] == "request_finished"
