"""memoryhub.celery: what is to happen again and again."""

from datetime import timedelta
from typing import Any

import pytest

from memoryhub.celery import app

SCHEDULE: dict[str, dict[str, Any]] = app.conf.beat_schedule


@pytest.mark.parametrize("name", SCHEDULE)
def test_what_is_scheduled_is_a_task(name: str) -> None:
    app.loader.import_default_modules()

    assert SCHEDULE[name]["task"] in app.tasks


@pytest.mark.parametrize("name", SCHEDULE)
def test_what_comes_too_late_is_dropped_for_the_next(name: str) -> None:
    every = SCHEDULE[name]["schedule"]
    # By the clock it is once a day.
    period = every if isinstance(every, timedelta) else timedelta(days=1)

    assert 0 < SCHEDULE[name]["options"]["expires"] <= period.total_seconds()


def test_the_journal_is_flushed_within_ten_seconds() -> None:
    flushes = [each for each in SCHEDULE.values() if each["task"] == "warehouse.flush"]

    assert [each["schedule"] <= timedelta(seconds=5) for each in flushes] == [True]


def test_a_task_is_repeated_only_after_it_could_have_ended() -> None:
    visible_again = app.conf.broker_transport_options["visibility_timeout"]

    assert visible_again >= 2 * app.conf.task_time_limit
