"""From what Gong sends to the state of a call.

A thing is a call, named `call:<id>`, and `call` is its only part.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.base import Directory, Incoming, Label, Part, Reading
from connectors.gong.customers import domain_of
from connectors.gong.rules import GongRules
from connectors.gong.shapes import Call, Chapter, Content, Notice, Party
from connectors.payload import digest_of, read_as

NEXT_STEPS = ("next step", "action item")
"""What the headings of what is to be done begin with."""
PRIVATE = "private"
"""A revision that no other goes past: what was private once is gone for good."""


def label_of(incoming: Incoming, payload: Mapping[str, Any]) -> Label:
    """Say what a delivery is: a call's id and the body's digest tell it from others."""
    call = payload.get("callData")
    meta = call.get("metaData") if isinstance(call, dict) else None
    id_ = meta.get("id") if isinstance(meta, dict) else None
    digest = digest_of(incoming.body)
    if not isinstance(id_, str):
        return Label(id=digest, event="")
    is_test = payload.get("isTest") is True
    return Label(id=f"{id_[:100]}:{digest}", event="test" if is_test else "call")


def read(
    event: str, payload: Mapping[str, Any], directory: Directory, rules: GongRules
) -> Reading:
    """Take a delivery apart.

    A test is not remembered. It has a real call that somebody chose to try a rule with,
    which the rule may leave out.

    Raises:
        UnreadableError: it is not what Gong documents.
    """
    notice = read_as(Notice, payload)
    call = notice.call_data
    if notice.is_test:
        return Reading(ignored="It is a test of the rule.")
    if notice.is_private or call.meta_data.is_private:
        return Reading(parts=[gone(call)], ignored="The call is private.")
    return Reading(parts=[part_of(call)], people=call.people)


def gone(call: Call) -> Part:
    """Return a call that is not to be remembered, even where it was before."""
    return Part(thing=_thing(call), key="call", revision=PRIVATE, data=None)


def part_of(call: Call) -> Part:
    """Return the one part of a call."""
    meta, content = call.meta_data, call.content or Content()
    parties = call.parties or []
    owner = _owner(call)
    at = meta.started or meta.scheduled
    trackers = [each for each in content.trackers or () if each.count > 0]
    state = {
        "id": meta.id,
        "url": meta.url,
        "title": (meta.title or "").strip(),
        "at": at.isoformat() if at else None,
        "seconds": meta.duration,
        "language": meta.language,
        "owner": owner,
        "ours": _labels(each for each in parties if each.is_internal),
        "theirs": _labels(each for each in parties if not each.is_internal),
        "account": _account(call),
        "domains": _domains(parties),
        "topics": [one.name for one in content.topics or () if one.duration != 0],
        "trackers": {each.name: each.count for each in trackers},
        "phrases": _texts(
            phrase.phrase for each in trackers for phrase in each.phrases or ()
        ),
        "brief": (content.brief or "").strip(),
        "points": _points(content),
        "actions": _actions(call),
    }
    return Part(
        thing=_thing(call),
        key="call",
        revision=_revision(state),
        data=state,
        people=[owner] if owner else [],
    )


def _thing(call: Call) -> str:
    return f"call:{call.meta_data.id}"


def _revision(state: Mapping[str, Any]) -> str:
    """Say how much is known of a call.

    A call is over when it is sent, and Gong has no time of its state. What is known of
    it grows: trackers, briefs and the CRM's account are found afterwards. So the state
    that says more is the newer. Of two that say as much one stays, in any order.
    """
    text = json.dumps(state, sort_keys=True)
    known = sum(map(bool, state.values()))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{known:02}.{len(text):09}.{digest[:8]}"


def _owner(call: Call) -> str | None:
    """Return the address of whose call it is, or their id where Gong tells none."""
    primary = call.meta_data.primary_user_id
    if primary is None:
        return None
    emails = (each.email for each in call.parties or () if each.user_id == primary)
    return next(filter(None, emails), primary)


def _account(call: Call) -> str:
    contexts = list(call.context or ())
    for party in call.parties or ():
        contexts += party.context or ()
    accounts = (each.account for one in contexts for each in one.objects or ())
    return next(filter(None, accounts), "")


def _domains(parties: Sequence[Party]) -> Sequence[str]:
    """Return the domains of the others, of those first who are known to be others."""
    ours = {domain_of(each.email) for each in parties if each.is_internal}
    others = [each for each in parties if each.email and not each.is_internal]
    others.sort(key=lambda each: each.affiliation != "External")
    domains = (domain_of(each.email) for each in others)
    return [each for each in dict.fromkeys(domains) if each not in ours]


def _points(content: Content) -> Sequence[str]:
    """Return what Gong writes of a call: an outline only where it has no points."""
    points = [each.text for each in content.key_points or ()]
    for chapter in content.highlights or ():
        if not _is_to_do(chapter):
            points += [each.text for each in chapter.items or ()]
    if not any(points):
        outline = content.outline or ()
        points = [each.text for chapter in outline for each in chapter.items or ()]
    return _texts(points)


def _actions(call: Call) -> Sequence[Mapping[str, str]]:
    """Return what is to be done, and who said so where Gong tells."""
    content = call.content or Content()
    speakers = {one.speaker_id: one.label for one in call.parties or ()}
    spoken = [
        (each.snippet, speakers.get(each.speaker_id, "") if each.speaker_id else "")
        for interest in (content.points_of_interest, call.points_of_interest)
        for each in (interest.action_items if interest else None) or ()
    ]
    written = [
        (each.text, "")
        for chapter in content.highlights or ()
        if _is_to_do(chapter)
        for each in chapter.items or ()
    ]
    found = {text.strip(): who for text, who in (*written, *spoken) if text}
    return [{"text": text, "by": who} for text, who in found.items() if text]


def _is_to_do(chapter: Chapter) -> bool:
    return (chapter.title or "").strip().lower().startswith(NEXT_STEPS)


def _labels(parties: Iterable[Party]) -> Sequence[str]:
    return _texts(party.label for party in parties)


def _texts(texts: Iterable[str | None]) -> Sequence[str]:
    """Return texts that say something, each once."""
    return list(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
