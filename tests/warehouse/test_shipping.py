"""warehouse.shipping: the audit arrives in Snowflake once, and tells of nobody."""

import json
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit import heads
from audit.models import Block, Record
from horizon.order import START
from journal import log
from tests.audit.writing import sealed, write
from tests.sessions import elsewhere, settle, uncommitted
from tests.warehouse.conftest import Query
from warehouse import shipping, snowflake, tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty(query: Query, settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_HEADS_FILE = tmp_path / "heads.ndjson"
    query("DELETE FROM MEMORY_AUDIT_LOG")
    query("DELETE FROM MEMORY_AUDIT_HEADS")
    shipping.forget()


def ship() -> int:
    settle()
    return shipping.ship(now=timezone.now)


def seqs(query: Query) -> list[int]:
    rows = query("SELECT SEQ FROM MEMORY_AUDIT_LOG ORDER BY SEQ")
    return [row["SEQ"] for row in rows]


class TestShipping:
    def test_brings_every_field_of_a_record(self, query: Query) -> None:
        (record,) = write(behalf="boss@example.com")

        assert ship() == 1

        (row,) = query(
            "SELECT *, MEMORY_IDS[0]::VARCHAR AS FIRST_ID FROM MEMORY_AUDIT_LOG"
        )
        assert row.pop("OCCURRED_AT") == record.at
        assert json.loads(row.pop("MEMORY_IDS")) == [str(record.memory_ids[0])]
        assert row == {
            "SEQ": record.pk,
            "ACTOR_ID": None,
            "ACTOR_SUBJECT": str(record.actor_subject_id),
            "ACTOR_CIPHERTEXT": bytes(record.actor_ciphertext).hex(),
            "BEHALF_SUBJECT": str(record.behalf_subject_id),
            "BEHALF_CIPHERTEXT": bytes(record.behalf_ciphertext or b"").hex(),
            "ROLE": "Stranger",
            "CHANNEL": "api",
            "ACTION": "search",
            "FIRST_ID": str(record.memory_ids[0]),
            "MEMORY_COUNT": 1,
            "MEMORY_DIGEST": "",
            "OUTCOME": "allowed",
            "REASON": "",
            "RETURNED": 1,
            "QUERY_DIGEST": record.query_digest,
            "REQUEST_ID": "request-0",
        }

    def test_brings_nothing_that_names_a_person(self, query: Query) -> None:
        write(3, behalf="boss@example.com")
        ship()

        there = json.dumps(query("SELECT * FROM MEMORY_AUDIT_LOG"), default=str)
        for word in ("person", "boss", "example.com", "192.0.2.7", "browser"):
            assert word not in there

    def test_goes_on_where_it_was(self, query: Query) -> None:
        write(2)
        ship()
        write(1)

        assert [ship(), ship()] == [1, 0]

        assert seqs(query) == list(Record.objects.values_list("pk", flat=True))

    def test_brings_much_in_batches(
        self, query: Query, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shipping, "BATCH", 2)
        write(5)

        assert ship() == 5
        assert len(seqs(query)) == 5

    def test_repeats_a_batch_without_harm(
        self, query: Query, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(3)

        def fail(*_: object, **__: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(log, "advance", fail)
            with pytest.raises(ConnectionError):
                ship()

        assert len(seqs(query)) == 3
        assert ship() == 3
        assert len(seqs(query)) == 3

    def test_waits_for_an_open_transaction(self, query: Query) -> None:
        write(1)
        ship()
        with uncommitted(lambda: write(1)):
            write(1)
            assert shipping.ship(now=timezone.now) == 0

        assert ship() == 2

    def test_does_nothing_while_another_is_at_it(self) -> None:
        write(1)

        with log.reading(log.SHIPPING):
            assert elsewhere(ship) == 0


class TestTheHeads:
    def test_are_brought_with_all_that_they_say(self, query: Query) -> None:
        write(2)
        (block,) = sealed()
        ship()

        (row,) = query(
            "SELECT NUMBER, PREVIOUS, HASH, SIGNATURE, KEY_ID, HEADER"
            " FROM MEMORY_AUDIT_HEADS"
        )
        assert json.loads(row.pop("HEADER")) == heads.head(block)
        assert row == {
            "NUMBER": 1,
            "PREVIOUS": block.previous,
            "HASH": block.hash,
            "SIGNATURE": block.signature,
            "KEY_ID": block.key_id,
        }

    def test_are_brought_once(self, query: Query) -> None:
        for _ in range(3):
            write(1)
            sealed()
            ship()
        shipping.forget()
        ship()

        assert [head["number"] for head in snowflake.heads()] == [1, 2, 3]

    def test_never_give_way_to_another_of_the_same_number(self) -> None:
        write(1)
        (block,) = sealed()
        ship()
        other = heads.head(block) | {"hash": "f" * 64}

        snowflake.merge_heads("heads-1", [other])

        assert len(snowflake.heads()) == 2


class TestTheTask:
    def test_ships(self, query: Query) -> None:
        write(2)
        settle()

        assert tasks.ship_audit() == 2

    def test_leaves_the_records_where_they_are_while_snowflake_is_unreachable(
        self, unreachable: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        write(1)
        settle()

        assert tasks.ship_audit() == 0

        assert log.position(log.SHIPPING) == START
        assert "snowflake_unreachable" in caplog.text

    def test_does_nothing_without_a_snowflake(self, settings: Settings) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}
        write(1)

        assert tasks.ship_audit() == 0
        assert Block.objects.count() == 0
