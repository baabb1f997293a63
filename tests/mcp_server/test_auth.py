"""Who calls, what they may, and what is on record of it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone
from limits import parse
from pytest_django import Settings

from accounts import tokens
from accounts.models import User
from accounts.scopes import Scope
from audit.models import Record
from memories.models import Memory
from tests.agents import bearer
from tests.factories import CONTENTS, make_memory
from tests.mcp_server.conftest import MakeAgent
from tests.outages import audit_closed

READ, WRITE = frozenset({Scope.READ}), frozenset({Scope.WRITE})
DRAFT = {"type": "insight", "content": CONTENTS["insight"]}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def post(url: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(url, json=PING, headers=ACCEPT | headers)


class TestTheDoor:
    def test_lets_nobody_in_without_a_good_token(self, served: str, user: User) -> None:
        pair = tokens.sign_in(user=user, now=timezone.now())
        for wrong in ("x", pair["refresh"], pair["access"] + "x"):
            refused = post(served, {"Authorization": f"Bearer {wrong}"})

            assert refused.status_code == 401
            assert "resource_metadata=" in refused.headers["WWW-Authenticate"]
            assert refused.json()["status"] == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]

    def test_shuts_with_the_account(self, served: str, user: User) -> None:
        headers = bearer(user)
        assert post(served, headers).status_code == 200

        User.objects.filter(pk=user.pk).update(is_active=False)

        assert post(served, headers).status_code == 401

    def test_is_for_the_hubs_own_hosts(self, served: str, user: User) -> None:
        headers = bearer(user)

        assert post(served, headers | {"Host": "evil.example"}).status_code == 403

    @pytest.mark.parametrize(
        ("origin", "status"),
        [
            ("http://localhost:3000", 200),
            ("https://evil.example", 403),
            ("null", 403),
        ],
    )
    def test_is_closed_to_other_pages(
        self, served: str, user: User, origin: str, status: int
    ) -> None:
        assert post(served, bearer(user) | {"Origin": origin}).status_code == status

    def test_is_open_so_often_for_an_account(
        self, served: str, user: User, outsider: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("2 per minute")
        headers = bearer(user)

        answers = [post(served, headers) for _ in range(3)]

        assert [each.status_code for each in answers] == [200, 200, 429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert post(served, bearer(outsider)).status_code == 200
        record = Record.objects.get(reason="too_many_requests")
        assert (record.channel, record.actor) == ("mcp", user.email)

    def test_counts_whoever_stands_before_it(
        self, served: str, db: None, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ADDRESS = parse("2 per minute")

        statuses = [post(served, {}).status_code for _ in range(3)]

        assert statuses == [401, 401, 429]

    def test_has_nothing_to_listen_to_and_nothing_to_end(self, served: str) -> None:
        for method in ("GET", "DELETE"):
            refused = httpx.request(method, served)

            assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")

    def test_takes_no_more_than_five_mebibytes(self, served: str, user: User) -> None:
        body = b" " * (5 * 1024 * 1024 + 1)
        headers = {**ACCEPT, **bearer(user), "Content-Type": "application/json"}

        assert httpx.post(served, content=body, headers=headers).status_code == 413


class TestScopes:
    def test_to_read_do_not_write(self, agent: MakeAgent, user: User) -> None:
        reader = agent(user, may=READ)

        assert reader.answer("memory_search")["total"] == 0
        assert "memory:write" in reader.refusal("memory_store", **DRAFT)
        assert not Memory.objects.exists()

    def test_to_write_do_not_read(self, agent: MakeAgent, user: User) -> None:
        writer = agent(user, may=WRITE)

        assert writer.answer("memory_store", **DRAFT)["status"] == "stored"
        assert "memory:read" in writer.refusal("memory_search")
        resource = "memory://recent/insight"
        said = writer.is_refused(lambda client: client.read_resource(resource))
        assert "memory:read" in said


class TestOnBehalf:
    def test_a_service_sees_what_the_person_sees(
        self, agent: MakeAgent, user: User, service: User
    ) -> None:
        make_memory(owner=user)

        person = agent(service, behalf=user.email)

        assert person.answer("memory_search")["total"] == 1
        assert agent(service).answer("memory_search")["total"] == 0

    def test_nobody_else_may(
        self, agent: MakeAgent, user: User, outsider: User
    ) -> None:
        said = agent(outsider, behalf=user.email).refusal("memory_search")

        assert "Only a service may act for another person" in said
        record = Record.objects.get(channel="mcp")
        assert (record.action, record.outcome) == ("act_for", "refused")

    def test_is_of_somebody_there_is(self, agent: MakeAgent, service: User) -> None:
        said = agent(service, behalf="no@example.com").refusal("memory_search")

        assert "no person with the address no@example.com" in said


class TestTheRecord:
    def test_of_each_call_is_one_with_channel_and_program(
        self, agent: MakeAgent, user: User, service: User
    ) -> None:
        memory = make_memory(owner=user)
        uri, missing = f"memory://{memory.pk}", f"memory://{uuid4()}"
        person = agent(service, behalf=user.email)

        person.answer("memory_search", query="renewal")
        person.answer("memory_retrieve", id=[str(memory.pk)])
        person.answer("memory_related", id=str(memory.pk))
        person.does(lambda client: client.read_resource(uri))
        person.is_refused(lambda client: client.read_resource(missing))
        person.does(lambda client: client.get_prompt("weekly_digest"))
        person.refusal("memory_annotate", id=str(memory.pk), body="So")

        records = Record.objects.order_by("seq")
        assert [(one.action, one.outcome) for one in records] == [
            ("search", "allowed"),
            ("retrieve", "allowed"),
            ("related", "allowed"),
            ("retrieve", "allowed"),
            ("retrieve", "refused"),
            ("search", "allowed"),
            ("annotate", "refused"),
        ]
        for one in records:
            assert (one.channel, one.actor) == ("mcp", service.email)
            assert one.on_behalf_of == user.email
            assert one.user_agent.startswith("test-agent/1.2.3 ")
            assert one.ip == "127.0.0.1"
            assert one.request_id

    def test_that_cannot_be_written_means_no_access(
        self, agent: MakeAgent, user: User
    ) -> None:
        with audit_closed():
            said = agent(user).refusal("memory_store", **DRAFT)

        assert "could not be recorded" in said
        assert not Memory.objects.exists()


def test_a_fault_of_the_hubs_is_told_without_its_insides(
    agent: MakeAgent, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        msg = "secret insides"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr("memories.mediator.search", fail)

    said = agent(user).is_refused(lambda client: client.call_tool("memory_search", {}))

    assert said == "The hub failed to do this. Its log says why."
