"""The audit's tables: nobody changes or removes what is there."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from audit import seal, trail
from audit.models import Block, Record
from audit.verify import verify
from horizon.order import START
from journal import log
from tests.audit.writing import GUARDED, LATER, run, sealed, write
from tests.conftest import allow_truncate
from tests.reading import ROOT
from tests.sessions import settle

pytestmark = pytest.mark.django_db(transaction=True)

ERASED = "key = NULL, digest = NULL, erased_at = now()"


@pytest.fixture
def truncation_refused() -> Iterator[None]:
    """The trigger that the tests themselves have to do without."""
    for table in GUARDED:
        run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate")
    yield
    allow_truncate()


def refused(statement: str) -> str:
    """Return why the database refuses a statement."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        run(statement)
    return str(caught.value).splitlines()[0]


class TestARecord:
    @pytest.mark.parametrize(
        ("verb", "statement"),
        [
            ("UPDATE", "UPDATE audit_record SET action = 'nothing'"),
            ("UPDATE", "UPDATE audit_record SET xid = '1'"),
            ("DELETE", "DELETE FROM audit_record"),
            ("TRUNCATE", "TRUNCATE audit_record"),
        ],
    )
    @pytest.mark.usefixtures("truncation_refused")
    def test_is_neither_changed_nor_removed(self, verb: str, statement: str) -> None:
        write()

        assert f"audit_record is append-only: {verb} is refused" in refused(statement)

        assert Record.objects.get().action == "search"

    @pytest.mark.usefixtures("truncation_refused")
    def test_is_not_changed_by_who_plays_a_replica_either(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), count(*) FILTER (WHERE tgenabled = 'A')"
                "  FROM pg_trigger WHERE tgname LIKE 'audit\\_%'"
            )
            triggers, always = cursor.fetchone()

        assert triggers == always == 11

    def test_stands_where_its_transaction_is_whatever_it_says(self) -> None:
        (record,) = write()
        run(
            "INSERT INTO audit_record (xid, at, actor_subject_id, actor_ciphertext,"
            " role, channel, action, memory_ids, memory_count, memory_digest, outcome,"
            " reason, returned, query_digest, request_id)"
            " SELECT '9000000000000000000', at, actor_subject_id, actor_ciphertext,"
            " role, channel, action, memory_ids, memory_count, memory_digest, outcome,"
            " reason, returned, query_digest, request_id FROM audit_record"
        )

        assert Record.objects.exclude(pk=record.pk).get().xid < 9 * 10**18

    @pytest.mark.parametrize("at", ["infinity", "20000-01-01", "0001-01-01"])
    def test_is_of_a_time_that_a_clock_may_show(self, at: str) -> None:
        write()

        statement = (
            "INSERT INTO audit_record (at, actor_subject_id, actor_ciphertext, role,"
            " channel, action, memory_ids, memory_count, memory_digest, outcome,"
            " reason, returned, query_digest, request_id)"
            " SELECT '{}', actor_subject_id, actor_ciphertext, role, channel,"
            " action, memory_ids, memory_count, memory_digest, outcome, reason,"
            " returned, query_digest, request_id FROM audit_record"
        )

        assert "audit_record_at_is_a_time" in refused(statement.format(at))

    def test_does_not_go_with_a_block_that_was_made_for_it(self) -> None:
        write(2)
        write(at=timezone.now() - timedelta(days=1000))
        block = (
            "INSERT INTO audit_block (number, seqs, hashes, first_at, last_at,"
            " previous, hash, signature, key_id, sealed_at, pruned_signature,"
            " pruned_at)"
            " SELECT 99, array_agg(seq), '', min(at), now() - interval '2 years',"
            " '', '', '', '', now(), '', {} FROM audit_record"
        )

        assert "INSERT of a pruned block is refused" in refused(block.format("now()"))
        run(block.format("NULL"))
        run("UPDATE audit_block SET pruned_at = now()")
        assert "append-only" in refused("SELECT audit_prune(99)")
        assert Record.objects.count() == 3

    def test_does_not_go_because_of_another_tables_rows(self) -> None:
        write(at=timezone.now() - timedelta(days=400))
        sealed()

        with transaction.atomic():
            run("CREATE TEMPORARY TABLE audit_block AS TABLE audit_block")
            run("UPDATE pg_temp.audit_block SET pruned_at = now()")
            assert "append-only" in refused("DELETE FROM audit_record")
            run("SELECT audit_prune(1)")
            run("DROP TABLE pg_temp.audit_block")

        assert Record.objects.count() == 1


