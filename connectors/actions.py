"""What somebody is to do, read out of what people write.

A line is an action item by a word before it (`Action:`, `AI:`, `TODO`) or a box (`[ ]`,
`[x]`), and so are the bullets below `Action items:`. `@{Ann Lee}` is a mention.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

import dateparser

from connectors.wording import fitting
from memories.schemas.base import ActionItem

MOST = 50
ITEM_BYTES = 300
WORDS, LETTERS = 5, 40
"""How many words a day takes at most, and how many letters."""
PHRASES = 5
"""How often a line may say `by` before nobody goes on looking for the day."""

_BULLET = r"[\s>]*(?:(?:[-*•‣◦]|[0-9]+[.)])\s*)?"
_BOX = re.compile(_BULLET + r"\[(?P<tick>[ xX✓✔]?)\]\s*(?P<text>\S.*)")
_WORD = re.compile(
    _BULLET + r"[*_~]*(?:action(?: item)?s?|ai|to-?do)[*_~]*\s*:[*_~]*\s*(?P<text>.*)",
    re.IGNORECASE,
)
_TODO = re.compile(_BULLET + r"TODO\s+(?P<text>\S.*)|" + _BULLET + r"todo\s+(?=@)(.*)")
_BULLETED = re.compile(r"[\s>]*(?:[-*•‣◦]|[0-9]+[.)])\s+(?P<text>\S.*)")
_MENTION = re.compile(r"@(?:\{(?P<whole>[^{}]+)\}|(?P<word>[\w.-]*\w))")
_SUBJECT = re.compile(
    r"(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?) (?:to|will|should) [a-z]"
)
_UNTIL = re.compile(
    r"\b(?:by|due|until|till|before|on)\b:?\s+(?=(?P<when>[^;()]{1,80}))", re.IGNORECASE
)
_SOON = re.compile(r"\b(?:today|tonight|tomorrow)\b", re.I)
_DATED = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*[0-9]"
    r"|[0-9].*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|[0-9]{1,4}[-/.][0-9]{1,2}|\b(?:today|tonight|tomorrow)\b"
    r"|in (?:an?|[a-z]+|[0-9]+) (?:day|week|month)s?\b"
    r"|(?:this|next) (?:week|month|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_END = re.compile(r"(?:the )?(?:end of (?:the )?(day|week|month)|eo([dwm]))\b", re.I)


def action_items(text: str, *, at: datetime) -> Sequence[ActionItem]:
    """Read the action items out of a text that was written at a time."""
    found = ((line.strip(" \t*_~"), is_done) for line, is_done in _lines(text))
    said = ((line, is_done) for line, is_done in found if line)
    return [_item(line, at, is_done=done) for line, done in islice(said, MOST)]


def plain(text: str) -> str:
    """Return a text with its mentions as people read them."""
    return _MENTION.sub(lambda found: f"@{found['whole'] or found['word']}", text)


def due_date(text: str, *, at: datetime) -> date | None:
    """Read the day out of `by Friday` and the like; without a year it is to come."""
    found = islice(_UNTIL.finditer(text), PHRASES)
    for phrase in [each["when"] for each in found] or _SOON.findall(text):
        words = phrase.split()[:WORDS]
        for length in range(len(words), 0, -1):
            day = _day(" ".join(words[:length]).strip(" .,!?:*_"), at)
            if day:
                return day
    return None


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Find what is to be done, and whether it is done."""
    is_below_heading = False
    for line in text.splitlines():
        box = _BOX.fullmatch(line)
        word = _WORD.fullmatch(line)
        todo = _TODO.fullmatch(line)
        bullet = _BULLETED.fullmatch(line)
        if box:
            yield box["text"], bool(box["tick"].strip())
        elif word and word["text"].strip():
            yield word["text"], False
        elif todo:
            yield todo["text"] or todo[2], False
        elif is_below_heading and bullet:
            yield bullet["text"], False
        is_heading = word is not None and not word["text"].strip()
        is_below_heading = is_heading or (is_below_heading and bool(box or bullet))


def _item(line: str, at: datetime, *, is_done: bool) -> ActionItem:
    mention = _MENTION.search(line)
    subject = _SUBJECT.match(line)
    assignee = None
    if mention:
        assignee = mention["whole"] or mention["word"]
    elif subject:
        assignee = subject["name"]
    rest = line
    if mention and line.startswith(mention[0]):
        rest = line[mention.end() :].lstrip(" ,:-")
    is_said = rest and not _UNTIL.match(rest)
    return ActionItem(
        text=fitting(plain(rest if is_said else line), limit=ITEM_BYTES),
        assignee=assignee,
        due_date=due_date(line, at=at),
        done=is_done,
    )


def _day(phrase: str, at: datetime) -> date | None:
    if end := _END.fullmatch(phrase):
        return _end_of((end[1] or end[2]).lower(), at.date())
    if len(phrase) > LETTERS or not _DATED.match(phrase):
        return None
    found: datetime | None = dateparser.parse(
        phrase,
        languages=["en"],
        settings={
            "RELATIVE_BASE": at.replace(tzinfo=None),
            "PREFER_DATES_FROM": "future",
            "TIMEZONE": "UTC",
        },
    )
    return found.date() if found else None


def _end_of(span: str, today: date) -> date:
    """Return the last day of a day, a working week or a month."""
    match span[0]:
        case "d":
            return today
        case "w":
            return today + timedelta(days=(4 - today.weekday()) % 7)
        case _:
            return today.replace(day=monthrange(today.year, today.month)[1])
