"""connectors.gong.reading: what Gong sends, taken apart."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Incoming, Known, Part, Reading, UnreadableError
from connectors.gong.reading import PRIVATE, label_of, read
from connectors.gong.rules import GongRules
from tests.connectors.gong.payloads import (
    ANN,
    ANN_LEE,
    BOB,
    BOB_RAY,
    CALL,
    ZOE_FOX,
    account,
    as_json,
    call,
    notice,
    party,
    tracker,
    whole_call,
)
from tests.connectors.knowing import Knowing


def taken_apart(payload: dict[str, Any]) -> Reading:
    return read("call", payload, Knowing(), GongRules())


def part(one: dict[str, Any]) -> Part:
    (found,) = taken_apart(notice(one)).parts
    return found


def state(one: dict[str, Any]) -> dict[str, Any]:
    return dict(part(one).data or {})


class TestALabel:
    def label(self, payload: dict[str, Any]) -> tuple[str, str]:
        incoming = Incoming(
            headers={},
            body=as_json(payload),
            url="https://hub.example.com/webhooks/gong",
            received_at=datetime(2026, 6, 1, tzinfo=UTC),
        )
        label = label_of(incoming, payload)
        assert not label.answer
        return label.id, label.event

    def test_is_the_call_and_what_is_said_of_it(self) -> None:
        id_, event = self.label(notice(call()))

        assert id_.startswith(f"{CALL}:sha256:")
        assert event == "call"
        assert self.label(notice(call())) == (id_, event)
        assert self.label(notice(call(duration=1)))[0] != id_

    def test_tells_a_test_from_a_call(self) -> None:
        id_, event = self.label(notice(call(), isTest=True))

        assert event == "test"
        assert id_ != self.label(notice(call()))[0]

    @pytest.mark.parametrize(
        "payload",
        [{}, {"callData": []}, {"callData": {"metaData": 1}}, notice(call(id=7))],
    )
    def test_of_what_has_no_id_is_the_digest(self, payload: dict[str, Any]) -> None:
        id_, event = self.label(payload)

        assert id_.startswith("sha256:")
        assert event == ""


class TestACall:
    def test_is_one_part(self) -> None:
        found = part(call())

        assert (found.thing, found.key) == (f"call:{CALL}", "call")
        assert list(found.people) == ["ann@hub.example"]

    def test_is_all_that_is_told_of_it(self) -> None:
        assert state(whole_call()) == {
            "id": CALL,
            "url": f"https://app.gong.io/call?id={CALL}",
            "title": "Renewal",
            "at": "2026-06-01T12:03:37.041977+00:00",
            "seconds": 2159,
            "language": "eng",
            "owner": "ann@hub.example",
            "ours": ["Ann Lee", "Bob Ray"],
            "theirs": ["Zoe Fox"],
            "account": "Acme",
            "domains": ["acme-corp.com"],
            "topics": ["Pricing"],
            "trackers": {"Churn risk": 2},
            "phrases": ["thinking about leaving"],
            "brief": "Zoe is unhappy with the price and threatens to cancel.",
            "points": [
                "The discount was lost without a word.",
                "The upgrade went badly.",
            ],
            "actions": [
                {"text": "Send Zoe an offer by Friday", "by": ""},
                {"text": "I will call the board", "by": "Zoe Fox"},
            ],
        }

    def test_makes_its_people_known(self) -> None:
        assert taken_apart(notice(call())).people == [
            Known(id=ANN, name="Ann Lee", email="ann@hub.example"),
            Known(id=BOB, name="Bob Ray", email="bob@hub.example"),
        ]

    def test_that_never_began_was_when_it_was_planned(self) -> None:
        assert state(call(started=None))["at"] == "2026-06-01T12:00:00+00:00"
        assert state(call(started=None, scheduled=None))["at"] is None

    def test_is_of_whoever_gong_says_by_id_where_there_is_no_address(self) -> None:
        nameless = party(None, None, user=ANN)

        assert state(call(nameless))["owner"] == ANN
        assert state(call(ZOE_FOX))["owner"] == ANN
        assert state(call(primaryUserId=None))["owner"] is None
        assert part(call(primaryUserId=None)).people == []

    def test_has_the_account_of_a_party_too(self) -> None:
        assert state(call(ANN_LEE, ZOE_FOX | {"context": account("Acme")}))[
            "account"
        ] == ("Acme")

    @pytest.mark.parametrize("name", [None, "", " ", 7, ["Acme"]])
    def test_has_no_account_without_a_name(self, name: object) -> None:
        assert state(call() | {"context": account(name)})["account"] == ""

    def test_has_the_domains_of_others_the_surest_first(self) -> None:
        unsure = party("Max", "max@orbit.com", affiliation="Unknown")
        colleague = party("Kim", "kim@hub.example", affiliation="Unknown")

        found = state(call(unsure, colleague, ANN_LEE, ZOE_FOX))["domains"]

        assert found == ["acme-corp.com", "orbit.com"]

    def test_names_whoever_has_a_name_or_an_address(self) -> None:
        one = call(party(None, "kim@x.com"), party(None), party(" "), ZOE_FOX, ZOE_FOX)

        assert state(one)["theirs"] == ["kim@x.com", "Zoe Fox"]

    def test_has_an_outline_where_there_are_no_points(self) -> None:
        one = whole_call()
        one["content"] |= {"keyPoints": None, "highlights": None}

        assert state(one)["points"] == ["Greetings"]

    def test_has_points_of_interest_beside_its_content(self) -> None:
        one = call()
        one["pointsOfInterest"] = {"actionItems": [{"snippet": "Call Max"}]}

        assert state(one)["actions"] == [{"text": "Call Max", "by": ""}]

    def test_may_have_nothing_but_an_id(self) -> None:
        bare = {"metaData": {"id": CALL}, "parties": None, "content": None}

        assert state(bare)["id"] == CALL

    def test_may_have_fields_that_nobody_knows(self) -> None:
        one = call(mood="fine") | {"new": {"x": [1]}}

        assert part(one) == part(call())


class TestARevision:
    def test_is_greater_the_more_is_known(self) -> None:
        some = call()
        some["content"]["trackers"] = [tracker("Churn risk", 1)]
        longer = call(title="Renewal of the contract")

        revisions = [part(one).revision for one in (call(), some, whole_call())]

        assert revisions == sorted(set(revisions))
        assert part(call()).revision < part(longer).revision < part(some).revision

    def test_tells_apart_what_says_as_much(self) -> None:
        assert (
            part(call(title="Renewal")).revision != part(call(title="Lawener")).revision
        )


class TestWhatIsNotRemembered:
    def test_is_a_test(self) -> None:
        reading = taken_apart(notice(whole_call(), isTest=True))

        assert reading == Reading(ignored="It is a test of the rule.")

    @pytest.mark.parametrize(
        "payload", [notice(call(), isPrivate=True), notice(call(isPrivate=True))]
    )
    def test_is_a_private_call_for_good(self, payload: dict[str, Any]) -> None:
        reading = taken_apart(payload)

        (gone,) = reading.parts
        assert reading.ignored == "The call is private."
        assert not reading.people
        assert (gone.data, gone.revision) == (None, PRIVATE)
        assert gone.revision > part(whole_call()).revision

    @pytest.mark.parametrize(
        ("payload", "named"),
        [
            ({}, "callData"),
            (notice(None), "callData"),
            (notice([]), "callData"),
            (notice({}), "metaData"),
            (notice(call(id=None)), "id"),
            (notice(call(id="7 of 9")), "id"),
            (notice(call(duration="long")), "duration"),
            (notice(call(started="yesterday")), "started"),
            (notice(call(started=1780315200)), "started"),
            (notice(call(title=["x"])), "title"),
            (notice(call() | {"parties": [None]}), "parties"),
            (notice(call() | {"parties": {}}), "parties"),
            (notice(call() | {"content": "x"}), "content"),
            (notice(call(BOB_RAY | {"emailAddress": 7})), "emailAddress"),
        ],
    )
    def test_is_what_nobody_can_read(self, payload: dict[str, Any], named: str) -> None:
        with pytest.raises(UnreadableError, match=named):
            taken_apart(payload)
