"""warehouse.snowflake: a batch is merged by version, however often it comes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from tests.warehouse.bodies import MEMORY, body, tombstone
from tests.warehouse.conftest import Query
from warehouse import snowflake

NASTY = (
    "a 'quote', \"two\", a \\ and \\n\nnew line\r\n\ttab \u2028 é 漢字 🙂 ; -- $1 %s {}"
)


def merge(*bodies: dict[str, Any], batch: str = "memory-1-1") -> None:
    snowflake.merge(batch, bodies)


def versions(query: Query) -> list[tuple[int, str | None]]:
    rows = query("SELECT VERSION, TITLE FROM MEMORY_RECORDS ORDER BY ID")
    return [(row["VERSION"], row["TITLE"]) for row in rows]


def updated(number: int, **fields: Any) -> dict[str, Any]:
    """Return version 1 as it was updated a number of microseconds later."""
    at = f"2026-06-01T12:00:00.{number:06}+00:00"
    acl = ["owner:5", f"user:{number}"]
    return body(1, **{"acl": acl, "updated_at": at, **fields})


def acls(query: Query) -> list[tuple[int, list[str]]]:
    rows = query("SELECT VERSION, ACL FROM MEMORY_RECORDS")
    return [(row["VERSION"], json.loads(row["ACL"])) for row in rows]


class TestMerging:
    def test_brings_the_newest_version(self, query: Query) -> None:
        merge(body(1))
        merge(body(2))

        assert versions(query) == [(2, "Version 2")]

    def test_brings_the_newest_version_of_a_batch(self, query: Query) -> None:
        merge(body(1), body(3), body(2))

        assert versions(query) == [(3, "Version 3")]

    def test_changes_nothing_when_a_batch_comes_again(self, query: Query) -> None:
        merge(body(1), body(2))
        merge(body(1), body(2))

        assert versions(query) == [(2, "Version 2")]

    def test_leaves_a_version_as_it_came_first(self, query: Query) -> None:
        merge(body(1))
        merge(body(1, title="Another"))

        assert versions(query) == [(1, "Version 1")]

    @pytest.mark.parametrize("together", [True, False], ids=["a batch", "batches"])
    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0, 1, 2)])
    def test_brings_the_last_update_of_a_version_in_whatever_order(
        self, query: Query, order: tuple[int, ...], together: bool
    ) -> None:
        bodies = [updated(0), updated(1), updated(2)]

        for part in [order] if together else [(place,) for place in order]:
            merge(*(bodies[place] for place in part))

        assert acls(query) == [(1, ["owner:5", "user:2"])]

    def test_keeps_a_newer_version_though_an_older_one_was_updated_later(
        self, query: Query
    ) -> None:
        merge(body(2))
        merge(updated(9))

        assert acls(query) == [(2, ["owner:5"])]

    def test_keeps_the_tombstone_though_a_version_was_updated_later(
        self, query: Query
    ) -> None:
        merge(tombstone(2))
        merge(updated(9, updated_at="2026-07-01T12:00:00+00:00"))

        assert versions(query) == [(2, None)]

    def test_changes_nothing_when_an_older_version_comes_late(
        self, query: Query
    ) -> None:
        merge(body(2))
        merge(body(1))

        assert versions(query) == [(2, "Version 2")]
        assert query("SELECT DELETED_AT FROM MEMORY_RECORDS") == [{"DELETED_AT": None}]

    def test_leaves_a_tombstone(self, query: Query) -> None:
        merge(body(1))
        merge(tombstone(2))
        merge(body(1))

        rows = query(
            "SELECT VERSION, TITLE, CONTENT, SEARCH_TEXT, OWNER_EMAIL,"
            " DELETED_AT FROM MEMORY_RECORDS"
        )
        assert len(rows) == 1
        assert rows[0].pop("DELETED_AT") == datetime(2026, 6, 2, 12, tzinfo=UTC)
        assert rows[0].pop("VERSION") == 2
        assert set(rows[0].values()) == {None}

    def test_keeps_memories_apart(self, query: Query) -> None:
        other = MEMORY.replace("1", "2")

        merge(body(1), body(4, id=other))
        merge(body(2))

        assert versions(query) == [(2, "Version 2"), (4, "Version 4")]

    def test_carries_a_thousand(self, query: Query) -> None:
        merge(*(body(id=f"{number:036}") for number in range(1000)))

        assert query("SELECT COUNT(*) AS N FROM MEMORY_RECORDS") == [{"N": 1000}]


class TestARow:
    def test_has_every_column_in_its_type(self, query: Query) -> None:
        columns = query(
            "SELECT COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS"
            " WHERE TABLE_NAME = 'MEMORY_RECORDS' ORDER BY ORDINAL_POSITION"
        )

        types = {column["COLUMN_NAME"]: column["DATA_TYPE"] for column in columns}
        assert " ".join(types) == (
            "ID TYPE SCHEMA_VERSION VERSION TITLE CONTENT METADATA TAGS SOURCE "
            "EXTERNAL_ID OWNER_ID OWNER_EMAIL ACL OCCURRED_AT CREATED_AT UPDATED_AT "
            "EXPIRES_AT DELETED_AT SEARCH_TEXT"
        )
        assert types["VERSION"] == types["OWNER_ID"] == "NUMBER"
        assert types["CONTENT"] == types["METADATA"] == "VARIANT"
        # The local Snowflake keeps an ARRAY as a VARIANT.
        assert types["TAGS"] in {"ARRAY", "VARIANT"}
        assert types["OCCURRED_AT"] == types["DELETED_AT"] == "TIMESTAMP_TZ"
        assert types["SEARCH_TEXT"] == "TEXT"

    def test_says_all_that_the_journal_says(self, query: Query) -> None:
        merge(
            body(
                7,
                metadata={"team": {"size": 3}},
                tags=["pricing", "Ünï"],
                external_id="C1-9",
                occurred_at="2026-06-01T12:00:00.123456+00:00",
                expires_at="2027-06-01T12:00:00+00:00",
                search_text="one\ntwo",
            )
        )

        (row,) = query("SELECT * FROM MEMORY_RECORDS")
        assert (row["ID"], row["TYPE"]) == (MEMORY, "chat")
        assert (row["SCHEMA_VERSION"], row["VERSION"]) == (1, 7)
        assert json.loads(row["CONTENT"]) == {"message": "What version 7 says"}
        assert json.loads(row["METADATA"]) == {"team": {"size": 3}}
        assert json.loads(row["TAGS"]) == ["pricing", "Ünï"]
        assert (row["SOURCE"], row["EXTERNAL_ID"]) == ("api", "C1-9")
        assert (row["OWNER_ID"], row["OWNER_EMAIL"]) == (5, "ann@example.com")
        assert json.loads(row["ACL"]) == ["owner:5"]
        assert row["OCCURRED_AT"] == datetime(2026, 6, 1, 12, 0, 0, 123456, UTC)
        assert row["EXPIRES_AT"] == datetime(2027, 6, 1, 12, tzinfo=UTC)
        assert row["SEARCH_TEXT"] == "one\ntwo"

    def test_is_null_where_there_is_nothing(self, query: Query) -> None:
        merge(body(external_id=None, owner_id=None, owner_email=None, metadata=None))

        rows = query(
            "SELECT ID FROM MEMORY_RECORDS WHERE EXTERNAL_ID IS NULL"
            " AND OWNER_ID IS NULL AND OWNER_EMAIL IS NULL AND METADATA IS NULL"
            " AND EXPIRES_AT IS NULL AND DELETED_AT IS NULL"
        )
        assert rows == [{"ID": MEMORY}]

    @pytest.mark.parametrize("text", [NASTY, "x" * 64 * 1024, "null", "{}", ""])
    def test_keeps_text_to_the_letter(self, query: Query, text: str) -> None:
        merge(
            body(title=text, content={"message": text}, search_text=text, tags=[text])
        )

        (row,) = query("SELECT * FROM MEMORY_RECORDS")
        assert (row["TITLE"], row["SEARCH_TEXT"]) == (text, text)
        assert json.loads(row["CONTENT"]) == {"message": text}
        assert json.loads(row["TAGS"]) == [text]

    def test_has_content_that_can_be_asked_into(self, query: Query) -> None:
        merge(
            body(content={"sentiment": -0.25, "topics": ["a", "b"], "n": {"x": True}})
        )

        (row,) = query(
            "SELECT CONTENT:sentiment::FLOAT AS SENTIMENT,"
            " CONTENT:topics[1]::VARCHAR AS TOPIC, CONTENT:n.x::BOOLEAN AS X"
            " FROM MEMORY_RECORDS"
        )
        assert row == {"SENTIMENT": -0.25, "TOPIC": "b", "X": True}


class TestConnecting:
    def test_fails_in_words_when_nobody_is_there(self, unreachable: None) -> None:
        with pytest.raises(snowflake.UnreachableError, match="Could not connect"):
            merge(body())

    def test_fails_in_words_when_the_password_is_wrong(
        self, settings: Settings
    ) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"password": "wrong"}

        with pytest.raises(snowflake.UnreachableError, match="password"):
            merge(body())

    def test_fails_in_words_when_a_statement_is_refused(
        self, settings: Settings
    ) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"database": "NOT_MIGRATED"}

        with pytest.raises(snowflake.UnreachableError, match="MEMORY_RECORDS"):
            merge(body())

    def test_is_not_attempted_without_an_account(self, settings: Settings) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}

        assert not snowflake.is_configured()
        with pytest.raises(snowflake.NotConfiguredError):
            merge(body())
