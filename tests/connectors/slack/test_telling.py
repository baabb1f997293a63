"""connectors.slack.telling: memories as a person would have written them."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Known, Telling
from connectors.slack.reading import read
from connectors.slack.rules import SlackRules
from connectors.slack.telling import as_read, tell
from connectors.wording import LIMIT
from memories.drafting import read_draft
from tests.connectors.knowing import Knowing
from tests.connectors.slack.payloads import (
    ANN,
    BOB,
    CHANNEL,
    TEAM,
    TS,
    message,
    reacted,
    shortcut,
)

THING = f"{TEAM}/{CHANNEL}/{TS}"
NOON = datetime(2026, 6, 1, 12, 0, 0, 100, tzinfo=UTC)
LATER = "1780315260.000200"
KNOWN = Knowing(
    Known(id=ANN, name="Ann Lee", email="ann@x.com"),
    Known(id=BOB, name="Bob Ray"),
    Known(id=CHANNEL, name="#pricing"),
    Known(id=TEAM, name="acme"),
)


def told(
    *payloads: dict[str, Any],
    directory: Knowing = KNOWN,
    rules: SlackRules | None = None,
) -> list[Telling]:
    """Tell the one thing that some deliveries are about."""
    rules = rules or SlackRules()
    parts = {
        part.key: part.data
        for payload in payloads
        for part in read("", payload, directory, rules).parts
        if part.data is not None
    }
    tellings = list(tell(THING, parts, directory, rules))
    for each in tellings:
        read_draft(each.draft.model_dump(mode="json", exclude_unset=True))
    return tellings


def chat(*payloads: dict[str, Any], directory: Knowing = KNOWN) -> dict[str, Any]:
    return told(*payloads, directory=directory)[0].draft.content


def decision(
    *payloads: dict[str, Any], rules: SlackRules | None = None
) -> dict[str, Any] | None:
    tellings = told(*payloads, rules=rules)
    return tellings[1].draft.content if len(tellings) > 1 else None


class TestAMessage:
    def test_is_a_chat(self) -> None:
        (telling,) = told(message(f"<@{BOB}> We keep the price &amp; the term"))

        assert telling.owner == ANN
        assert telling.draft.type == "chat"
        assert telling.draft.external_id == THING
        assert telling.draft.occurred_at == NOON
        assert telling.draft.content == {
            "message": "@Bob Ray We keep the price & the term",
            "author": "Ann Lee",
            "channel": "#pricing",
            "session_id": THING,
            "participants": ["Ann Lee", "Bob Ray"],
            "url": f"https://acme.slack.com/archives/{CHANNEL}/p1780315200000100",
        }

    def test_of_a_thread_is_a_turn_of_it(self) -> None:
        content = chat(message("x", thread_ts="1780315000.000100", parent_user_id=BOB))

        assert content["session_id"] == f"{TEAM}/{CHANNEL}/1780315000.000100"
        assert content["participants"] == ["Ann Lee", "Bob Ray"]
        assert content["url"].endswith(f"?thread_ts=1780315000.000100&cid={CHANNEL}")

    def test_of_whom_nothing_is_known_goes_by_the_ids(self) -> None:
        content = chat(message(f"<@{BOB}|bob> x"), directory=Knowing())

        assert content["message"] == "@bob x"
        assert content["author"] == ANN
        assert content["participants"] == [ANN, "bob"]
        assert "channel" not in content
        assert content["url"].startswith("https://slack.com/app_redirect?")

    def test_of_nobody_has_no_author(self) -> None:
        (telling,) = told(message("x", user=None))

        assert telling.owner is None
        assert "author" not in telling.draft.content

    def test_names_what_is_attached(self) -> None:
        files = [{"name": "offer.pdf"}, {"name": "terms.docx"}]

        assert chat(message("See", files=files))["message"] == (
            "See\n\nAttached: offer.pdf, terms.docx"
        )
        assert chat(message("", files=files))["message"].startswith("Attached: ")

    def test_with_nothing_in_it_is_not_told(self) -> None:
        assert told(message("")) == []
        assert told(message(" \n ")) == []

    def test_alone_is_told_and_no_reaction_without_it(self) -> None:
        assert told(reacted("decision", at=LATER)) == []

    @pytest.mark.parametrize("letter", ["x", "é", "م", "😀", "\n"])
    def test_of_any_length_fits_a_memory(self, letter: str) -> None:
        long = chat(message("TODO: " + letter * 40_000 + "end"))

        assert len(long["message"].encode()) <= LIMIT

    @pytest.mark.parametrize("unit", [" ", "\n", "<", "<@U", "<@U>", "&lt;", "* ", ">"])
    def test_of_any_length_is_told_in_a_moment(self, unit: str) -> None:
        began = time.monotonic()

        told(message("x" + unit * (40_000 // len(unit))))

        assert time.monotonic() - began < 2

    def test_of_forty_thousand_letters_is_whole(self) -> None:
        assert chat(message("x" * 40_000))["message"] == "x" * 40_000

    @pytest.mark.parametrize(
        "text", ["🎉 :tada: 👩‍👩‍👧", "مرحبا بالعالم", "שלום", "日本語"]
    )
    def test_in_any_script_stays(self, text: str) -> None:
        assert chat(message(text))["message"] == text

    def test_of_a_huge_crowd_names_some(self) -> None:
        many = chat(message("".join(f"<@U{n}|p{n}>" for n in range(500))))

        assert len(many["participants"]) == 30


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            (f"<@{ANN}>", "@{Ann Lee}"),
            (f"<@{ANN}|ann>", "@{Ann Lee}"),
            ("<@U9|zoe>", "@{zoe}"),
            ("<@U9>", "@{U9}"),
            (f"<#{CHANNEL}|>", "#pricing"),
            (f"<#{CHANNEL}|old-name>", "#pricing"),
            ("<#C9|sales>", "#sales"),
            ("<!here>", "@here"),
            ("<!channel>", "@channel"),
            ("<!subteam^S1|@sales>", "@sales"),
            ("<!subteam^S1>", "@subteam"),
            ("<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"),
            ("<https://x.com/a?b&amp;c>", "https://x.com/a?b&c"),
            ("<https://x.com|x.com>", "x.com (https://x.com)"),
            ("<https://x.com|https://x.com>", "https://x.com"),
            ("<https://x.com|the offer>", "the offer (https://x.com)"),
            ("<mailto:a@x.com|a@x.com>", "a@x.com"),
            ("<tel:+49301234|+49301234>", "+49301234"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;", "&lt;"),
            ("a <> b < c > d", "a <> b  c  d"),
        ],
    )
    def test_is_what_slack_shows(self, sent: str, shown: str) -> None:
        assert as_read(sent, KNOWN) == shown


class TestADecision:
    def test_is_what_somebody_marks_as_one(self) -> None:
        _, telling = told(message("We keep it"), reacted("decision", at=LATER))

        assert telling.owner == ANN
        assert telling.evidence == [THING]
        assert telling.rests_on_group
        assert telling.draft.type == "decision"
        assert telling.draft.external_id == f"{THING}:decision"
        assert telling.draft.content == {
            "decision": "We keep it",
            "status": "accepted",
            "decided_by": ["Ann Lee", "Bob Ray"],
            "decided_at": "2026-06-01T12:01:00.000200+00:00",
            "url": f"https://acme.slack.com/archives/{CHANNEL}/p1780315200000100",
        }

    def test_is_what_somebody_remembers_as_one(self) -> None:
        content = decision(shortcut("We keep it", at=LATER))

        assert content
        assert content["decided_by"] == ["Ann Lee", "Bob Ray"]

    def test_is_one_by_two_people_who_mark_it(self) -> None:
        content = decision(
            message("We keep it", user=None),
            reacted("decision", at=LATER, by=ANN),
            reacted("decision", at="1780315250.000100", by=BOB),
        )

        assert content
        assert content["decided_by"] == ["Ann Lee", "Bob Ray"]
        assert content["decided_at"].startswith("2026-06-01T12:00:50")

    @pytest.mark.parametrize(
        ("text", "is_told"),
        [
            ("Decision: we keep it", "We keep it"),
            ("DECIDED: we keep it", "We keep it"),
            ("*Decision:* we keep it", "We keep it"),
            ("> • Agreed: we keep it", "We keep it"),
            ("We decided to keep it", "We decided to keep it"),
            ("we decided: we keep it", "We keep it"),
            ("Thanks all!\nDecision: 12\nfrom May on\n\nLunch?", "12\nfrom May on"),
            ("Decision:\n12", "12"),
        ],
    )
    def test_is_what_says_so_itself(self, text: str, is_told: str) -> None:
        content = decision(message(text))

        assert content
        assert content["decision"] == is_told
        assert content["decided_by"] == ["Ann Lee"]
        assert content["decided_at"].startswith("2026-06-01T12:00:00")

    @pytest.mark.parametrize(
        "text",
        ["No decision: yet", "Indecision: bad", "We decidedly like it", "Decision:"],
    )
    def test_is_none_by_chance(self, text: str) -> None:
        assert decision(message(text)) is None

    def test_goes_by_the_rules(self) -> None:
        rules = SlackRules(decision_prefixes=["Beschluss:"], decision_reactions=["ok"])

        assert decision(message("Beschluss: 12"), rules=rules)
        assert decision(message("x"), reacted("ok", at=LATER), rules=rules)
        assert decision(message("Decision: 12"), rules=rules) is None

    def test_is_none_by_prefix_without_prefixes(self) -> None:
        assert decision(message("x"), rules=SlackRules(decision_prefixes=[])) is None


class TestActionItems:
    def test_are_read_out_of_chats_and_decisions(self) -> None:
        tellings = told(message(f"Decision: 12\nTODO <@{BOB}> tell Acme by Friday"))

        for telling in tellings:
            assert telling.draft.content["action_items"] == [
                {
                    "text": "tell Acme by Friday",
                    "assignee": "Bob Ray",
                    "due_date": "2026-06-05",
                    "done": False,
                }
            ]
