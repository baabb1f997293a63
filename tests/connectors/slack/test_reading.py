"""connectors.slack.reading: what Slack sends, taken apart."""

from typing import Any

import pytest

from connectors.base import Known, Reading, UnreadableError
from connectors.slack.reading import Place, parts_of, read
from connectors.slack.rules import SlackRules
from connectors.slack.shapes import Message
from tests.connectors.knowing import Knowing
from tests.connectors.slack.payloads import (
    ANN,
    BOB,
    CHANNEL,
    TEAM,
    TS,
    channel_made,
    deleted,
    edited,
    event,
    joined,
    message,
    reacted,
    said,
    shortcut,
)

THING = f"{TEAM}/{CHANNEL}/{TS}"
LATER = "1780315260.000200"


def taken_apart(
    payload: dict[str, Any], *known: Known, rules: SlackRules | None = None
) -> Reading:
    return read("", payload, Knowing(*known), rules or SlackRules())


class TestAMessage:
    def test_is_a_part_of_itself_and_its_own_thread(self) -> None:
        (part,) = taken_apart(message(f"<@{BOB}> look")).parts

        assert (part.thing, part.key, part.revision) == (THING, "message", TS)
        assert part.group == THING
        assert part.data == {
            "text": f"<@{BOB}> look",
            "user": ANN,
            "parent_user": None,
            "thread_ts": TS,
            "files": [],
        }
        assert list(part.people) == [ANN, BOB, CHANNEL, TEAM]

    def test_belongs_to_its_thread(self) -> None:
        reply = message("x", ts=LATER, thread_ts=TS, parent_user_id=BOB)

        (part,) = taken_apart(reply).parts

        assert part.group == THING
        assert part.data
        assert part.data["thread_ts"] == TS
        assert part.data["parent_user"] == BOB

    @pytest.mark.parametrize(
        "subtype", ["thread_broadcast", "file_share", "me_message"]
    )
    def test_is_one_in_each_of_its_kinds(self, subtype: str) -> None:
        assert taken_apart(message("x", subtype=subtype)).parts

    def test_names_its_files(self) -> None:
        files = [{"name": "a.pdf", "id": "F1"}, {"title": "b"}, {"mode": "tombstone"}]

        (part,) = taken_apart(message("", files=files)).parts

        assert part.data
        assert part.data["files"] == ["a.pdf", "b"]

    def test_that_shares_another_says_what_that_says(self) -> None:
        shared = [{"is_share": True, "text": "We keep it", "from_url": "https://x"}]

        (part,) = taken_apart(message("", attachments=shared)).parts

        assert part.data
        assert part.data["text"] == "We keep it"

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"subtype": "bot_message", "bot_id": "B1"}, "bot"),
            ({"bot_id": "B1"}, "bot"),
            ({"user": "USLACKBOT"}, "bot"),
            ({"subtype": "channel_join"}, "channel_join"),
            ({"subtype": "channel_leave"}, "channel_leave"),
            ({"subtype": "channel_topic"}, "channel_topic"),
            ({"subtype": "message_replied"}, "message_replied"),
        ],
    )
    def test_that_no_person_wrote_is_ignored(
        self, fields: dict[str, str], why: str
    ) -> None:
        ignored = taken_apart(message("x", **fields))

        assert not ignored.parts
        assert why in ignored.ignored

    def test_of_nobody_is_read_all_the_same(self) -> None:
        (part,) = taken_apart(message("x", user=None)).parts

        assert list(part.people) == [CHANNEL, TEAM]

    def test_may_have_fields_that_nobody_knows(self) -> None:
        assert taken_apart(message("x", assistant_app_thread={"title": 7})).parts


class TestAnEdit:
    def test_is_the_whole_state_as_of_then(self) -> None:
        (part,) = taken_apart(edited("y", at=LATER)).parts

        assert (part.thing, part.revision) == (THING, LATER)
        assert part.data
        assert part.data["text"] == "y"

    def test_of_what_a_bot_wrote_is_ignored(self) -> None:
        assert taken_apart(edited("y", at=LATER, bot_id="B1")).ignored

    def test_that_leaves_a_tombstone_deletes(self) -> None:
        (part,) = taken_apart(edited("", at=LATER, subtype="tombstone")).parts

        assert part.data is None

    def test_without_a_message_is_unreadable(self) -> None:
        payload = edited("y", at=LATER)
        del payload["event"]["message"]

        with pytest.raises(UnreadableError):
            taken_apart(payload)


class TestADeletion:
    def test_leaves_nothing_as_of_then(self) -> None:
        (part,) = taken_apart(deleted(at=LATER)).parts

        assert (part.thing, part.key, part.revision) == (THING, "message", LATER)
        assert part.data is None

    def test_of_what_nobody_can_tell_is_one_as_well(self) -> None:
        payload = deleted(at=LATER)
        del payload["event"]["previous_message"]

        assert taken_apart(payload).parts[0].data is None

    def test_says_what_it_lacks(self) -> None:
        payload = deleted(at=LATER)
        del payload["event"]["deleted_ts"]

        with pytest.raises(UnreadableError, match="deleted_ts"):
            taken_apart(payload)


