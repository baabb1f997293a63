"""connectors.github.reading: what GitHub sends, taken apart."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from connectors.base import Incoming, Known, Part, Reading, UnreadableError
from connectors.github.reading import GONE, label_of, read
from connectors.github.rules import GithubRules
from connectors.payload import digest_of
from tests.connectors.github.delivering import event_of
from tests.connectors.github.payloads import (
    ANN,
    BOB,
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
    ping,
    pull,
    review,
    reviewed,
    thread,
    user,
)
from tests.connectors.knowing import Knowing

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAST = "2026-06-01T14:00:00Z"


def taken_apart(payload: dict[str, Any], **rules: Any) -> Reading:
    return read(event_of(payload), payload, Knowing(), GithubRules(**rules))


def part_of(payload: dict[str, Any], key: str) -> Part:
    (found,) = (each for each in taken_apart(payload).parts if each.key == key)
    return found


def state_of(payload: dict[str, Any], key: str) -> dict[str, Any]:
    data = part_of(payload, key).data
    assert data is not None
    return dict(data)


class TestADelivery:
    def incoming(self, **headers: str) -> Incoming:
        url = "https://hub.example.com/webhooks/github"
        return Incoming(headers=headers, body=b"{}", url=url, received_at=NOON)

    def test_goes_by_its_headers(self) -> None:
        headers = {"x-github-delivery": "72d3162e", "x-github-event": "pull_request"}

        label = label_of(self.incoming(**headers), {})

        assert (label.id, label.event, label.answer) == ("72d3162e", "pull_request", {})

    def test_without_an_id_goes_by_its_body(self) -> None:
        assert label_of(self.incoming(), {}).id == digest_of(b"{}")

    def test_that_is_a_ping_is_answered(self) -> None:
        assert label_of(self.incoming(**{"x-github-event": "ping"}), ping()).answer

    @pytest.mark.parametrize("name", ["push", "issue_comment", "installation", "🎉"])
    def test_of_another_event_is_ignored(self, name: str) -> None:
        reading = read(name, {"action": "created"}, Knowing(), GithubRules())

        assert name in reading.ignored

    @pytest.mark.parametrize(
        "broken",
        [
            {},
            {"action": "opened", "pull_request": None, "repository": None},
            event("opened", pull(number=0)),
            event("opened", pull(updated_at=1780315200)),
            event("opened", pull(updated_at="soon")),
            event("opened", pull() | {"title": ["x"]}),
            event("opened", pull(user={"login": "a b"})),
            event("opened", pull(), repository={"full_name": "../../x"}),
            reviewed({"id": "80", "state": None}),
            commented({"id": 1}),
            event("resolved", pull(), thread={"comments": None}),
        ],
    )
    def test_that_is_not_what_github_documents_is_unreadable(
        self, broken: dict[str, Any]
    ) -> None:
        name = event_of(broken)

        with pytest.raises(UnreadableError):
            read(name, broken, Knowing(), GithubRules())

    def test_may_have_fields_that_nobody_knows(self) -> None:
        assert taken_apart(event("frobnicated", pull(stack={"size": 3}), x=1)).parts


class TestAPullRequest:
    def test_is_a_part_of_itself(self) -> None:
        (part,) = taken_apart(event("opened", pull(body="x"))).parts

        assert (part.thing, part.key, list(part.people)) == (
            THING,
            "pull_request",
            [ANN],
        )
        assert part.data == {
            "title": "Cache prices for an hour",
            "body": "x",
            "is_closed": False,
            "by": ANN,
            "created_at": "2026-06-01T12:00:00+00:00",
            "closed_at": None,
            "merged_at": None,
            "labels": ["pricing"],
            "url": URL,
        }

    def test_that_was_merged_says_who_did_that(self) -> None:
        itself, merger = taken_apart(event("closed", merged())).parts

        assert itself.data
        assert itself.data["merged_at"] == "2026-06-02T09:30:00+00:00"
        assert (merger.key, merger.data) == ("merger", {"by": BOB})

    def test_keeps_its_merger_where_an_event_names_none(self) -> None:
        event_ = reviewed(review(), merged_at=MERGED, state="closed")

        assert {part.key for part in taken_apart(event_).parts} == {
            "pull_request",
            "review:80",
        }

    def test_is_newer_by_its_clock_and_in_one_second_by_how_far_it_is(self) -> None:
        states = [
            event("opened", pull()),
            event("labeled", pull()),
            event("closed", closed(OPENED)),
            event("closed", merged(OPENED)),
            event("edited", pull(updated_at=LATER)),
            event("closed", closed(LATER)),
            event("reopened", pull(updated_at=LAST)),
        ]
        revisions = [part_of(each, "pull_request").revision for each in states]

        assert all(one < other for one, other in pairwise(revisions))

    @pytest.mark.parametrize("at", ["2026-06-01T14:00:00+02:00", "2026-06-01T12:00:00"])
    def test_has_its_times_in_utc(self, at: str) -> None:
        assert part_of(event("opened", pull(updated_at=at)), "pull_request") == (
            part_of(event("opened", pull()), "pull_request")
        )

    def test_of_a_deleted_account_is_nobodys(self) -> None:
        part = part_of(event("opened", pull(user=None)), "pull_request")

        assert part.data
        assert part.data["by"] is None
        assert list(part.people) == []

    def test_needs_neither_body_nor_labels(self) -> None:
        bare = pull(body=None, labels=None, html_url=None)

        assert state_of(event("opened", bare), "pull_request")["body"] == ""
        assert state_of(event("opened", bare), "pull_request")["labels"] == []

    def test_of_a_bot_is_ignored_with_all_about_it(self) -> None:
        bot = user("dependabot[bot]", type="Bot")
        payloads = [
            event("opened", pull(user=bot)),
            reviewed(review(), user=bot),
        ]

        for payload in payloads:
            assert "bot" in taken_apart(payload).ignored
            assert taken_apart(payload, bots=["Dependabot"]).parts

    def test_of_a_repository_that_no_rule_names_is_ignored(self) -> None:
        payload = event("opened", pull())

        assert "acme/hub" in taken_apart(payload, repositories=["acme/x*"]).ignored
        assert "acme/hub" in taken_apart(payload, repositories=[]).ignored
        for pattern in ("*", "acme/*", "Acme/Hub", "hub", "h?b"):
            assert taken_apart(payload, repositories=[pattern]).parts

    def test_has_people_whose_address_the_rules_say(self) -> None:
        reading = taken_apart(
            event("closed", merged()), emails={"Ann-Lee": "ann@x.com", "cat": "c@x.com"}
        )

        assert list(reading.people) == [Known(id=ANN, email="ann@x.com")]


class TestAReview:
    def test_is_a_part_with_who_and_when(self) -> None:
        itself, part = taken_apart(reviewed(review(state="approved"))).parts

        assert itself.key == "pull_request"
        assert (part.thing, part.key, list(part.people)) == (THING, "review:80", [BOB])
        assert part.data == {
            "body": "Let the hour be a setting.",
            "state": "approved",
            "by": BOB,
            "at": "2026-06-01T13:00:00+00:00",
            "url": f"{URL}#pullrequestreview-80",
        }

    def test_is_newer_when_it_was_edited_and_when_it_was_dismissed(self) -> None:
        states = [
            reviewed(review()),
            reviewed(review("x"), "edited"),
            reviewed(review(state="dismissed"), "dismissed"),
            reviewed(review("y", updated_at=LAST), "edited"),
            reviewed(review("z"), "edited", at=MERGED),
        ]
        revisions = [part_of(each, "review:80").revision for each in states]

        assert all(one < other for one, other in pairwise(revisions))

    def test_that_was_not_handed_in_is_none_yet(self) -> None:
        pending = reviewed(review(state="pending", at="") | {"submitted_at": None})

        assert [part.key for part in taken_apart(pending).parts] == ["pull_request"]

    def test_of_a_bot_is_ignored(self) -> None:
        bot = review() | {"user": user("copilot[bot]")}

        assert "bot" in taken_apart(reviewed(bot)).ignored
        assert taken_apart(reviewed(bot), bots=["copilot[bot]"]).parts


class TestAComment:
    def test_is_a_part_of_its_thread(self) -> None:
        assert state_of(commented(comment()), "comment:10") == {
            "body": "An hour is long for a price.",
            "path": "prices/cache.py",
            "first": 10,
            "is_outdated": False,
            "by": BOB,
            "at": "2026-06-01T13:00:00+00:00",
            "url": f"{URL}#discussion_r10",
        }
        reply = commented(comment(id_=11, in_reply_to_id=10))
        assert state_of(reply, "comment:11")["first"] == 10

    def test_is_newer_when_it_was_edited_or_its_lines_changed(self) -> None:
        states = [
            commented(comment()),
            commented(comment(line=None)),
            commented(comment("x", updated_at=LAST), "edited"),
            commented(comment(), "deleted"),
        ]
        revisions = [part_of(each, "comment:10").revision for each in states]

        assert all(one < other for one, other in pairwise(revisions))

    def test_on_a_file_is_outdated_by_no_line(self) -> None:
        of_file = comment(line=None, original_line=None, subject_type="file")

        assert not state_of(commented(of_file), "comment:10")["is_outdated"]

    def test_that_was_deleted_is_gone_for_good(self) -> None:
        part = part_of(commented(comment(), "deleted"), "comment:10")

        assert part.data is None
        assert part.revision == GONE

    def test_of_a_bot_is_ignored(self) -> None:
        bot = comment() | {"user": user("linter", type="Bot")}

        assert "bot" in taken_apart(commented(bot)).ignored


class TestAThread:
    def test_brings_its_comments_and_whether_it_is_resolved(self) -> None:
        reply = comment(id_=11, in_reply_to_id=10, by=ANN)
        payload = thread(comment(), reply)

        keys = [part.key for part in taken_apart(payload).parts]

        assert keys == ["pull_request", "comment:10", "comment:11", "thread:10"]
        assert state_of(payload, "thread:10") == {"is_resolved": True}

    def test_may_be_opened_again(self) -> None:
        resolved = part_of(thread(comment()), "thread:10")
        again = part_of(thread(comment(), action="unresolved", at=LAST), "thread:10")

        assert again.data == {"is_resolved": False}
        assert resolved.revision < again.revision

    def test_leaves_out_what_bots_say(self) -> None:
        bot = comment(id_=11, in_reply_to_id=10) | {"user": user("x[bot]")}

        keys = [part.key for part in taken_apart(thread(comment(), bot)).parts]

        assert keys == ["pull_request", "comment:10", "thread:10"]

    def test_without_comments_is_none(self) -> None:
        keys = [part.key for part in taken_apart(thread()).parts]

        assert keys == ["pull_request"]
