"""Whether anything typed or sent breaks search or holds it up.

Usage: python -m benchmarks.hostile
"""

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from benchmarks.measuring import clock, show
from benchmarks.throw_away import throw_away_hub

if TYPE_CHECKING:
    from accounts.models import User

ROWS = 20_000
REQUESTS = 10_000
SIGNED_IN_FOR = 500
"""For how many requests: an access token does not last for all of them."""
SLOWEST_MS = 1000
LOOKED_INTO_MS = 300

type Say = Callable[[random.Random], str]
type Send = Callable[[random.Random], object]

_WORDS = (
    *("renewal", "pricing", "customer", "the", "risk", "launch", "contract", "a"),
    *("rollback", "invoice", "word7", "word19999", "Customer", "topic-3", "retro"),
)
_SQL = (
    "'; DROP TABLE memories_memory; --",
    "' OR 1=1 --",
    "\\'); SELECT pg_sleep(10); --",
    "1) UNION SELECT password FROM accounts_user",
    "%s %(ids)s %% {0} ${jndi:ldap://x}",
    "':* & | ! <-> ()",
)
_BOMBS = (
    *(
        "(a+)+$*",
        "(a|a)*b*",
        "([a-z]+)*x*",
        "a{1,9999}*",
        ".*.*.*.*=.*",
        "[[:alpha:]]*",
    ),
    *("(?:(?:a*)*)*", "\\p{L}*", "^(.+)+$", "a?" * 60 + "a" * 60 + "*", "((((((((a*"),
)
_MARKS = (
    *("\u202e", "\u200f", "\u0301", "\u0489", "\u200d", "\ufeff", "\u2066", "\u0345"),
    *("שלום", "مرحبا", "ﷺ", "ก็็็็", "İ", "ß", "ŉ", "ﬀ", "⑴", "½", "℀", "Ⅷ", "ǆ"),
)
_EMOJI = ("😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇺🇳", "👍🏽", "\U0001f9ff", "☃️")
_MOMENTS = (
    *("soon", "never", "9999-99-99", "99999", "-1", "0000-00-00", "0001-01-01", "q9"),
    *("9999-12-31T23:59-14:00", "31 february", "9999 years ago", "last last monday"),
    *(
        "1e9",
        "\u0662\u0660\u0662\u0666-\u0660\u0661",
        "2026-01-01T25:61",
        '"',
        '"last',
        "now",
        "\x00",
        "last month",
    ),
)
_FILTERS = ("type", "source", "tag", "customer", "owner", "after", "before", "nonsense")


def _some(chance: random.Random, each: Sequence[str], most: int, gap: str = " ") -> str:
    return gap.join(chance.choices(each, k=chance.randint(1, most)))


def _quotes(chance: random.Random) -> str:
    return _some(chance, ('"', "'", '""', '-"', *_WORDS, 'tag:"', "“", "`"), 60)


def _long(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=15_000))


