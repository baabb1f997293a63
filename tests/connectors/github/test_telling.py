"""connectors.github.telling: memories as a person would have written them."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Known, Telling
from connectors.github.reading import read
from connectors.github.rules import GithubRules
from connectors.github.telling import says_something, tell
from connectors.wording import LIMIT
from memories.drafting import read_draft
from tests.connectors.github.delivering import event_of
from tests.connectors.github.payloads import (
    ANN,
    BOB,
    BODY,
    CAT,
    LATER,
    MERGED,
    OPENED,
    THING,
    URL,
    closed,
    comment,
    commented,
    event,
    merged,
    pull,
    review,
    reviewed,
    thread,
)
from tests.connectors.knowing import Knowing

KNOWN = Knowing(
    Known(id=ANN, name="Ann Lee", email="ann@x.com"), Known(id=BOB, name="Bob Ray")
)


def told(*payloads: dict[str, Any]) -> list[Telling]:
    """Tell the one thing that some deliveries are about, in their order."""
    rules = GithubRules()
    parts = {
        part.key: part.data
        for payload in payloads
        for part in read(event_of(payload), payload, KNOWN, rules).parts
    }
    alive = {key: data for key, data in parts.items() if data is not None}
    tellings = list(tell(THING, alive, KNOWN, rules))
    for each in tellings:
        read_draft(each.draft.model_dump(mode="json", exclude_unset=True))
    return tellings


def decision(*payloads: dict[str, Any]) -> Telling:
    (found,) = (each for each in told(*payloads) if each.draft.type == "decision")
    return found


def insights(*payloads: dict[str, Any]) -> list[str]:
    return [
        each.draft.content["insight"]
        for each in told(*payloads)
        if each.draft.type == "insight"
    ]


class TestAPullRequest:
    def test_that_was_merged_is_an_accepted_decision(self) -> None:
        telling = decision(event("closed", merged()))

        assert telling.owner == ANN
        assert telling.draft.external_id == THING
        assert telling.draft.tags == ["pricing"]
        assert telling.draft.occurred_at == datetime(2026, 6, 2, 9, 30, tzinfo=UTC)
        assert telling.draft.content == {
            "decision": "Cache prices for an hour",
            "status": "accepted",
            "rationale": (
                "Prices change once a quarter, and each read asked the billing "
                "service.\n\n## Roll-out\n\nBehind a flag."
            ),
            "alternatives": [
                "A read replica of billing",
                "Doing nothing: the p95 would stay at 900 ms",
            ],
            "decided_by": ["Bob Ray"],
            "decided_at": "2026-06-02T09:30:00+00:00",
            "topics": ["acme/hub"],
            "url": URL,
        }

    def test_that_was_closed_is_a_rejected_one(self) -> None:
        content = decision(event("closed", closed())).draft.content

        assert content["status"] == "rejected"
        assert content["decided_at"] == "2026-06-02T09:30:00+00:00"
        assert "decided_by" not in content

    @pytest.mark.parametrize("is_draft", [False, True])
    def test_that_is_open_is_a_proposed_one(self, is_draft: bool) -> None:
        telling = decision(event("opened", pull(draft=is_draft)))

        assert telling.draft.content["status"] == "proposed"
        assert telling.draft.occurred_at == datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert "decided_at" not in telling.draft.content

    def test_that_was_reopened_is_proposed_again(self) -> None:
        again = event("reopened", pull(updated_at=LATER))

        content = decision(event("closed", closed()), again).draft.content

        assert content["status"] == "proposed"

    def test_is_decided_by_who_merged_and_who_approved_of_it_at_last(self) -> None:
        content = decision(
            reviewed(review("No", by=ANN, id_=1, at=OPENED, state="changes_requested")),
            reviewed(review("", by=ANN, id_=2, state="approved")),
            reviewed(review("Well", by=ANN, id_=3, state="commented", at=MERGED)),
            reviewed(review("", by=CAT, id_=4, state="approved", at=OPENED)),
            reviewed(review("No", by=CAT, id_=5, state="changes_requested")),
            reviewed(review("", by="dan", id_=6, state="dismissed"), "dismissed"),
            reviewed(review("", by="eve", id_=7, state="approved")),
            event("closed", merged()),
        ).draft.content

        assert content["decided_by"] == ["Bob Ray", "Ann Lee", "eve"]

    def test_names_nobody_twice(self) -> None:
        approved = reviewed(review("", by=BOB, state="approved"))

        content = decision(approved, event("closed", merged())).draft.content

        assert content["decided_by"] == ["Bob Ray"]

    def test_of_a_deleted_account_is_nobodys(self) -> None:
        assert decision(event("opened", pull(user=None))).owner is None

    def test_takes_the_place_of_another_once_it_is_merged(self) -> None:
        body = "Supersedes #7"

        assert decision(event("closed", merged(body=body))).supersedes == "acme/hub#7"
        assert decision(event("opened", pull(body=body))).supersedes is None
        assert decision(event("closed", closed(body=body))).supersedes is None

    def test_that_reverts_another_takes_its_place(self) -> None:
        revert = merged(title='Revert "Cache prices"', body="Reverts acme/hub#7")

        assert decision(event("closed", revert)).supersedes == "acme/hub#7"

    def test_takes_no_place_of_its_own(self) -> None:
        body = f"Supersedes {THING}"

        assert decision(event("closed", merged(body=body))).supersedes is None

    def test_without_a_body_has_no_rationale(self) -> None:
        for body in (None, "", "<!-- What is it about? -->"):
            content = decision(event("opened", pull(body=body))).draft.content
            assert "rationale" not in content

    def test_without_a_title_goes_by_its_name(self) -> None:
        content = decision(event("opened", pull(title=" "))).draft.content

        assert content["decision"] == THING

    def test_has_labels_as_tags(self) -> None:
        labels = [{"name": name} for name in ("a", "a ", " ", "x" * 80, None)]

        tags = decision(event("labeled", pull(labels=labels))).draft.tags

        assert tags == ["a", "x" * 64]

    def test_has_as_many_labels_as_a_memory_takes(self) -> None:
        labels = [{"name": f"label {number}"} for number in range(100)]

        assert len(decision(event("labeled", pull(labels=labels))).draft.tags) == 50

    def test_that_is_not_known_is_not_told(self) -> None:
        assert tell(THING, {"comment:1": {}}, KNOWN, GithubRules()) == []

    @pytest.mark.parametrize("letter", ["x", "é", "م", "😀", "\n", "- x\n"])
    @pytest.mark.parametrize("before", ["", "## Alternatives\n"])
    def test_of_any_length_fits_a_memory(self, letter: str, before: str) -> None:
        body = before + letter * (65_000 // len(letter)) + "end"

        content = decision(event("closed", merged(body=body))).draft.content

        assert len(str(content).encode()) <= LIMIT + 12_000

    def test_of_forty_thousand_letters_is_whole(self) -> None:
        content = decision(event("opened", pull(body="x" * 40_000))).draft.content

        assert content["rationale"] == "x" * 40_000

    @pytest.mark.parametrize(
        "unit",
        [
            *("<!--", "-->", "<!---->", "#", "# ", "*", "**a", "```\n", "- ", "1. "),
            *("Supersedes ", "a/", "## Alternatives\n", "- [ ] ", "Reverts a/"),
            *("!", " ", "\n", "_"),
        ],
    )
    def test_of_any_length_is_told_in_a_moment(self, unit: str) -> None:
        body = "x" + unit * (65_000 // len(unit)) + "x"
        began = time.monotonic()

        told(event("closed", merged(body=body)), reviewed(review(body)))

        assert time.monotonic() - began < 2

    @pytest.mark.parametrize("text", ["🎉 👩‍👩‍👧", "مرحبا بالعالم", "שלום", "日本語"])
    def test_in_any_script_stays(self, text: str) -> None:
        content = decision(event("opened", pull(text, text))).draft.content

        assert (content["decision"], content["rationale"]) == (text, text)


class TestAReview:
    def test_that_says_something_is_an_insight(self) -> None:
        telling, itself = told(event("opened", pull()), reviewed(review()))

        assert telling.owner == BOB
        assert telling.evidence == [THING]
        assert telling.draft.type == "insight"
        assert telling.draft.external_id == f"{THING}:review:80"
        assert telling.draft.occurred_at == datetime(2026, 6, 1, 13, tzinfo=UTC)
        assert telling.draft.content == {
            "insight": "Let the hour be a setting.",
            "category": "code review",
            "topics": ["acme/hub"],
            "url": f"{URL}#pullrequestreview-80",
        }
        assert itself.evidence == [f"{THING}:review:80"]

    @pytest.mark.parametrize(
        "text",
        [None, "", "LGTM!", "Looks good to me.", "👍", "+1", "<!-- x -->", "🚀🎉"],
    )
    def test_that_says_nothing_is_none(self, text: str | None) -> None:
        (itself,) = told(reviewed(review(text, state="approved")))

        assert itself.evidence == []

    @pytest.mark.parametrize(
        "text", ["LGTM, but mind the cache", "مرحبا", "Why not 5?"]
    )
    def test_says_something_in_a_few_words(self, text: str) -> None:
        assert says_something(text)

    def test_of_a_crowd_is_cited_as_far_as_there_is_room(self) -> None:
        crowd = [reviewed(review(f"Remark {n}", id_=1000 + n)) for n in range(150)]

        evidence = decision(*crowd).evidence

        assert len(evidence) == 100
        assert evidence[-1] == f"{THING}:review:1149"


class TestAThread:
    def test_that_was_resolved_is_an_insight(self) -> None:
        reply = comment("True, ten minutes then.", by=ANN, id_=11, in_reply_to_id=10)

        telling, itself = told(thread(comment(), reply))

        assert telling.owner == BOB
        assert telling.draft.external_id == f"{THING}:thread:10"
        assert telling.draft.content["insight"] == (
            "prices/cache.py: An hour is long for a price.\n\n"
            "Ann Lee: True, ten minutes then."
        )
        assert telling.draft.content["url"] == f"{URL}#discussion_r10"
        assert itself.evidence == [f"{THING}:thread:10"]

    def test_whose_lines_changed_is_an_insight(self) -> None:
        assert insights(commented(comment(line=None)))

    def test_that_goes_on_is_none_yet(self) -> None:
        assert insights(commented(comment())) == []

    def test_that_was_opened_again_is_none(self) -> None:
        again = thread(comment(), action="unresolved", at=MERGED)

        assert insights(thread(comment()), again) == []

    def test_that_was_deleted_is_none(self) -> None:
        assert insights(thread(comment()), commented(comment(), "deleted")) == []

    def test_whose_first_comment_was_deleted_goes_by_the_next(self) -> None:
        reply = comment("Ten minutes?", id_=11, in_reply_to_id=10, user=None)
        gone = commented(comment(), "deleted")

        assert insights(thread(comment(), reply), gone) == [
            "prices/cache.py: Ten minutes?"
        ]

    def test_that_says_nothing_is_none(self) -> None:
        assert insights(thread(comment("👍"), comment(None, id_=11))) == []


def test_a_body_is_told_without_its_template() -> None:
    content = decision(event("opened", pull(body=BODY))).draft.content

    assert "Thank you for your contribution" not in str(content)
