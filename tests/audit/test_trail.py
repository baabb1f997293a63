"""audit.trail: every access leaves one record, or it does not happen."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.actor import Actor, Channel, Stranger, hub
from accounts.models import User
from audit import trail
from audit.models import Record
from tests.factories import NOW
from tests.sessions import elsewhere

pytestmark = pytest.mark.django_db

SEVEN = UUID(int=7)


def record(*, actor: trail.Accessor | None = None, **fields: Any) -> Record:
    """Record an access, and return the one record that this left."""
    already = set(Record.objects.values_list("pk", flat=True))
    access = trail.Access(
        accessor=actor or hub(Channel.TASK), action="search", at=NOW, **fields
    )
    trail.record(access)
    return Record.objects.exclude(pk__in=already).get()


def ids(count: int) -> Sequence[UUID]:
    return [UUID(int=number) for number in range(count)]


class TestARecord:
    def test_says_everything_about_an_access(
        self, service: User, outsider: User
    ) -> None:
        actor = Actor(
            user=service,
            behalf=outsider,
            channel=Channel.MCP,
            ip="192.0.2.7",
            user_agent="an agent",
            request_id="request-1",
        )

        found = record(actor=actor, memory_ids=[SEVEN], returned=1, query="acme")

        assert (found.at, found.action) == (NOW, "search")
        assert (found.actor_id, found.actor) == (service.pk, service.email)
        assert found.on_behalf_of == outsider.email
        assert (found.role, found.channel) == ("Service", "mcp")
        assert (found.memory_ids, found.memory_count) == ([SEVEN], 1)
        assert (found.outcome, found.reason) == ("allowed", "")
        assert found.returned == 1
        assert len(found.query_digest) == 64
        assert (found.ip, found.user_agent) == ("192.0.2.7", "an agent")
        assert found.request_id == "request-1"

    def test_says_why_an_access_was_refused(self) -> None:
        found = record(refusal="forbidden")

        assert (found.outcome, found.reason) == ("refused", "forbidden")

    def test_names_a_stranger_as_far_as_is_known(self) -> None:
        found = record(actor=Stranger(actor_name="nobody@x.com", channel=Channel.API))

        assert (found.actor_id, found.actor) == (None, "nobody@x.com")
        assert found.role == "Stranger"

    def test_names_the_hub_itself(self) -> None:
        found = record(actor=hub(Channel.COMMAND))

        assert (found.actor_id, found.actor, found.role) == (None, "memory-hub", "Hub")
        assert found.channel == "command"

    def test_outlives_the_account_it_names(self, user: User) -> None:
        found = record(actor=Actor(user=user, channel=Channel.API))
        pk = user.pk
        user.delete()

        found.refresh_from_db()
        assert (found.actor_id, found.actor) == (pk, "user@example.com")

    def test_cuts_what_a_client_may_send_at_any_length(self) -> None:
        actor = Stranger(
            actor_name="n" * 9000,
            channel=Channel.API,
            user_agent="a" * 9000,
            request_id="r" * 9000,
        )

        found = record(actor=actor)

        assert (len(found.actor), len(found.user_agent)) == (254, 255)
        assert len(found.request_id) == 64


class TestTheMemoriesOfARecord:
    def test_are_named_up_to_the_limit(self) -> None:
        found = record(memory_ids=ids(200))

        assert found.memory_ids == ids(200)
        assert (found.memory_count, found.memory_digest) == (200, "")

    def test_become_a_count_and_a_digest_past_it(self) -> None:
        found = record(memory_ids=ids(201))

        assert (found.memory_ids, found.memory_count) == ([], 201)
        assert len(found.memory_digest) == 64

    def test_have_one_digest_in_whatever_order(self) -> None:
        one = record(memory_ids=ids(300))
        other_order = record(memory_ids=ids(300)[::-1])
        others = record(memory_ids=ids(301))

        assert one.memory_digest == other_order.memory_digest != others.memory_digest


class TestTheDigestOfAQuery:
    def test_is_equal_for_equal_queries_alone(self) -> None:
        first, again, other = (record(query=text) for text in ("acme", "acme", "acmf"))

        assert first.query_digest == again.query_digest != other.query_digest

    def test_is_absent_without_a_query(self) -> None:
        assert record().query_digest == ""

    def test_tells_nothing_without_the_key(self, settings: Settings) -> None:
        ours = record(query="acme").query_digest
        settings.SECRET_KEY = "of another hub, which asks the same thing"

        assert record(query="acme").query_digest != ours
        assert ours != hashlib.sha256(b"acme").hexdigest()


class TestAFailure:
    def test_is_unavailable_when_there_is_no_table(self) -> None:
        run("ALTER TABLE audit_record RENAME TO audit_elsewhere")

        with pytest.raises(trail.UnavailableError, match="was refused"):
            record_nothing_else()

    def test_is_unavailable_when_the_table_does_not_answer(self) -> None:
        run("ALTER TABLE audit_record ADD CHECK (pg_sleep(5) IS NOT NULL) NOT VALID")
        run("SET LOCAL statement_timeout = 50")

        with pytest.raises(trail.UnavailableError):
            record_nothing_else()

    @pytest.mark.django_db(transaction=True)
    def test_is_unavailable_when_the_database_has_hung_up(self) -> None:
        run("SELECT 1")
        own_session = connection.connection.info.backend_pid
        elsewhere(lambda: run(f"SELECT pg_terminate_backend({own_session})"))

        with pytest.raises(trail.UnavailableError):
            record_nothing_else()
        connection.close()

    def test_is_unavailable_when_the_database_refuses_the_record(self) -> None:
        with pytest.raises(trail.UnavailableError):
            record(actor=Stranger(actor_name="x", channel=Channel.API, request_id="\0"))


def record_nothing_else() -> None:
    trail.record(trail.Access(accessor=hub(Channel.TASK), action="search", at=NOW))


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
