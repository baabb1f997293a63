"""What the text of a pull request is made of: sections, items and references."""

import re
from collections.abc import Iterator, Sequence

LINE = 200
"""A longer line is no heading."""
BOLD = 7
"""The depth of a heading that is a bold line; # has 1, and ###### has 6."""

_MARKS = re.compile(r"(#{1,6})[ \t]+(.*)")
_STRONG = re.compile(r"(?:\*\*|__)([^*_]+)(?:\*\*|__):?")
_ALTERNATIVES = re.compile(
    r"(?:(?:other|considered|rejected) )?alternatives?(?: considered| rejected)?",
    re.IGNORECASE,
)
_ITEM = re.compile(r" ?(?:[-*+•]|[0-9]{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(\S.*)")
_NESTED = re.compile(r"[ \t]*(?:[-*+•]|[0-9]{1,3}[.)])[ \t]+")
_REPLACED = re.compile(
    r"\b(?:supersedes|reverts)\b:?[ \t]{1,5}(?:pr[ \t]|pull request[ \t])?"
    r"(?:(?P<repo>[\w.-]{1,60}/[\w.-]{1,120})?#"
    r"|https?://[^\s/]{1,100}/(?P<linked>[\w.-]{1,60}/[\w.-]{1,120})/pull/)"
    r"(?P<number>[0-9]{1,9})\b",
    re.IGNORECASE | re.ASCII,
)


def without_comments(text: str) -> str:
    """Return a text without what templates say in `<!-- -->`, and with `\\n` alone."""
    kept, rest = [], text.replace("\r\n", "\n")
    while "<!--" in rest:
        before, _, after = rest.partition("<!--")
        _, end, behind = after.partition("-->")
        if not end:
            break
        kept.append(before)
        rest = behind
    return "".join([*kept, rest]).strip()


def split(text: str) -> tuple[str, Sequence[str]]:
    """Return a text without its sections of alternatives, and these item by item."""
    rest: list[str] = []
    section: list[str] = []
    depth = 0
    for line, heading in _lines(text):
        if heading:
            level, title = heading
            if _ALTERNATIVES.fullmatch(title):
                depth = level
                continue
            if depth and level <= depth:
                depth = 0
            elif depth:
                section.append(f"- {title}")
                continue
        (section if depth else rest).append(line)
    return "\n".join(rest).strip(), _items(section)


def replaced(text: str, *, repository: str) -> str | None:
    """Return which pull request a text says that it supersedes or reverts, if so."""
    outside = "\n".join(line for line, _ in _lines(text, with_code=False))
    found = _REPLACED.search(outside)
    if found is None:
        return None
    named = found["repo"] or found["linked"] or repository
    is_same = named.lower() == repository.lower()
    return f"{repository if is_same else named}#{int(found['number'])}"


def _lines(
    text: str, *, with_code: bool = True
) -> Iterator[tuple[str, tuple[int, str] | None]]:
    """Return each line, and as what heading it is read; there is none inside code."""
    is_code = False
    for line in text.split("\n"):
        is_fence = line.lstrip().startswith(("```", "~~~"))
        is_code ^= is_fence
        if with_code or not (is_code or is_fence):
            yield line, None if is_code or is_fence else _heading(line)


def _heading(line: str) -> tuple[int, str] | None:
    """Return a heading's depth and its words."""
    text = line.strip()
    if len(text) > LINE:
        return None
    if found := _MARKS.fullmatch(text):
        return len(found[1]), found[2].strip(" \t#:*_")
    if found := _STRONG.fullmatch(text):
        return BOLD, found[1].strip(" \t:")
    if text.endswith(":") and _ALTERNATIVES.fullmatch(text[:-1]):
        return BOLD, text[:-1]
    return None


def _items(section: Sequence[str]) -> Sequence[str]:
    """Return the items of lists; without any, the paragraphs."""
    items: list[list[str]] = []
    for line in section:
        if found := _ITEM.fullmatch(line):
            items.append([found[1]])
        elif items and line.strip():
            items[-1].append(_NESTED.sub("", line, count=1).strip())
    if not items:
        paragraphs = re.split(r"\n\s*\n", "\n".join(section))
        items = [paragraph.split() for paragraph in paragraphs]
    return [text for words in items if (text := " ".join(words).strip())]
