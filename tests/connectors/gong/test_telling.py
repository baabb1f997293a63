"""connectors.gong.telling: memories as a person would have written them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Telling
from connectors.gong.reading import read
from connectors.gong.rules import GongRules
from connectors.gong.telling import tell
from connectors.wording import LIMIT
from memories.drafting import read_draft
from memories.schemas.base import Content
from memories.schemas.event import EventV1
from memories.schemas.insight import InsightV1
from tests.connectors.gong.payloads import (
    ANN_LEE,
    BOB_RAY,
    CALL,
    ZOE_FOX,
    account,
    call,
    chapter,
    notice,
    party,
    tracker,
    whole_call,
)
from tests.connectors.knowing import Knowing

CONTENTS: dict[str, type[Content]] = {"event": EventV1, "insight": InsightV1}


def told(one: dict[str, Any], rules: GongRules | None = None) -> list[Telling]:
    """Tell a call."""
    rules = rules or GongRules()
    (part,) = read("call", notice(one), Knowing(), rules).parts
    assert part.data is not None
    tellings = list(tell(part.thing, {"call": part.data}, Knowing(), rules))
    for each in tellings:
        read_draft(each.draft.model_dump(mode="json", exclude_unset=True))
        CONTENTS[each.draft.type].parse(each.draft.content)
    return tellings


def event(one: dict[str, Any]) -> dict[str, Any]:
    return told(one)[0].draft.content


def insight(one: dict[str, Any], **rules: Any) -> Telling | None:
    tellings = told(one, GongRules(**rules))
    return tellings[1] if len(tellings) > 1 else None


def with_content(**content: Any) -> dict[str, Any]:
    return call() | {"content": content}


class TestACall:
    def test_is_an_event(self) -> None:
        telling, _ = told(whole_call())

        assert telling.owner == "ann@hub.example"
        assert telling.draft.external_id == CALL
        assert telling.draft.metadata == {"sentiment": "derived"}
        assert telling.draft.tags == [
            "customer:Acme",
            "sentiment:negative",
            "Pricing",
            "Churn risk",
        ]
        assert telling.draft.occurred_at == datetime(
            2026, 6, 1, 12, 3, 37, 41977, tzinfo=UTC
        )
        assert telling.draft.content == {
            "event_type": "call",
            "summary": (
                "Renewal\n\n"
                "Ann Lee and Bob Ray with Zoe Fox of Acme, 36 minutes, about Pricing "
                "and Churn risk.\n\n"
                "Zoe is unhappy with the price and threatens to cancel.\n\n"
                "- The discount was lost without a word.\n"
                "- The upgrade went badly."
            ),
            "customer": "Acme",
            "participants": ["Ann Lee", "Bob Ray", "Zoe Fox"],
            "sentiment": -0.52,
            "topics": ["Pricing", "Churn risk"],
            "duration_seconds": 2159,
            "url": f"https://app.gong.io/call?id={CALL}",
            "action_items": [
                {
                    "text": "Send Zoe an offer by Friday",
                    "due_date": "2026-06-05",
                    "done": False,
                },
                {"text": "I will call the board", "assignee": "Zoe Fox", "done": False},
            ],
        }

    def test_of_which_little_is_known_says_that(self) -> None:
        content = event({"metaData": {"id": CALL}})

        assert content == {"event_type": "call", "summary": "Call"}

    def test_without_a_title_goes_by_its_customer(self) -> None:
        assert event(call(title=None))["summary"].startswith("Call with Acme Corp\n\n")

    def test_without_an_account_is_of_the_others_domain_and_says_so(self) -> None:
        draft = told(call())[0].draft

        assert draft.content["customer"] == "Acme Corp"
        assert draft.metadata["customer"] == "derived"
        assert "customer:Acme Corp" in draft.tags

    @pytest.mark.parametrize("email", ["zoe@gmail.com", None, "no address"])
    def test_with_somebody_of_nowhere_has_no_customer(self, email: str | None) -> None:
        content = event(call(ANN_LEE, party("Zoe Fox", email)))

        assert "customer" not in content
        assert "Ann Lee with Zoe Fox, 36 minutes." in content["summary"]

    def test_among_ourselves_has_no_customer(self) -> None:
        content = event(call(ANN_LEE, BOB_RAY))

        assert "customer" not in content
        assert "Ann Lee and Bob Ray, 36 minutes." in content["summary"]

    @pytest.mark.parametrize(
        ("seconds", "said"),
        [(20, ", a minute"), (95, ", 2 minutes"), (3600.4, ", 60 minutes"), (0, "")],
    )
    def test_says_how_long_it_was(self, seconds: float, said: str) -> None:
        content = event(call(duration=seconds))

        assert content["duration_seconds"] == round(seconds)
        assert f"of Acme Corp{said}." in content["summary"]

    def test_of_a_crowd_names_some(self) -> None:
        crowd = [party(f"Person {n}", f"p{n}@acme.com") for n in range(200)]
        content = event(call(*crowd))

        assert len(content["participants"]) == 30
        assert "Person 4 and 195 more of Acme" in content["summary"]


class TestSentiment:
    def test_of_a_neutral_text_is_zero(self) -> None:
        draft = told(call())[0].draft

        assert draft.content["sentiment"] == 0
        assert "sentiment:neutral" in draft.tags

    def test_hears_the_words_of_trackers(self) -> None:
        heard = tracker("Praise", 1, "we love it", "what a great product")

        assert event(with_content(trackers=[heard]))["sentiment"] > 0.5

    @pytest.mark.parametrize("language", ["eng", "en", "en-US", "ENG", None])
    def test_is_judged_in_english(self, language: str | None) -> None:
        assert "sentiment" in event(call(language=language))

    @pytest.mark.parametrize(
        "one", [call(title=""), call(language="deu"), call(title="مرحبا")]
    )
    def test_is_absent_without_english_words(self, one: dict[str, Any]) -> None:
        draft = told(one)[0].draft

        assert "sentiment" not in draft.content
        assert "sentiment" not in draft.metadata
        assert not [tag for tag in draft.tags if tag.startswith("sentiment")]


class TestAnInsight:
    def test_is_a_call_that_sounds_bad(self) -> None:
        telling = insight(whole_call())

        assert telling
        assert telling.owner == "ann@hub.example"
        assert telling.evidence == [CALL]
        assert telling.draft.external_id == f"{CALL}:insight"
        assert telling.draft.content == {
            "insight": "A negative tone (-0.52) in the call “Renewal” with Acme.",
            "category": "customer risk",
            "customer": "Acme",
            "topics": ["Pricing", "Churn risk"],
            "url": f"https://app.gong.io/call?id={CALL}",
        }

    def test_goes_by_the_sentiment_of_the_rules(self) -> None:
        assert insight(whole_call(), sentiment_below=-0.52) is None
        assert insight(whole_call(), sentiment_below=-1) is None
        assert insight(call(), sentiment_below=0.1)

    def test_goes_by_the_trackers_of_the_rules(self) -> None:
        heard = [tracker("Churn risk", 2), tracker("Orbit", 1), tracker("Hello", 3)]
        one = with_content(trackers=heard)
        one["metaData"]["title"] = "Acme Corp: renewal"

        telling = insight(one, trackers=["churn*", "orbit"])

        assert telling
        assert telling.draft.content["insight"] == (
            "In the call “Acme Corp: renewal” was heard: Churn risk (twice) and "
            "Orbit (once)."
        )
        assert telling.draft.content["topics"] == ["Churn risk", "Orbit"]

    def test_says_both(self) -> None:
        telling = insight(whole_call(), trackers=["Churn risk"])

        assert telling
        said = telling.draft.content["insight"]
        assert said.startswith("In the call “Renewal” with Acme was heard: Churn risk")
        assert said.endswith("A negative tone (-0.52) in the call “Renewal” with Acme.")

    def test_is_no_usual_call(self) -> None:
        assert insight(call()) is None
        assert insight(with_content(trackers=[tracker("Churn risk", 9)])) is None


class TestTheOddOnes:
    @pytest.mark.parametrize("letter", ["x", "é", "م", "😀", "\n", '"'])
    def test_of_any_length_fit_a_memory(self, letter: str) -> None:
        long = f"a {letter * 40_000} z"
        one = call(
            party(long, "a@acme.com"),
            *(party(f"{n} {long}", user=str(n)) for n in range(50)),
            title=long,
            url=f"https://x.com/{long}",
        )
        one["context"] = account(long)
        one["content"] = {
            "topics": [{"name": f"{n} {long}"} for n in range(60)],
            "trackers": [tracker(f"{n} {long}", 1) for n in range(60)],
            "brief": long,
            "highlights": [chapter("Next steps", *(f"{n} {long}" for n in range(60)))],
        }

        for telling in told(one, GongRules(trackers=["*"])):
            text = telling.draft.content.get("summary", "")
            assert len(text.encode()) <= LIMIT

    def test_of_forty_thousand_letters_are_whole(self) -> None:
        assert "x" * 40_000 in event(with_content(brief="x" * 40_000))["summary"]

    @pytest.mark.parametrize("text", ["🎉 👩‍👩‍👧", "مرحبا بالعالم", "שלום", "日本語"])
    def test_stay_in_any_script(self, text: str) -> None:
        content = event(call(ZOE_FOX | {"name": text}, title=text))

        assert content["summary"].startswith(f"{text}\n\n{text} of Acme Corp")
        assert content["participants"] == [text]

    def test_are_nothing_where_the_call_is_gone(self) -> None:
        assert tell(f"call:{CALL}", {}, Knowing(), GongRules()) == []