class TestAReaction:
    def test_is_a_part_for_who_reacted(self) -> None:
        (part,) = taken_apart(reacted("decision", at=LATER)).parts

        assert (part.thing, part.key) == (THING, f"reaction:decision:{BOB}")
        assert part.data == {"by": BOB, "at": LATER}

    def test_that_is_taken_back_is_gone(self) -> None:
        (part,) = taken_apart(reacted("decision", at=LATER, removed=True)).parts

        assert part.data is None

    def test_of_any_tone_of_skin_is_the_same(self) -> None:
        rules = SlackRules(decision_reactions=[":thumbsup:"])

        (part,) = taken_apart(
            reacted("thumbsup::skin-tone-3", at=LATER), rules=rules
        ).parts

        assert part.key == f"reaction:thumbsup:{BOB}"

    def test_that_decides_nothing_is_ignored(self) -> None:
        assert ":tada:" in taken_apart(reacted("tada", at=LATER)).ignored

    def test_to_a_file_is_ignored(self) -> None:
        payload = reacted("decision", at=LATER)
        payload["event"]["item"] = {"type": "file", "file": "F1"}

        assert "file" in taken_apart(payload).ignored


class TestTheShortcut:
    def test_promotes_and_brings_the_message_along(self) -> None:
        reading = taken_apart(shortcut("We keep it", at=LATER))

        said_, promoted = reading.parts
        assert (said_.key, said_.revision) == ("message", TS)
        assert (promoted.thing, promoted.key) == (THING, "promoted")
        assert promoted.data == {"by": BOB, "at": LATER}

    def test_tells_the_workspace_s_domain_and_the_channel_s_name(self) -> None:
        people = taken_apart(shortcut("We keep it", at=LATER)).people

        assert list(people) == [
            Known(id=TEAM, name="acme"),
            Known(id=CHANNEL, name="#pricing"),
        ]

    @pytest.mark.parametrize("name", ["privategroup", "directmessage"])
    def test_in_private_is_ignored_unless_the_rules_name_it(self, name: str) -> None:
        payload = shortcut("x", at=LATER, channel={"id": CHANNEL, "name": name})

        assert taken_apart(payload).ignored
        assert taken_apart(payload, rules=SlackRules(channels=[CHANNEL])).parts

    def test_of_another_name_is_ignored(self) -> None:
        assert taken_apart(shortcut("x", at=LATER, callback_id="remind")).ignored


class TestTheRules:
    @pytest.mark.parametrize(
        ("channels", "kind", "is_kept"),
        [
            (["*"], "channel", True),
            (["*"], "group", False),
            (["*"], "im", False),
            (["*"], "mpim", False),
            (["pricing"], "channel", True),
            (["#pricing"], "group", True),
            (["pri*"], "group", True),
            ([CHANNEL], "im", True),
            (["sales"], "channel", False),
            ([], "channel", False),
        ],
    )
    def test_say_which_channels_are_remembered(
        self, channels: list[str], kind: str, is_kept: bool
    ) -> None:
        reading = taken_apart(
            message("x", channel_type=kind),
            Known(id=CHANNEL, name="#pricing"),
            rules=SlackRules(channels=channels),
        )

        assert bool(reading.parts) is is_kept
        assert bool(reading.ignored) is not is_kept

    def test_hold_for_edits_and_deletions_and_reactions(self) -> None:
        none = SlackRules(channels=["sales"])

        for payload in (
            edited("y", at=LATER),
            deleted(at=LATER),
            reacted("decision", at=LATER),
        ):
            assert taken_apart(payload, rules=none).ignored


class TestPeople:
    def test_are_known_by_their_real_names(self) -> None:
        assert list(taken_apart(joined(ANN, "Ann Lee", "ann@x.com")).people) == [
            Known(id=ANN, name="Ann Lee", email="ann@x.com")
        ]

    @pytest.mark.parametrize(
        ("user", "name"),
        [
            ({"id": ANN, "name": "ann"}, "ann"),
            ({"id": ANN, "real_name": "Ann Lee", "profile": None}, "Ann Lee"),
            ({"id": ANN, "profile": {"display_name": "Annie"}}, "Annie"),
            ({"id": ANN, "deleted": True}, ""),
        ],
    )
    def test_are_known_by_what_name_they_have(
        self, user: dict[str, Any], name: str
    ) -> None:
        (known,) = taken_apart(event({"type": "user_change", "user": user})).people

        assert known.name == name

    def test_may_be_channels_and_the_workspace(self) -> None:
        domain = event({"type": "team_domain_change", "domain": "acme"})

        assert list(taken_apart(channel_made()).people) == [
            Known(id=CHANNEL, name="#pricing")
        ]
        assert list(taken_apart(domain).people) == [Known(id=TEAM, name="acme")]


class TestAHistory:
    def parts(self, **fields: Any) -> list[tuple[str, str]]:
        place = Place(team=TEAM, channel=CHANNEL)
        one = Message.model_validate(said("x", **fields))
        return [
            (part.key, part.revision) for part in parts_of(place, one, SlackRules())
        ]

    def test_has_the_same_part_as_the_event(self) -> None:
        place = Place(team=TEAM, channel=CHANNEL)
        one = Message.model_validate(said("x"))

        assert parts_of(place, one, SlackRules()) == taken_apart(message("x")).parts

    def test_has_a_message_as_of_its_last_edit(self) -> None:
        assert self.parts(edited={"user": ANN, "ts": LATER}) == [("message", LATER)]

    def test_has_the_reactions_that_decide(self) -> None:
        reactions = [
            {"name": "decision", "users": [ANN, BOB], "count": 2},
            {"name": "tada", "users": [ANN], "count": 1},
        ]

        assert self.parts(reactions=reactions) == [
            ("message", TS),
            (f"reaction:decision:{ANN}", TS),
            (f"reaction:decision:{BOB}", TS),
        ]
