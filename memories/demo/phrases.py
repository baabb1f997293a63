"""Sentences with gaps and alternatives, turned into what somebody said.

A gap is written in braces: `{host}` is something known, `{40..90}` a number,
`{1000..9000/500}` one in steps, `{day+3}` a date, `{today|this morning}` one of
several, and `{found=3..8}` is said here and known as `{found}` from then on. Gaps may
stand in alternatives.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from memories.demo.days import spoken, workday_from

_NAMED = re.compile(r"(\w+)=(.*)", re.DOTALL)
_RANGE = re.compile(r"(\d+)(?:\.(\d))?\.\.(\d+)(?:\.(\d))?(?:/(\d+))?")
_DATE = re.compile(r"(day|weekday|month|quarter)([+-]\d+)?")
_DAYS_A_MONTH = 30.44


class UnknownGapError(LookupError):
    """A sentence has a gap that nothing fills."""


class Phrases:
    """One telling: what is said once in it stays so to its end."""

    def __init__(
        self, *, rng: Random, use: int, on: date, known: Mapping[str, str]
    ) -> None:
        """Tell for the `use`-th time; each time takes the next alternatives.

        Gaps with as many alternatives take the same one, so that an answer given as
        the second of three fits the question that is the second of three.
        """
        self._rng = rng
        self._use = use
        self._on = on
        self._known = dict(known)

    def tell(self, text: str) -> str:
        """Return a sentence with its gaps filled.

        Raises:
            UnknownGapError: a gap names what is not known.
        """
        before, opened, rest = text.partition("{")
        if not opened:
            return text
        end = end_of_gap(rest)
        return f"{before}{self._fill(rest[:end])}{self.tell(rest[end + 1 :])}"

    def _fill(self, gap: str) -> str:
        choices = alternatives(gap)
        if len(choices) > 1:
            return self.tell(choices[self._use % len(choices)])
        if named := _NAMED.fullmatch(gap):
            self._known[named[1]] = self._fill(named[2])
            return self._known[named[1]]
        if span := _RANGE.fullmatch(gap):
            return self._number(span)
        if gap in self._known:
            return self.tell(self._known[gap])
        if when := _DATE.fullmatch(gap):
            return _date(self._on, when[1], int(when[2] or 0))
        if "{" in gap:
            return self.tell(gap)
        msg = f"nothing fills the gap {{{gap}}}"
        raise UnknownGapError(msg)

    def _number(self, span: re.Match[str]) -> str:
        low, low_tenth, high, high_tenth, step = span.groups()
        if low_tenth is None:
            return f"{self._rng.randrange(int(low), int(high) + 1, int(step or 1)):,}"
        tenths = self._rng.randint(
            int(low + low_tenth), int(high + (high_tenth or "0"))
        )
        return f"{tenths / 10:.1f}"


def end_of_gap(text: str) -> int:
    """Return where the gap that a text begins within is closed.

    Raises:
        UnknownGapError: it is not.
    """
    depth = 0
    for place, character in enumerate(text):
        if character == "}" and not depth:
            return place
        depth += (character == "{") - (character == "}")
    msg = f"a gap is not closed in {text!r}"
    raise UnknownGapError(msg)


def alternatives(gap: str) -> list[str]:
    """Split at the bars that are not inside a gap of their own."""
    choices, depth = [""], 0
    for character in gap:
        depth += (character == "{") - (character == "}")
        if character == "|" and not depth:
            choices.append("")
        else:
            choices[-1] += character
    return choices


def _date(on: date, unit: str, ahead: int) -> str:
    match unit:
        case "day":
            return spoken(workday_from(on, ahead))
        case "weekday":
            return f"{workday_from(on, ahead):%A}"
        case "month":
            return f"{_months_later(on, ahead):%B}"
        case _:
            return f"Q{(_months_later(on, 3 * ahead).month + 2) // 3}"


def _months_later(day: date, ahead: int) -> date:
    return day.replace(day=15) + timedelta(days=round(_DAYS_A_MONTH * ahead))
