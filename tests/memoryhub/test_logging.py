"""memoryhub.logging: a line says whom a request comes from, not what it asks."""

import pytest
import structlog
from django.test import Client
from pytest_django import Settings

from memoryhub.logging import without_query


def test_a_request_is_named_by_its_path_alone() -> None:
    line = without_query(
        None, "", {"request": "GET /api/v1/stats?token=x?y", "code": 1}
    )

    assert line == {"request": "GET /api/v1/stats", "code": 1}


def test_a_line_about_no_request_stays_as_it_is() -> None:
    line = {"event": "what?", "request": None}

    assert without_query(None, "", dict(line)) == line


def test_every_line_passes_through_it() -> None:
    assert without_query in structlog.get_config()["processors"]


def test_the_address_is_that_of_whoever_asks(
    client: Client, db: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = 1

    client.get("/api/v1/stats", headers={"X-Forwarded-For": "203.0.113.1, 203.0.113.2"})

    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["ip"] for line in lines] == ["203.0.113.2"]
    assert lines[0]["event"] == "request_finished"
