"""memoryhub_client: what it stores and finds, and what it does when the hub is away."""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from filelock import FileLock

from accounts.models import User
from memories.models import Memory
from memoryhub_client import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    MemoryClient,
    NotFoundError,
    UnreachableError,
)
from memoryhub_client.results import Spooled
from memoryhub_client.schemas.answers import ProblemAnswer, StoredAnswer
from tests.factories import make_user
from tests.memoryhub_client.bad_network import BadNetwork, Fault
from tests.memoryhub_client.conftest import PASSWORD, MakeClient

SHORT = 0.5
"""How long is tried what is to fail, in seconds."""


def chat(number: int = 1) -> dict[str, Any]:
    return {
        "type": "chat",
        "content": {"message": f"Renewal {number} of Acme"},
        "source": "crm",
        "external_id": str(number),
    }


def stored(hub: MemoryClient, number: int = 1) -> StoredAnswer:
    outcome = hub.store(chat(number))
    assert isinstance(outcome, StoredAnswer)
    return outcome


class TestAVerb:
    def test_stores_and_retrieves(self, client: MakeClient) -> None:
        hub = client()

        outcome = stored(hub)

        assert outcome.status == "stored"
        assert hub.retrieve(outcome.id).title == "Renewal 1 of Acme"
        assert hub.retrieve(source="crm", external_id="1").id == outcome.id

    def test_stores_many_in_order_and_one_bad_harms_no_other(
        self, client: MakeClient
    ) -> None:
        bad = {"type": "chat", "content": {"massage": "x"}}

        results = client().store_many([chat(1), bad, chat(2)])

        first, wrong, last = results
        assert isinstance(first, StoredAnswer)
        assert isinstance(last, StoredAnswer)
        assert isinstance(wrong, ProblemAnswer)
        assert "/content/massage" in {fault.pointer for fault in wrong.errors}

    def test_says_what_is_wrong_before_anything_is_sent(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        with pytest.raises(InvalidError) as caught:
            client().store(type="decision", content={"decision": ""})

        assert [fault.pointer for fault in caught.value.faults] == ["/content/decision"]
        assert network.asked == []

    def test_searches_a_page_and_all_pages(self, client: MakeClient) -> None:
        hub = client()
        hub.store_many([chat(n) for n in range(5)])

        page = hub.search("renewal source:crm", limit=2)
        found = list(hub.search_all("renewal source:crm", limit=2))

        assert len(list(page)) == 2
        assert page.total == 5
        assert len({result.memory.id for result in found}) == 5

    def test_amends_what_it_has_read(self, client: MakeClient) -> None:
        hub = client()
        memory = stored(hub)

        amended = hub.amend(memory.id, version=1, tags=["pricing"])

        assert (amended.version, amended.tags) == (2, ["pricing"])
        with pytest.raises(ConflictError):
            hub.amend(memory.id, version=1, tags=[])

    def test_deletes(self, client: MakeClient) -> None:
        hub = client()
        memory = stored(hub)

        hub.delete(memory.id)

        with pytest.raises(NotFoundError):
            hub.retrieve(memory.id)

    def test_tells_what_a_service_may_not(self, client: MakeClient) -> None:
        hub = client()
        memory = stored(hub)
        make_user(email="ann@example.com")

        with pytest.raises(ForbiddenError):
            hub.annotate(memory.id, "Is that so?", kind="dispute")
        with pytest.raises(ForbiddenError):
            hub.share(memory.id, user="ann@example.com")

    def test_shares_and_remarks(
        self, client: MakeClient, ceo: User, user: User, tmp_path: Path
    ) -> None:
        ceo.set_password(PASSWORD)
        ceo.save()
        hub = client(username=ceo.email, spool=tmp_path / "of the ceo")
        memory = stored(hub)

        share = hub.share(memory.id, user=user.email, can="change")
        remark = hub.annotate(memory.id, "So it was.", kind="confirm")

        assert (share.can, remark.kind) == ("change", "confirm")
        found = hub.retrieve(memory.id)
        assert (found.shared_with_count, found.annotations_count) == (1, 1)

    def test_finds_what_is_related_and_counts(self, client: MakeClient) -> None:
        hub = client()
        memory = stored(hub, 1)
        stored(hub, 2)

        assert [each.memory.external_id for each in hub.related(memory.id)] == ["2"]
        assert hub.stats().total == 2

    def test_reads_as_a_person_may(self, client: MakeClient) -> None:
        hub = client()
        make_user(email="ann@example.com")
        memory = stored(hub)

        with pytest.raises(NotFoundError):
            hub.on_behalf_of("ann@example.com").retrieve(memory.id)


class TestABadNetwork:
    @pytest.mark.parametrize("fault", ["cut", "cut after", "half", "refuse", "busy"])
    def test_stores_once_whatever_happens(
        self, client: MakeClient, network: BadNetwork, fault: Fault
    ) -> None:
        hub = client()
        hub.stats()
        network.does(fault, fault)

        outcome = hub.store(type="chat", content={"message": "Once"})

        assert outcome.status == "stored"
        assert Memory.objects.count() == 1

    def test_amends_once_though_the_answer_is_lost(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        memory = stored(hub)
        network.does("cut after")

        assert hub.amend(memory.id, version=1, tags=["a"]).version == 2

    def test_has_deleted_what_is_gone_after_a_lost_answer(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        memory = stored(hub)
        network.does("half", "cut after")

        hub.delete(memory.id)

        assert Memory.objects.count() == 0

    def test_gives_up_at_its_deadline(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        network.fault = lambda: "cut"
        began = time.monotonic()

        with pytest.raises(UnreachableError):
            hub.stats(seconds=1.0)

        assert time.monotonic() - began < 2

    def test_is_left_alone_after_some_failures(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client(spool=None)
        network.fault = lambda: "cut"
        for _ in range(3):
            with pytest.raises(UnreachableError):
                hub.stats(seconds=0.5)
        asked = len(network.asked)

        with pytest.raises(UnreachableError, match="asked again in"):
            hub.stats(seconds=0.2)

        assert len(network.asked) == asked


class TestTheSpool:
    def test_remembers_whom_it_acts_for(
        self, client: MakeClient, network: BadNetwork, user: User
    ) -> None:
        hub = client()
        hub.stats()
        network.fault = lambda: "cut"
        hub.on_behalf_of(user.email).store(chat(1), seconds=SHORT)
        network.fault = lambda: None

        wait_until_delivered(hub)

        assert Memory.objects.count() + hub.spooled().aside == 1

    def test_is_delivered_by_one_process_at_a_time(
        self, client: MakeClient, network: BadNetwork, tmp_path: Path
    ) -> None:
        hub = client()
        network.fault = lambda: "cut"
        with FileLock(tmp_path / "spool.lock"):
            hub.store(chat(1), seconds=SHORT)
            network.fault = lambda: None

            assert hub.flush() is False

        assert hub.flush() is True
        assert Memory.objects.count() == 1

    def test_keeps_what_cannot_be_stored_and_delivers_it_in_order(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        network.fault = lambda: "cut"

        outcomes = [hub.store(chat(n), seconds=SHORT) for n in range(3)]
        outcomes += [hub.store(chat(0) | {"title": "Later"})]
        assert all(isinstance(outcome, Spooled) for outcome in outcomes)
        assert hub.spooled().waiting == 4
        network.fault = lambda: None
        wait_until_delivered(hub)

        assert Memory.objects.count() == 3
        assert Memory.objects.get(external_id="0").title == "Later"

    def test_is_delivered_by_the_next_client(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        draft = {"type": "chat", "content": {"message": "No id of a source"}}
        first = client()
        first.stats()
        network.fault = lambda: "cut after"
        first.store(draft, seconds=SHORT)
        first.__exit__()
        network.fault = lambda: None

        wait_until_delivered(client())

        assert Memory.objects.count() == 1

    def test_sets_aside_what_the_hub_refuses(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        hub.store(chat(1))
        network.fault = lambda: "cut"
        content = {"event_type": "call", "summary": "A type does not change"}
        hub.store(chat(1) | {"type": "event", "content": content}, seconds=SHORT)
        hub.store(chat(2))
        network.fault = lambda: None

        wait_until_delivered(hub)

        assert hub.spooled().aside == 1
        assert Memory.objects.count() == 2

    def test_is_not_used_where_the_caller_does_not_want_it(
        self, client: MakeClient, network: BadNetwork
    ) -> None:
        hub = client()
        network.fault = lambda: "cut"

        with pytest.raises(UnreachableError):
            hub.store(chat(), spool=False, seconds=SHORT)


class TestWhatWasRead:
    def test_is_given_again_marked_as_stale(
        self, client: MakeClient, network: BadNetwork, tmp_path: Path
    ) -> None:
        hub = client(cache=tmp_path / "cache")
        memory = stored(hub)
        hub.search("renewal")
        network.fault = lambda: "cut"

        found = hub.retrieve(memory.id, allow_stale=True, seconds=SHORT)
        page = hub.search("renewal", allow_stale=True, seconds=SHORT)

        assert (found.title, found.stale) == ("Renewal 1 of Acme", True)
        assert found.as_of is not None
        assert page.stale

    def test_is_not_where_nobody_allowed_it_or_nothing_was_read(
        self, client: MakeClient, network: BadNetwork, tmp_path: Path
    ) -> None:
        hub = client(cache=tmp_path / "cache")
        memory = stored(hub)
        hub.retrieve(memory.id)
        network.fault = lambda: "cut"

        with pytest.raises(UnreachableError):
            hub.retrieve(memory.id, seconds=SHORT)
        with pytest.raises(UnreachableError):
            hub.retrieve(uuid4(), allow_stale=True, seconds=SHORT)


def wait_until_delivered(hub: MemoryClient) -> None:
    until = time.monotonic() + 60
    while hub.spooled().waiting and time.monotonic() < until:
        time.sleep(0.05)
    assert hub.spooled().waiting == 0
