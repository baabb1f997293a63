"""Moments in time as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memories.search.dates import STRETCH, moment

NOW = datetime(2026, 6, 17, 15, 30, 45, tzinfo=UTC)
"""A Wednesday, in the second quarter."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(text: str, *, now: str) -> str | None:
    found = moment(text, now=at(now))
    return found.date().isoformat() if found else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-31", "2026-03-31"),
        ("2026-03-31T09:30", "2026-03-31T09:30"),
        ("2026-03-31t09:30:15z", "2026-03-31T09:30:15"),
        ("2026-03-31T09:30+02:00", "2026-03-31T07:30"),
        ("2026-03-31 09:30", "2026-03-31T09:30"),
        ("2026-03", "2026-03-01"),
        ("2026-3", "2026-03-01"),
        ("2026", "2026-01-01"),
        ("now", "2026-06-17T15:30:45"),
        ("today", "2026-06-17"),
        ("Yesterday", "2026-06-16"),
        ("tomorrow", "2026-06-18"),
        ("2 hours ago", "2026-06-17T13:30:45"),
        ("an hour ago", "2026-06-17T14:30:45"),
        ("a day ago", "2026-06-16"),
        ("30 days ago", "2026-05-18"),
        ("0 days ago", "2026-06-17"),
        ("1 week ago", "2026-06-10"),
        ("3 months ago", "2026-03-17"),
        ("2 quarters ago", "2025-12-17"),
        ("a year ago", "2025-06-17"),
        ("last 7 days", "2026-06-10"),
        ("past 2 weeks", "2026-06-03"),
        ("previous 6 months", "2025-12-17"),
        ("monday", "2026-06-15"),
        ("mon", "2026-06-15"),
        ("wednesday", "2026-06-17"),
        ("last wednesday", "2026-06-10"),
        ("last monday", "2026-06-15"),
        ("thursday", "2026-06-11"),
        ("past sun", "2026-06-14"),
        ("this hour", "2026-06-17T15:00"),
        ("last hour", "2026-06-17T14:00"),
        ("this day", "2026-06-17"),
        ("last day", "2026-06-16"),
        ("this week", "2026-06-15"),
        ("last week", "2026-06-08"),
        ("this month", "2026-06-01"),
        ("last month", "2026-05-01"),
        ("this quarter", "2026-04-01"),
        ("last quarter", "2026-01-01"),
        ("this year", "2026-01-01"),
        ("previous year", "2025-01-01"),
        ("march", "2026-03-01"),
        ("mar", "2026-03-01"),
        ("june", "2026-06-01"),
        ("july", "2025-07-01"),
        ("march 2024", "2024-03-01"),
        ("5 march", "2026-03-05"),
        ("March 5", "2026-03-05"),
        ("june 17", "2026-06-17"),
        ("june 18", "2025-06-18"),
        ("March 5, 2024", "2024-03-05"),
        ("5 mar 2024", "2024-03-05"),
        ("q1", "2026-01-01"),
        ("Q2", "2026-04-01"),
        ("q3", "2025-07-01"),
        ("q3 2026", "2026-07-01"),
        ("2024 q4", "2024-10-01"),
        ("  last   30\tdays ", "2026-05-18"),
    ],
)
def test_means_a_moment(text: str, meant: str) -> None:
    assert moment(text, now=NOW) == at(meant)


@pytest.mark.parametrize(
    ("text", "now", "meant"),
    [
        ("1 month ago", "2026-03-31", "2026-02-28"),
        ("1 month ago", "2024-03-31", "2024-02-29"),
        ("1 month ago", "2026-01-31", "2025-12-31"),
        ("1 quarter ago", "2026-05-31", "2026-02-28"),
        ("1 year ago", "2024-02-29", "2023-02-28"),
        ("4 years ago", "2024-02-29", "2020-02-29"),
        ("last 12 months", "2024-02-29", "2023-02-28"),
        ("february", "2026-03-31", "2026-02-01"),
        ("last month", "2026-03-31", "2026-02-01"),
        ("last month", "2026-01-31", "2025-12-01"),
        ("this quarter", "2026-08-31", "2026-07-01"),
        ("this quarter", "2026-05-31", "2026-04-01"),
        ("last quarter", "2026-03-31", "2025-10-01"),
        ("last year", "2024-02-29", "2023-01-01"),
        ("this week", "2026-06-21", "2026-06-15"),
        ("this week", "2026-06-15", "2026-06-15"),
        ("last monday", "2026-06-15", "2026-06-08"),
        ("yesterday", "2026-01-01", "2025-12-31"),
        ("feb 29 2024", "2026-06-17", "2024-02-29"),
        ("30 days ago", "2024-03-15", "2024-02-14"),
        ("q4", "2026-10-01", "2026-10-01"),
        ("q4", "2026-09-30", "2025-10-01"),
    ],
)
def test_knows_the_ends_of_months_and_years(text: str, now: str, meant: str) -> None:
    assert read(text, now=now) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "soon", "whenever", "last", "ago", "30", "30 days", "-1 days ago"),
        *("2026-13", "2026-02-30", "0000", "99999", "31.03.2026", "3/4/2026"),
        *("february 30 2026", "32 march", "q5", "q0 2026", "last 9999 years"),
        *("12345 days ago", "9999 years ago", "0001-01-01T00:00+14:00", "blursday"),
        *("9999-12-31T23:59-14:00", "last last monday", "next week", "\x00", "\ud800"),
    ],
)
def test_nonsense_is_no_moment(text: str) -> None:
    assert moment(text, now=NOW) is None


def test_a_day_is_one_of_utc_wherever_now_is_said() -> None:
    now = datetime(2026, 6, 18, 1, 0, tzinfo=timezone(timedelta(hours=9)))

    assert moment("today", now=now) == at("2026-06-17")


@pytest.mark.parametrize(
    "text", ["last 30 days", "Past 1 day", "previous 12 months", "last 2 quarters"]
)
def test_a_stretch_that_ends_now_is_recognised(text: str) -> None:
    assert STRETCH.fullmatch(text)
    assert moment(text, now=NOW)


@pytest.mark.parametrize("text", ["blast 30 days", "last 30 daysies", "last days"])
def test_what_only_looks_like_a_stretch_is_none(text: str) -> None:
    assert not STRETCH.search(text)


WORDS = st.sampled_from(
    [
        *("last", "past", "this", "ago", "a", "an", "0", "1", "29", "30", "31", "9999"),
        *(
            "day",
            "days",
            "month",
            "quarters",
            "years",
            "hour",
            "monday",
            "feb",
            "march",
        ),
        *(
            "q1",
            "q4",
            "2024",
            "2025",
            "0001",
            "9999",
            "now",
            "today",
            "2026-02",
            ",",
            "-",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=5).map(" ".join))
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(TEXTS, MOMENTS)
def test_no_text_is_an_error_at_any_time(text: str, now: datetime) -> None:
    found = moment(text, now=now)

    assert found is None or found.utcoffset() == timedelta()
