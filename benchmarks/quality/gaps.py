"""Sentences with gaps, and what fills them.

`{today|this morning}` takes one of several, `{40..90}` a number, `{100..900/50}` one in
steps, `{name}` something known, and `{n=3..8}` is said here and known as `{n}` from
then on. Gaps may stand in alternatives.
"""

import re
from collections.abc import Callable, Mapping
from random import Random

from memories.demo.phrases import UnknownGapError, alternatives, end_of_gap

_NAMED = re.compile(r"(\w+)=(.*)", re.DOTALL)
_RANGE = re.compile(r"(\d+)\.\.(\d+)(?:/(\d+))?")

type Known = Mapping[str, str | Callable[[], str]]
"""What a name stands for; a function gives something else each time."""


class Teller:
    """One telling: what is named in it stays so to its end."""

    def __init__(self, rng: Random, known: Known) -> None:
        self._rng = rng
        self._known = dict(known)

    def tell(self, text: str) -> str:
        """Return a text with its gaps filled.

        Raises:
            UnknownGapError: nothing fills one of them, or it is not closed.
        """
        before, opened, rest = text.partition("{")
        if not opened:
            return text
        end = end_of_gap(rest)
        return f"{before}{self._fill(rest[:end])}{self.tell(rest[end + 1 :])}"

    def _fill(self, gap: str) -> str:
        choices = alternatives(gap)
        if len(choices) > 1:
            return self.tell(self._rng.choice(choices))
        if named := _NAMED.fullmatch(gap):
            self._known[named[1]] = self._fill(named[2])
            return self._fill(named[1])
        if span := _RANGE.fullmatch(gap):
            low, high, step = int(span[1]), int(span[2]), int(span[3] or 1)
            return f"{self._rng.randrange(low, high + 1, step):,}"
        if gap in self._known:
            known = self._known[gap]
            return known if isinstance(known, str) else known()
        if "{" in gap:
            return self.tell(gap)
        msg = f"nothing fills the gap {{{gap}}}"
        raise UnknownGapError(msg)
