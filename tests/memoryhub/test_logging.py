"""memoryhub.logging: a line names its request, and not what was asked for."""

import structlog

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
