"""The screen of the audit, and what is taken from it."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from accounts.actor import Actor, Channel
from accounts.models import User
from audit import trail
from audit.models import Record
from tests.conftest import Api
from tests.factories import NOW, make_memory

LIST = "/admin/audit/record/"


@pytest.fixture
def admin(ceo: User) -> Client:
    client = Client()
    client.force_login(ceo)
    return client


def file(client: Client, name: str, **query: str) -> str:
    answer = client.get(f"{LIST}{name}/", query)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    streamed: Any = answer
    return b"".join(streamed.streaming_content).decode()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


class TestTheList:
    def test_finds_what_was_done_with_a_memory(self, admin: Client, user: User) -> None:
        memory, other = make_memory(owner=user), make_memory(owner=user)
        for one in (memory, other):
            Api(user).get(f"memory/{one.pk}")

        listed = admin.get(LIST, {"q": str(memory.pk)}).context["cl"].result_list

        assert [one.memory_ids for one in listed] == [[memory.pk]]

    def test_is_on_record_itself(self, admin: Client, ceo: User) -> None:
        admin.get(LIST)

        assert [(one.actor, one.action) for one in Record.objects.all()] == [
            (ceo.email, "audit")
        ]

    def test_leads_to_the_files_of_what_it_holds(self, admin: Client) -> None:
        page = admin.get(LIST, {"q": "search"}).text

        assert f"{LIST}csv/?q=search" in page
        assert f"{LIST}ocsf/?q=search" in page


class TestTheFiles:
    def test_hold_what_the_list_holds(
        self, admin: Client, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)
        Api(user).get(f"memory/{memory.pk}")
        Api(outsider).get(f"memory/{memory.pk}")

        table = rows(file(admin, "csv", outcome__exact="refused"))

        (row,) = table
        assert row["actor"] == outsider.email
        assert (row["action"], row["outcome"]) == ("retrieve", "refused")
        assert row["memory_ids"] == str(memory.pk)

    def test_do_no_harm_in_a_spreadsheet(self, admin: Client, ceo: User) -> None:
        formulas = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
        for formula in formulas:
            actor = Actor(user=ceo, channel=Channel.API, user_agent=formula)
            trail.record(trail.Access(accessor=actor, action="search", at=NOW))

        table = rows(file(admin, "csv", q="search"))

        assert sorted(row["user_agent"] for row in table) == sorted(
            f"'{formula}" for formula in formulas
        )

    def test_are_ocsf(self, admin: Client, ceo: User, user: User) -> None:
        memory = make_memory(owner=user)
        Api(user).get(f"memory/{memory.pk}", **{"User-Agent": "curl"})

        (line,) = file(admin, "ocsf", q=str(memory.pk)).splitlines()

        event = json.loads(line)
        assert (event["class_uid"], event["category_uid"]) == (6003, 6)
        assert (event["activity_id"], event["type_uid"]) == (2, 600302)
        assert event["metadata"]["version"].startswith("1.")
        assert (event["status_id"], event["severity_id"]) == (1, 1)
        assert event["actor"]["user"]["name"] == user.email
        assert event["api"]["operation"] == "retrieve"
        assert event["src_endpoint"] == {"ip": "127.0.0.1"}
        assert event["resources"] == [{"uid": str(memory.pk), "type": "memory"}]
        assert event["time"] == int(Record.objects.first().at.timestamp() * 1000)  # type: ignore[union-attr]  # there is one

    def test_are_on_record(self, admin: Client) -> None:
        file(admin, "csv")

        assert [one.action for one in Record.objects.all()] == ["audit_export"]

    @pytest.mark.parametrize("name", ["csv", "ocsf"])
    def test_are_the_ceos(self, manager: User, name: str) -> None:
        client = Client()
        client.force_login(manager)

        assert client.get(f"{LIST}{name}/").status_code == 403
        record = Record.objects.get()
        assert (record.action, record.outcome) == ("audit_export", "refused")
