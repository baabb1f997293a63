"""The demo's calendar: working days counted back from today."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

YEAR = 257
"""Working days that the 52 weeks before today have at least, whatever day it is."""

_SPRINT = 10
_SATURDAY = 5
_WEEK = 7
_HOLIDAYS = {(12, 25), (12, 26), (1, 1)}


@cache
def workday(today: date, back: int) -> date:
    """Return the working day that lies `back` working days before today, or after."""
    step = timedelta(days=-1 if back > 0 else 1)
    day = today
    for _ in range(abs(back)):
        day += step
        while day.weekday() >= _SATURDAY or (day.month, day.day) in _HOLIDAYS:
            day += step
    return day


def workday_from(day: date, ahead: int) -> date:
    """Return the day `ahead` calendar days later, or the Monday after a weekend."""
    later = day + timedelta(days=ahead)
    if later.weekday() < _SATURDAY:
        return later
    return later + timedelta(days=_WEEK - later.weekday())


def moment(day: date, at: time) -> datetime:
    """Return a time of a day, in UTC."""
    return datetime.combine(day, at, UTC)


def spoken(day: date) -> str:
    """Return a date as people write it in a message: 4 March."""
    return f"{day.day} {day:%B}"


def sprint(back: int) -> int:
    """Return the number of the sprint that ran `back` working days ago."""
    return 78 - back // _SPRINT


def version(back: int) -> str:
    """Return the release that customers had `back` working days ago."""
    return f"v2.{_minor(back)}.{(_SPRINT - 1 - back % _SPRINT) // 4}"


def next_version(back: int) -> str:
    """Return the release that was to come after it."""
    return f"v2.{_minor(back) + 1}.0"


def issue(back: int) -> int:
    """Return the number that an issue opened `back` working days ago has."""
    return 4380 - 8 * back


def _minor(back: int) -> int:
    return 41 - back // _SPRINT