def _one_long_word(chance: random.Random) -> str:
    letters = chance.choice(("a", "ab", "aé", "界", "\u0301", "a:", 'a:"', "a-", "a."))
    tail = chance.choice(("", " ", "*", '"', " x", "\u00a0b"))
    return letters * (chance.choice((81, 1999, 2001, 100_000)) // len(letters)) + tail


def _marks(chance: random.Random) -> str:
    return _some(chance, (*_MARKS, "a", "*", " ", "-"), 200, gap="")


def _emoji(chance: random.Random) -> str:
    return _some(chance, (*_EMOJI, "renewal", "*", '"'), 100, gap=chance.choice("  -"))


def _unsayable(chance: random.Random) -> str:
    return _some(chance, ("\x00", "\ud800", "\udfff", "\x1b", "renewal", " "), 50, "")


def _sql(chance: random.Random) -> str:
    return _some(chance, (*_SQL, *_WORDS), 8)


def _bombs(chance: random.Random) -> str:
    return _some(chance, _BOMBS, 12)


def _minuses(chance: random.Random) -> str:
    return chance.choice(("-", "- ", "--a ", "-a ", '-"', "-the ", "-*")) * 3000


def _moments(chance: random.Random) -> str:
    return " ".join(
        f"{chance.choice(('after', 'before', '-after', 'AFTER'))}:{moment}"
        for moment in chance.choices(_MOMENTS, k=chance.randint(1, 8))
    )


def _filters(chance: random.Random) -> str:
    values = (*_WORDS, '"', '""', '"a b"', "me", "chat", "*", ":", "-", "2026")
    return " ".join(
        f"{chance.choice(('', '-'))}{chance.choice(_FILTERS)}:{chance.choice(values)}"
        for _ in range(chance.choice((1, 5, 300, 3000)))
    )


def _prefixes(chance: random.Random) -> str:
    starts = [word[: chance.randint(1, 4)] for word in _WORDS]
    return _some(chance, [f"{start}*" for start in starts], 40)


def _same_phrase(chance: random.Random) -> str:
    phrase = f"{chance.choice(_WORDS)} " * chance.choice((2, 30, 300))
    return f'"{phrase}" ' * chance.choice((1, 32))


def _same_parts(chance: random.Random) -> str:
    return "-".join(chance.choices(_WORDS, k=chance.choice((3, 300))))


def _unknown(chance: random.Random) -> str:
    return " ".join(
        "".join(chance.choices("acceinoprstuw", k=chance.randint(4, 12)))
        for _ in range(32)
    )


def _misspelt(chance: random.Random) -> str:
    def wrong(word: str) -> str:
        at = chance.randrange(len(word))
        return word[:at] + chance.choice("aeiouxz") + word[at + 1 :]

    return " ".join(wrong(chance.choice(_WORDS)) for _ in range(chance.randint(1, 32)))


def _anything(chance: random.Random) -> str:
    points = (chance.choice((0x7F, 0x7FF, 0xFFFF, 0x10FFFF)) for _ in range(120))
    return "".join(chr(chance.randint(0, point)) for point in points)


def _nothing(chance: random.Random) -> str:
    return chance.choice(("", " ", "\n\t\r", "\u200b", "*", "-", ":", '"', "-:*", '""'))


TYPED: Mapping[str, Say] = {
    "quotes": _quotes,
    "100 kB": _long,
    "one long word": _one_long_word,
    "marks and right to left": _marks,
    "emoji": _emoji,
    "NUL and half characters": _unsayable,
    "SQL": _sql,
    "regular expressions": _bombs,
    "minus signs": _minuses,
    "moments": _moments,
    "filters": _filters,
    "prefixes": _prefixes,
    "one phrase again and again": _same_phrase,
    "words of many parts": _same_parts,
    "unknown words": _unknown,
    "misspelt words": _misspelt,
    "any characters": _anything,
    "nothing": _nothing,
}
"""What people could type: it is never an error."""


def _forged(chance: random.Random) -> object:
    cursor = chance.choice(
        (
            "x",
            "." * 3000,
            "eyJhIjoxfQ:1abc:" + "0" * 43,
            ".eJyLjgUAARUAuQ:1tXyZz:" + "A" * 43,
            "\x00",
            "é:é:é",
            ":" * 50,
        )
    )
    return {"query": "renewal", "cursor": cursor, "sort": chance.choice(_SORTS)}


_SORTS = ("relevance", "newest", "oldest")


def _lists(chance: random.Random) -> object:
    names = chance.choice(("types", "sources", "tags"))
    return {
        names: [_anything(chance)[:70] or "x" for _ in range(chance.choice((3, 5000)))]
    }


def _numbers(chance: random.Random) -> object:
    wrong: Sequence[object] = (
        0,
        -1,
        101,
        10**30,
        1.5,
        "1",
        None,
        True,
        [],
        {},
        float("inf"),
    )
    return {"query": "renewal", "limit": chance.choice(wrong)}


def _fields(chance: random.Random) -> object:
    name = chance.choice(
        ("query", "types", "owner", "customer", "from", "to", "mode", "sort", "facets")
    )
    wrong: Sequence[object] = (
        *(
            0,
            None,
            [],
            {},
            [[]],
            {"a": {"b": 1}},
            "x" * 100_000,
            "\x00",
            "\ud800",
            True,
        ),
        *("0001-01-01", "9999-12-31T23:59:59-14:00", "a@b", "2026-02-30"),
    )
    return {name: chance.choice(wrong)}


def _shapes(chance: random.Random) -> object:
    nested: object = "renewal"
    for _ in range(chance.choice((2, 60))):
        nested = [nested]
    return chance.choice(
        (nested, "renewal", 1, None, [], {"\ud800": 1}, {"query": nested})
    )


SENT: Mapping[str, Send] = {
    "forged cursors": _forged,
    "long lists": _lists,
    "numbers": _numbers,
    "wrong fields": _fields,
    "wrong shapes": _shapes,
}
"""What programs could send."""


@dataclass(frozen=True, slots=True)
class Request:
    """One hostile request of the API."""

    kind: str
    method: str
    path: str
    query: str = ""
    body: str = ""
    typed: str = field(default="", repr=False)

    @property
    def is_typed(self) -> bool:
        """Say whether it is one that people could type, and no error."""
        return self.kind in TYPED


def requests(seed: int) -> Iterator[Request]:
    """Give hostile requests without an end, the same for each seed."""
    chance = random.Random(seed)  # noqa: S311 - to break things, not to guard them
    kinds = (*TYPED, *SENT)
    number = 0
    while True:
        kind = kinds[number % len(kinds)]
        number += 1
        if kind in TYPED:
            yield _typing(kind, TYPED[kind](chance), chance)
        else:
            sent = SENT[kind](chance)
            body = json.dumps(sent)
            yield Request(kind, "POST", "memory/search", body=body, typed=body)


def _typing(kind: str, text: str, chance: random.Random) -> Request:
    match chance.randrange(4):
        case 0:
            asked = {"q": text, "limit": chance.choice((1, 10, 50))}
            return Request(kind, "GET", "memory/suggest", _address(asked), typed=text)
        case 1:
            asked = {"query": text, "facets": "true", "sort": chance.choice(_SORTS)}
            return Request(kind, "GET", "memory/search", _address(asked), typed=text)
        case _:
            body: dict[str, Any] = {
                "query": text,
                "mode": chance.choice(("lexical", "hybrid", "semantic")),
                "sort": chance.choice((*_SORTS, "relevance", "relevance")),
                "facets": chance.random() < 0.3,
                "explain": chance.random() < 0.3,
                "limit": chance.choice((1, 20, 100)),
            }
            sent = json.dumps(body, ensure_ascii=True)
            return Request(kind, "POST", "memory/search", body=sent, typed=text)


def _address(asked: Mapping[str, object]) -> str:
    return urlencode(asked, errors="surrogatepass")


def send(client: Any, request: Request, headers: Mapping[str, str]) -> Any:
    """Send a request by Django's test client, and return the answer."""
    address = f"/api/v1/{request.path}"
    if request.method == "GET":
        return client.get(f"{address}?{request.query}", headers=headers)
    return client.post(
        address, request.body, content_type="application/json", headers=headers
    )


def measure(*, ceo: "User", user: "User", count: int = REQUESTS) -> None:
    """Ask for the worst, by turns as one who sees everything and as one who does not.

    The hub is filled and indexed already.
    """
    from django.test import Client  # noqa: PLC0415 - Django must be set up
    from django.utils import timezone  # noqa: PLC0415

    from accounts import tokens  # noqa: PLC0415

    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    people: list[dict[str, str]] = []
    # Each refusal is logged with its whole address.
    logging.disable(logging.WARNING)
    statuses: Counter[int] = Counter()
    refused = 0
    taken: list[tuple[float, Request]] = []
    for number, request in enumerate(islice(requests(seed=13), count)):
        if number % SIGNED_IN_FOR == 0:
            now = timezone.now()
            pairs = [tokens.sign_in(user=person, now=now) for person in (ceo, user)]
            people = [{"Authorization": f"Bearer {pair['access']}"} for pair in pairs]
        with clock() as one:
            answer = send(client, request, people[number % 2])
        statuses[answer.status_code] += 1
        refused += request.is_typed and answer.status_code != HTTPStatus.OK
        taken.append((one.seconds * 1000, request))
    logging.disable(logging.NOTSET)
    show("hostile requests that could be typed", f"{refused} refused", "none")
    _show(statuses, sorted(taken, key=lambda each: -each[0]))


def _show(statuses: Counter[int], slowest: Sequence[tuple[float, Request]]) -> None:
    counted = ", ".join(
        f"{count:,} of {one}" for one, count in sorted(statuses.items())
    )
    show(f"hostile requests, {statuses.total():,}", counted, "no 5xx")
    worst, request = slowest[0]
    show(
        "    the slowest of them",
        f"{worst:,.0f} ms",
        f"none over {SLOWEST_MS:,} ms; {request.kind}: {request.typed[:60]!r}",
    )
    worst_of: dict[str, float] = {}
    for milliseconds, one in slowest:
        worst_of.setdefault(f"{one.kind}, {one.path}", milliseconds)
    for kind, milliseconds in worst_of.items():
        if milliseconds > LOOKED_INTO_MS:
            show(f"    {kind}", f"{milliseconds:,.0f} ms", "-")


def main() -> None:
    """Fill a hub of its own, and be hostile to it."""
    with throw_away_hub():
        # Django must be set up.
        from django.core.management import call_command  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from accounts.models import User  # noqa: PLC0415
        from accounts.roles import Role  # noqa: PLC0415
        from benchmarks import filling  # noqa: PLC0415
        from memories.search import indexer  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        ceo = User.objects.create_user("ceo@example.com", role=Role.CEO)
        user = User.objects.create_user("user@example.com", role=Role.USER)
        filling.fill(ROWS, owners=[ceo], user=user, now=timezone.now())
        indexer.rebuild()
        filling.embed(ROWS)
        measure(ceo=ceo, user=user)


if __name__ == "__main__":
    main()
