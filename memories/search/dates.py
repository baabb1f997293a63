"""Moments in time as people type them: 2026-03, "last monday", "30 days ago"."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_UNIT = r"(?P<unit>hour|day|week|month|quarter|year)"
_WEEKDAY = rf"(?P<weekday>{'|'.join(f'{day[:3]}(?:{day[3:]})?' for day in _WEEKDAYS)})"
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)})"
_LAST = r"(?:last|past|previous)"

STRETCH = re.compile(
    r"(?:(?P<not>-)?\b(?P<side>after|before): ?)?"
    rf"(?P<stretch>\b{_LAST} (?P<count>\d{{1,4}}) {_UNIT}s?\b)",
    re.IGNORECASE,
)
"""A stretch of time that ends now, such as `last 30 days`, and the side of it."""


def moment(text: str, *, now: datetime) -> datetime | None:
    """Return the moment at which what a text names begins, None when it names none.

    All is UTC, and a week begins on Monday.
    """
    text = " ".join(text.lower().replace(",", " ").split())
    try:
        return _written_out(text) or _named(text, now.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _written_out(text: str) -> datetime | None:
    if re.fullmatch(r"\d{4}-\d\d?", text):
        year, month = text.split("-")
        return datetime(int(year), int(month), 1, tzinfo=UTC)
    if re.fullmatch(r"\d{4}", text):
        return datetime(int(text), 1, 1, tzinfo=UTC)
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _named(text: str, now: datetime) -> datetime | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for pattern, meaning in _MEANINGS:
        if match := pattern.fullmatch(text):
            return meaning(match, now, today)
    return None


def _days_off(match: re.Match[str], now: datetime, today: datetime) -> datetime:
    off = {"yesterday": -1, "today": 0, "tomorrow": 1}
    return now if match[0] == "now" else today + timedelta(off[match[0]])


def _back(match: re.Match[str], now: datetime, today: datetime) -> datetime:
    """Go back some units of time: `30 days ago` is a day, `2 hours ago` a moment."""
    count = {"a": 1, "an": 1}.get(match["count"]) or int(match["count"])
    match match["unit"]:
        case "hour":
            return now - timedelta(hours=count)
        case "day":
            return today - timedelta(days=count)
        case "week":
            return today - timedelta(weeks=count)
        case "month":
            return _months(today, -count)
        case "quarter":
            return _months(today, -3 * count)
        case _:
            return _months(today, -12 * count)


def _weekday(match: re.Match[str], _: datetime, today: datetime) -> datetime:
    """Return the newest such day: with `last` before today, without it today too."""
    wanted = [day[:3] for day in _WEEKDAYS].index(match["weekday"][:3])
    days = (today.weekday() - wanted) % 7
    return today - timedelta(days or (7 if match["last"] else 0))


def _unit(match: re.Match[str], now: datetime, today: datetime) -> datetime:
    back = 1 if match["which"] != "this" else 0
    match match["unit"]:
        case "hour":
            return now.replace(minute=0, second=0, microsecond=0) - timedelta(
                hours=back
            )
        case "day":
            return today - timedelta(days=back)
        case "week":
            return today - timedelta(days=today.weekday(), weeks=back)
        case "month":
            return _months(today.replace(day=1), -back)
        case "quarter":
            first = today.replace(month=today.month - (today.month - 1) % 3, day=1)
            return _months(first, -3 * back)
        case _:
            return today.replace(year=today.year - back, month=1, day=1)


def _month(match: re.Match[str], _: datetime, today: datetime) -> datetime:
    """Return a month's or a day's beginning; without a year, the newest one."""
    month = [name[:3] for name in _MONTHS].index(match["month"][:3]) + 1
    day = int(match["day"] or match["day_after"] or 1)
    if match["year"]:
        return datetime(int(match["year"]), month, day, tzinfo=UTC)
    this_year = today.replace(month=month, day=day)
    return this_year if this_year <= today else this_year.replace(year=today.year - 1)


def _quarter(match: re.Match[str], _: datetime, today: datetime) -> datetime:
    month = 3 * int(match["quarter"]) - 2
    year = int(match["year"] or match["year_before"] or today.year)
    first = datetime(year, month, 1, tzinfo=UTC)
    unnamed = not (match["year"] or match["year_before"])
    return first.replace(year=year - 1) if unnamed and first > today else first


def _months(day: datetime, count: int) -> datetime:
    """Move a day by months; past a month's end it is the month's last day."""
    months = day.year * 12 + day.month - 1 + count
    first = day.replace(year=months // 12, month=months % 12 + 1, day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


type _Meaning = Callable[[re.Match[str], datetime, datetime], datetime]

_MEANINGS: tuple[tuple[re.Pattern[str], _Meaning], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        ("now|today|yesterday|tomorrow", _days_off),
        (rf"(?P<count>\d{{1,4}}|an?) {_UNIT}s? ago", _back),
        (rf"{_LAST} (?P<count>\d{{1,4}}) {_UNIT}s?", _back),
        (rf"(?P<last>{_LAST} )?{_WEEKDAY}", _weekday),
        (rf"(?P<which>this|{_LAST}) {_UNIT}", _unit),
        (
            rf"(?:(?P<day>\d\d?) )?{_MONTH}(?: (?P<day_after>\d\d?))?"
            r"(?: (?P<year>\d{4}))?",
            _month,
        ),
        (
            r"(?:(?P<year_before>\d{4}) )?q(?P<quarter>[1-4])(?: (?P<year>\d{4}))?",
            _quarter,
        ),
    )
)