class TestABlock:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_block SET hash = repeat('0', 64)",
            "UPDATE audit_block SET pruned_at = now(), last_at = '2000-01-01'",
            "DELETE FROM audit_block",
            "TRUNCATE audit_block",
        ],
    )
    @pytest.mark.usefixtures("truncation_refused")
    def test_is_neither_changed_nor_removed(self, statement: str) -> None:
        write()
        sealed()

        assert "audit_block is append-only" in refused(statement)

    def test_is_marked_as_pruned_once(self) -> None:
        write()
        sealed()
        Block.objects.update(pruned_at=timezone.now())

        assert "append-only" in refused("UPDATE audit_block SET pruned_at = NULL")


class TestASubject:
    @pytest.mark.parametrize(
        ("verb", "statement"),
        [
            ("UPDATE", "UPDATE audit_subject SET key = '\\x00'"),
            ("UPDATE", "UPDATE audit_subject SET digest = 'another'"),
            ("UPDATE", "UPDATE audit_subject SET id = gen_random_uuid(), " + ERASED),  # noqa: S608 - ours
            ("DELETE", "DELETE FROM audit_subject"),
            ("TRUNCATE", "TRUNCATE audit_subject"),
        ],
    )
    @pytest.mark.usefixtures("truncation_refused")
    def test_keeps_its_key(self, verb: str, statement: str) -> None:
        write()

        assert f"audit_subject is append-only: {verb} is refused" in refused(statement)

    def test_is_erased_once(self) -> None:
        write()
        erase = f"UPDATE audit_subject SET {ERASED}"  # noqa: S608 - ours
        run(erase)

        assert "but for erasing" in refused(erase)
        assert "but for erasing" in refused(
            "UPDATE audit_subject SET key = '', digest = '', erased_at = NULL"
        )


class TestAPrunedBlock:
    def test_lets_its_records_go_after_a_year(self) -> None:
        write(2, at=timezone.now() - timedelta(days=367))
        sealed()
        Block.objects.update(pruned_at=timezone.now())

        assert run("DELETE FROM audit_record") == 2

    @pytest.mark.parametrize("days", [10, 360])
    def test_keeps_them_till_then(self, days: int) -> None:
        write(2, at=timezone.now() - timedelta(days=days))
        sealed()
        Block.objects.update(pruned_at=timezone.now())

        assert "but for pruned blocks" in refused("DELETE FROM audit_record")

    def test_lets_no_other_record_go(self) -> None:
        long_ago = timezone.now() - timedelta(days=400)
        write(2, at=long_ago)
        sealed()
        Block.objects.update(pruned_at=timezone.now())
        write(1, at=long_ago)

        assert "but for pruned blocks" in refused("DELETE FROM audit_record")


class TestTheRuntimeRole:
    """The statements of docs/deploy.md, run as they stand there."""

    @pytest.fixture(autouse=True)
    def _as_the_role(self) -> Iterator[None]:
        deploy = (ROOT / "docs/deploy.md").read_text()
        block = re.search(r"```sql\n(CREATE ROLE hub_runtime.*?)```", deploy, re.S)
        assert block
        write(2)
        settle()
        with transaction.atomic():
            run(block[1])
            run("GRANT hub_runtime TO CURRENT_USER WITH SET TRUE")
            run("SET LOCAL ROLE hub_runtime")
            yield
            transaction.set_rollback(True)

    def test_may_record(self) -> None:
        (record,) = write(behalf="ann@example.com")

        assert (record.actor, record.on_behalf_of) == (
            "person0@example.com",
            "ann@example.com",
        )

    def test_may_seal(self) -> None:
        place = seal.seal(after=START, now=LATER)

        assert place
        log.advance(log.SEALING, to=place, now=LATER)
        assert verify(now=LATER).records == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_record SET action = 'x'",
            "DELETE FROM audit_record",
            "TRUNCATE audit_record",
            "ALTER TABLE audit_record DISABLE TRIGGER USER",
            "UPDATE audit_block SET hash = ''",
            "DELETE FROM audit_block",
            "DELETE FROM audit_subject",
        ],
    )
    def test_may_do_nothing_else_with_a_record(self, statement: str) -> None:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            run(statement)
        connection.needs_rollback = True

    def test_may_prune(self) -> None:
        assert run("UPDATE audit_block SET pruned_at = now() WHERE number = 404") == 0
        assert run("SELECT audit_prune(404)") == 1

    def test_may_erase(self) -> None:
        assert trail.erase(address="person0@example.com", now=LATER)
