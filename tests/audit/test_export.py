"""audit.export: the two files say what the records say, and do no harm."""

import csv
import json
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import UUID

import pytest

from accounts.actor import Channel, Stranger
from audit import trail
from audit.export import as_csv, as_ocsf
from audit.models import Record
from tests.audit.writing import LATER, write
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def table() -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(as_csv(Record.objects.all())))))


def event() -> dict[str, Any]:
    (line,) = as_ocsf(Record.objects.all())
    found: dict[str, Any] = json.loads(line)
    return found


def act(*, memories: int = 0, refusal: str = "", **said: Any) -> None:
    ann = Stranger(actor_name="ann@example.com", channel=Channel.API)
    trail.record(
        trail.Access(
            accessor=replace(ann, **said),
            action="search",
            at=NOW,
            memory_ids=[UUID(int=number) for number in range(memories)],
            returned=memories,
            refusal=refusal,
        )
    )


class TestACell:
    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
    def test_begins_no_formula(self, sign: str) -> None:
        act(user_agent=f"{sign}1")

        (row,) = table()
        assert row["user_agent"] == f"'{sign}1"

    @pytest.mark.parametrize(
        ("field", "column"),
        [
            ("actor_name", "actor"),
            ("behalf_name", "on_behalf_of"),
            ("refusal", "reason"),
            ("user_agent", "user_agent"),
            ("request_id", "request_id"),
        ],
    )
    def test_begins_none_in_whatever_column(self, field: str, column: str) -> None:
        said: dict[str, Any] = {field: "=1"}
        act(**said)

        (row,) = table()
        assert row[column] == "'=1"
        assert [name for name in row if row[name].startswith("'")] == [column]


class TestAnEvent:
    def test_says_how_many_memories_where_nothing_else_is_meant(self) -> None:
        act(memories=201)

        found = event()

        assert "count" not in found
        assert found["unmapped"] == {"memory_count": 201, "returned": 201}

    def test_names_the_person_acted_for(self) -> None:
        act(behalf_name="boss@example.com")

        assert event()["unmapped"]["on_behalf_of"] == "boss@example.com"

    def test_has_an_address_where_one_is_known(self) -> None:
        write(1)

        found = event()

        assert found["src_endpoint"] == {"ip": "192.0.2.7"}
        assert found["http_request"] == {"user_agent": "a browser"}

    def test_has_no_address_of_who_was_erased(self) -> None:
        write(1)
        trail.erase(address="person0@example.com", now=LATER)

        found = event()

        assert found["src_endpoint"] == {"name": "api"}
        assert "http_request" not in found
        assert found["actor"]["user"]["name"] == "(erased)"
