"""Every list of the admin, narrowed by whatever an address may hold."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from memories import mediator
from tests.conftest import acting
from tests.factories import NOW, make_memory

MEMORIES = ("source", "owner", "occurred_at_from", "occurred_at_to", "occurred_at__gte")
TIMES = ("at_from_0", "at_from_1", "at_to_0", "at_to_1", "at__gte")
FILTERS = {
    "accounts_user": ("is_active__exact", "groups__id__exact", "id__exact"),
    "auth_group": ("name", "id__exact"),
    "audit_record": ("outcome__exact", "action", "channel", "pk__in", *TIMES),
    "connectors_delivery": (
        *("state__exact", "connector", "event", "delivery_id__exact"),
        *(f"received_{each}" for each in TIMES),
    ),
    "connectors_rules": ("connector__exact", "values"),
    "memories_chatmemory": MEMORIES,
    "memories_retentionpolicy": ("type__exact", "days"),
}
SAME = {f"memories_{type_}memory" for type_ in ("event", "insight", "decision")}
EVERYWHERE = (
    *("q", "o", "p", "_to_field", "xid", "connector__unaccent"),
    *("title__unaccent", "title__trigram_similar", "owner__password__startswith"),
    *("action__unaccent", "reason__trigram_word_similar", "actor_ciphertext__gt"),
)
VALUES = (
    "\0",
    "a\0b",
    "0001-01-01",
    "9999-12-31",
    "01/01/0001",
    "12/31/9999",
    "23:59:59.999999",
    "2026-02-30",
    "9" * 30,
    "-1",
    "'\"; --%_\\",
)


@pytest.fixture
def client(ceo: User) -> Client:
    make_memory(owner=ceo)
    client = Client(raise_request_exception=False)
    client.force_login(ceo)
    return client


def asked(client: Client, name: str, query: dict[str, str]) -> int:
    """Return the status of a list; what a failed statement did is undone."""
    with transaction.atomic():
        answer = client.get(reverse(f"admin:{name}_changelist"), query)
        transaction.set_rollback(True)
    return answer.status_code


def test_every_list_is_tried_here() -> None:
    lists = {each._meta.label_lower.replace(".", "_") for each in admin.site._registry}

    assert lists == FILTERS.keys() | SAME


@pytest.mark.parametrize("name", FILTERS)
def test_a_list_takes_whatever_a_filter_is_given(client: Client, name: str) -> None:
    failed = {
        (each, value)
        for each in (*EVERYWHERE, *FILTERS[name])
        for value in VALUES
        if asked(client, name, {each: value}) not in {200, 302, 400}
    }

    assert failed == set()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("time", ["", "00:00", "23:59:59.999999", "\0"])
def test_the_audit_is_narrowed_by_any_moment(
    client: Client, day: str, time: str
) -> None:
    moment = {"at_from_0": day, "at_from_1": time, "at_to_0": day, "at_to_1": time}

    assert asked(client, "audit_record", moment) in {200, 302}


def test_a_list_is_narrowed_by_whole_days(client: Client) -> None:
    listed = reverse("admin:memories_chatmemory_changelist")

    def found(first: str, last: str) -> int:
        days = {"occurred_at_from": first, "occurred_at_to": last}
        return int(client.get(listed, days).context["cl"].result_count)

    day = f"{NOW:%Y-%m-%d}"
    assert found(day, day) == found("0001-01-01", "9999-12-31") == 1
    assert found("0001-01-01", f"{NOW - timedelta(days=1):%Y-%m-%d}") == 0
    assert found(f"{NOW + timedelta(days=1):%Y-%m-%d}", "9999-12-31") == 0


def test_the_audit_is_narrowed_to_a_moment(client: Client, ceo: User) -> None:
    mediator.refused(actor=acting(ceo), action="search", reason="invalid", now=NOW)

    def found(first: str, last: str) -> int:
        moments = {"at_from_0": f"{NOW:%Y-%m-%d}", "at_from_1": first}
        moments |= {"at_to_0": f"{NOW:%Y-%m-%d}", "at_to_1": last}
        listed = client.get(reverse("admin:audit_record_changelist"), moments)
        return int(listed.context["cl"].result_count)

    assert found("00:00:00", "23:59:59") == 1
    assert found("00:00:00", f"{NOW - timedelta(seconds=1):%H:%M:%S}") == 0
    assert found(f"{NOW + timedelta(seconds=1):%H:%M:%S}", "23:59:59") == 0


def test_a_filter_that_is_wrong_leads_to_the_whole_list(client: Client) -> None:
    listed = reverse("admin:memories_chatmemory_changelist")

    answer = client.get(listed, {"occurred_at_from": "a\0b"}, follow=True)

    assert answer.status_code == 200
