"""audit.canonical: a record is written down in one way, and that is RFC 8785's."""

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import NAMES, canonical, digest, named, rows
from tests.audit.writing import write

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.one_of(st.none(), NUMBERS, TEXTS, st.lists(TEXTS))
ASCII = st.text(st.characters(max_codepoint=127))


@given(st.dictionaries(ASCII, VALUES))
def test_json_is_as_rfc_8785_has_it(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
def test_a_record_of_any_values_is_as_rfc_8785_has_it(value: dict[str, Any]) -> None:
    expected = sha256(rfc8785.dumps(value)).digest()

    assert digest(tuple(value[name] for name in NAMES)) == expected


@pytest.mark.django_db
class TestARow:
    def test_has_every_column_but_the_transaction(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM audit_record")
            columns = {column.name for column in cursor.description or ()}

        said = {name.replace("_subject", "_subject_id") for name in NAMES}
        assert said == columns - {"xid"}

    def test_says_what_was_recorded(self) -> None:
        (record,) = write(behalf="ann@example.com")

        row = named(rows([record.pk])[record.pk])

        assert row["at"] == "2026-06-01T12:00:00.000000Z"
        assert row["actor_subject"] == str(record.actor_subject_id)
        assert row["actor_ciphertext"] == bytes(record.actor_ciphertext).hex()
        assert row["memory_ids"] == [str(record.memory_ids[0])]
        assert (row["seq"], row["action"]) == (record.pk, "search")
        assert json.loads(canonical(row)) == row

    def test_is_the_same_in_whatever_time_zone_it_is_asked_for(self) -> None:
        (record,) = write()
        before = rows([record.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TimeZone = 'Asia/Kolkata'")

        assert rows([record.pk]) == before

    def test_is_left_out_when_it_is_not_there(self) -> None:
        assert rows([404]) == {}
