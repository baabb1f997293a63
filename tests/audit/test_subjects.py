"""audit.subjects: whom a record names, and what is left when they are erased."""

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.actor import Channel, Stranger
from audit import subjects, trail
from audit.models import Record, Subject
from audit.seal import NoSignerError
from audit.verify import verify
from tests.audit.writing import LATER, disarm, run, sealed, write
from tests.factories import NOW
from tests.sessions import elsewhere, together

pytestmark = pytest.mark.django_db(transaction=True)

ANN, BEN = "ann@example.com", "ben@example.com"


def act(address: str = ANN, *, behalf: str = "") -> Record:
    who = Stranger(
        actor_name=address,
        behalf_name=behalf,
        channel=Channel.API,
        ip="192.0.2.7",
        user_agent="a browser",
    )
    trail.record(trail.Access(accessor=who, action="search", at=NOW))
    return Record.objects.latest("seq")


def read_again(record: Record) -> Record:
    return Record.objects.get(pk=record.pk)


class TestWhatARecordSaysOfAPerson:
    def test_is_read_by_its_names(self) -> None:
        record = act(behalf=BEN)

        assert (record.actor, record.on_behalf_of) == (ANN, BEN)
        assert (record.ip, record.user_agent) == ("192.0.2.7", "a browser")

    def test_stands_nowhere_in_the_clear(self) -> None:
        act(behalf=BEN)

        with transaction.atomic():
            run("CREATE TEMPORARY TABLE said ON COMMIT DROP AS SELECT NULL::text AS it")
            for table in ("audit_record", "audit_subject"):
                run(f"INSERT INTO said SELECT t::text FROM {table} AS t")  # noqa: S608 - ours
            for word in ("ann", "ben", "192.0.2.7", "browser"):
                assert run("SELECT 1 FROM said WHERE it ILIKE %s", [f"%{word}%"]) == 0
                as_bytes = f"%{word.encode().hex()}%"
                assert run("SELECT 1 FROM said WHERE it ILIKE %s", [as_bytes]) == 0

    def test_cannot_be_carried_to_another_record(self) -> None:
        one, other = write(2)
        one.actor_subject, one.actor_ciphertext = (
            other.actor_subject,
            other.actor_ciphertext,
        )

        assert (other.actor, one.actor) == ("person1@example.com", "(unreadable)")

    def test_cannot_be_read_with_another_key(self, rearmed: None) -> None:
        record = act()
        disarm()
        run("UPDATE audit_subject SET key = %s", [bytes(32)])

        assert read_again(record).actor == "(unreadable)"

    def test_cannot_be_read_without_the_person(self, rearmed: None) -> None:
        record = act()
        disarm()
        run("DELETE FROM audit_subject")

        assert read_again(record).actor == "(unreadable)"
        assert [one.actor for one in Record.objects.with_people()] == ["(unreadable)"]

    def test_is_read_for_many_at_once(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        write(9, behalf=BEN)

        with django_assert_num_queries(3):
            shown = {record.on_behalf_of for record in Record.objects.with_people()}

        assert shown == {BEN}


class TestAPerson:
    def test_is_one_whatever_the_case_of_the_address(self) -> None:
        act("Ann@Example.com")
        act("ann@example.com")

        assert Subject.objects.count() == 1
        assert trail.records_of(address="ANN@example.com").count() == 2

    def test_is_found_by_what_was_done_on_their_behalf_too(self) -> None:
        own, others, _ = act(), act(BEN, behalf=ANN), act(BEN)

        assert set(trail.records_of(address=ANN)) == {own, others}
        assert not trail.records_of(address="nobody@example.com")

    def test_is_made_once_by_many_at_once(self) -> None:
        together(6, lambda: act(behalf=BEN) and None)

        assert Subject.objects.count() == 2
        assert {one.on_behalf_of for one in Record.objects.all()} == {BEN}

    def test_is_not_asked_for_again_and_again(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        act(behalf=BEN)

        with django_assert_num_queries(0):
            subjects.holders([ANN, BEN])

    def test_is_asked_for_again_after_a_while(
        self, rearmed: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        act()
        disarm()
        elsewhere(lambda: Subject.objects.update(digest="of another address"))
        monkeypatch.setattr(subjects, "SECONDS", 0.0)

        subjects.holders([ANN])

        assert Subject.objects.count() == 2


class TestAKey:
    def test_is_not_kept_from_a_transaction_that_failed(self) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
            run("SELECT 1 / 0")

        record = act()

        assert read_again(record).actor == ANN

    def test_is_not_kept_from_a_part_that_was_taken_back(self) -> None:
        with transaction.atomic():
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
                run("SELECT 1 / 0")
            record = act()

        assert [read_again(record).actor, act().actor] == [ANN, ANN]

    def test_makes_way_for_those_of_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subjects, "LIMIT", 3)
        write(5)

        kept = subjects.keyring.find(
            [subjects.digest_of(f"person{number}@example.com") for number in range(5)]
        )

        assert len(kept) == 3


class TestErasing:
    def test_leaves_nothing_to_read_of_one_person(self) -> None:
        own, others, bens = act(), act(BEN, behalf=ANN), act(BEN)

        assert trail.erase(address=ANN, now=LATER)

        erased = read_again(own)
        assert {erased.actor, erased.ip, erased.user_agent} == {"(erased)"}
        both = read_again(others)
        assert (both.actor, both.on_behalf_of) == (BEN, "(erased)")
        assert read_again(bens).actor == BEN
        assert not trail.records_of(address=ANN)

    def test_says_when_and_nothing_else(self) -> None:
        act()
        trail.erase(address=ANN, now=LATER)

        subject = Subject.objects.get()
        assert (subject.digest, subject.key, subject.erased_at) == (None, None, LATER)

    def test_leaves_a_chain_that_verifies(self) -> None:
        write(3)
        sealed()
        trail.erase(address="person1@example.com", now=LATER)

        assert verify(now=LATER).records == 3

    def test_asks_for_the_key_that_signs_for_it(self, settings: Settings) -> None:
        own = act()
        settings.AUDIT_SIGNING_KEY = None

        with pytest.raises(NoSignerError):
            trail.erase(address=ANN, now=LATER)

        assert read_again(own).actor == ANN

    def test_does_nothing_for_who_was_never_there(self) -> None:
        act()

        assert not trail.erase(address=BEN, now=LATER)
        assert act().actor == ANN

    def test_makes_whoever_comes_back_somebody_else(self) -> None:
        before = act()
        trail.erase(address=ANN, now=LATER)

        after = act()

        assert (read_again(before).actor, after.actor) == ("(erased)", ANN)
        assert before.actor_subject_id != after.actor_subject_id

    def test_is_forgotten_by_other_processes_after_a_while(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        act()
        elsewhere(lambda: Subject.objects.update(digest=None, key=None, erased_at=NOW))
        assert act().actor == "(erased)"

        monkeypatch.setattr(subjects, "SECONDS", 0.0)
        assert act().actor == ANN
