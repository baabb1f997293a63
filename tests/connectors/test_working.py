"""connectors.working: deliveries become memories, in any order and whatever dies."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from connectors import telling, working
from connectors.models import Backfill, Delivery, News, Part, Thing, Told
from connectors.slack import reading
from journal.models import Entry
from memories.models import Memory
from tests.connectors.delivering import deliver, post, spread, work
from tests.connectors.slack.payloads import (
    ANN,
    CHANNEL,
    TEAM,
    TS,
    as_json,
    deleted,
    edited,
    joined,
    message,
    reacted,
)
from tests.embedded.waiting import wait_until
from tests.factories import make_user
from tests.processes import environment
from tests.reading import ROOT
from tests.sessions import together

pytestmark = pytest.mark.django_db

LATER, LATER_STILL, LAST = (f"{int(float(TS)) + n}.000200" for n in (60, 120, 180))


def texts() -> list[str]:
    chats = Memory.objects.filter(type="chat").order_by("id")
    return [memory.content["message"] for memory in chats]


def state() -> str:
    return Delivery.objects.latest("id").state


class TestDeliveriesInAnyOrder:
    def ends_as(self, *payloads: dict[str, Any]) -> set[tuple[str, ...]]:
        """Return what types of memories, and which texts, all orders end with."""
        ends = set()
        for order in permutations(payloads):
            deliver(*order)
            work()
            types = Memory.objects.order_by("type").values_list("type", flat=True)
            ends.add((*types, *texts()))
            for model in (Delivery, Told, Part, Thing, News, Memory, Entry):
                model.objects.all().delete()
        return ends

    def test_end_with_the_last_edit(self) -> None:
        assert self.ends_as(
            message("It is 10"),
            edited("It is 12", at=LATER),
            edited("It is 14", at=LATER_STILL),
        ) == {("chat", "It is 14")}

    def test_end_with_nothing_where_it_was_deleted(self) -> None:
        assert self.ends_as(
            message("It is 10"),
            edited("It is 12", at=LATER),
            deleted(at=LATER_STILL),
        ) == {()}

    def test_end_with_a_decision_where_somebody_said_so(self) -> None:
        assert self.ends_as(
            message("We raise it"),
            edited("We raise it to 12", at=LATER),
            reacted("decision", at=LATER_STILL),
        ) == {("chat", "decision", "We raise it to 12")}

    def test_end_without_one_where_that_was_taken_back(self) -> None:
        assert self.ends_as(
            message("We raise it"),
            reacted("decision", at=LATER),
            reacted("decision", at=LATER_STILL, removed=True),
        ) == {("chat", "We raise it")}


class TestADelivery:
    def test_that_says_nothing_new_changes_nothing(self) -> None:
        deliver(message("It is 10"))
        work()
        working.replay(Delivery.objects.all(), now=timezone.now())

        work()

        assert Memory.objects.get().version == 1
        assert Delivery.objects.get().memory_ids == []

    def test_leaves_what_a_person_amended_until_the_message_changes(self) -> None:
        deliver(message("It is 10"))
        work()
        Memory.objects.update(title="The price")
        deliver(message("It is 10", reply_count=1) | {"event_id": "Ev2"})
        work()
        assert Memory.objects.get().title == "The price"

        deliver(edited("It is 12", at=LATER))
        work()

        assert texts() == ["It is 12"]

    def test_does_not_bring_back_what_was_deleted_in_the_hub(self) -> None:
        deliver(message("It is 10"))
        work()
        Memory.objects.all().delete()

        deliver(message("It is 10") | {"event_id": "Ev2"})
        work()

        assert texts() == []

    def test_that_deletes_what_is_gone_is_done(self) -> None:
        deliver(message("It is 10"))
        work()
        Memory.objects.all().delete()

        deliver(deleted(at=LATER))
        work()

        assert state() == Delivery.State.DONE
        assert not Told.objects.exists()

    def test_leaves_what_is_under_legal_hold_and_keeps_that_it_is_gone(self) -> None:
        deliver(message("It is 10"))
        work()
        Memory.objects.update(legal_hold=True)

        deliver(deleted(at=LATER))
        work()

        assert texts() == ["It is 10"]
        assert state() == Delivery.State.DONE
        assert Part.objects.get().data is None

        Memory.objects.update(legal_hold=False)
        working.replay(Delivery.objects.all(), now=timezone.now())
        work()
        assert texts() == []

    def test_fails_for_what_no_memory_can_hold(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.slack.telling.PEOPLE", 10_000)
        many = "".join(f"<@U{number}|{number:x<240}>" for number in range(300))
        deliver(message(many))

        work()

        kept = Delivery.objects.get()
        assert kept.state == Delivery.State.FAILED
        assert "the limit is 65536" in kept.reason
        assert not Thing.objects.exists()

    def test_fails_by_the_name_of_a_fault_of_ours_alone(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def stumble(*_: object) -> None:
            raise ZeroDivisionError("secret of the body")

        monkeypatch.setattr(reading, "_read_event", stumble)
        deliver(message("x"))

        with caplog.at_level(logging.ERROR):
            work()

        assert Delivery.objects.get().reason == "ZeroDivisionError; the log has more."
        assert "delivery_failed" in caplog.text

    def test_is_tried_again_while_the_database_refuses(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = timezone.now()
        with monkeypatch.context() as patch:
            patch.setattr(working, "tell", deadlock)
            deliver(message("x"))
            assert working.work(now=timezone.now())
        kept = Delivery.objects.get()
        assert (kept.state, kept.attempts) == (Delivery.State.RECEIVED, 1)
        assert kept.due_at > now
        assert not working.work(now=timezone.now())

        assert working.work(now=timezone.now() + timedelta(minutes=1))

        assert state() == Delivery.State.DONE
        assert texts() == ["x"]

    def test_is_given_up_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(working, "tell", deadlock)
        deliver(message("x"))

        for hours in range(working.ATTEMPTS):
            assert working.work(now=timezone.now() + timedelta(hours=hours))

        assert state() == Delivery.State.FAILED

    def test_that_ends_its_worker_is_given_up_and_keeps_no_other_waiting(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deliver(message("x"), message("y", ts=LATER))
        first = Delivery.objects.earliest("id")
        inner = working._work_on

        def be_ended(delivery: Delivery, now: datetime) -> None:
            if delivery.pk == first.pk:
                raise SystemExit
            inner(delivery, now)

        monkeypatch.setattr(working, "_work_on", be_ended)
        now = timezone.now()
        for hours in range(working.ATTEMPTS + 2):
            with suppress(SystemExit):
                while working.work(now=now + timedelta(hours=hours)):
                    pass

        first.refresh_from_db()
        assert texts() == ["y"]
        assert first.state == Delivery.State.FAILED
        assert first.reason == "Each of 8 workers was ended by it."

    def test_keeps_no_other_waiting(self) -> None:
        deliver(message("x", user=7), message("y", ts=LATER))
        work()

        assert texts() == ["y"]

    def test_of_a_connector_that_is_no_more_stays(self) -> None:
        deliver(message("x"))
        Delivery.objects.update(connector="hubspot")

        work()

        assert state() == Delivery.State.RECEIVED


def deadlock(*_: object, **__: object) -> None:
    msg = "deadlock detected"
    raise OperationalError(msg)


class TestOldDeliveries:
    def test_are_dropped_and_those_not_worked_on_stay(self, settings: Settings) -> None:
        settings.DELIVERY_DAYS = 30
        deliver(message("x"), message("y", ts=LATER), message("z", ts=LAST))
        new, _, waiting = Delivery.objects.order_by("id")
        Delivery.objects.exclude(pk=waiting.pk).update(state=Delivery.State.DONE)
        over = timezone.now() - timedelta(days=30, minutes=1)
        Delivery.objects.exclude(pk=new.pk).update(received_at=over)
        Backfill.objects.create(
            connector="slack", since=over, until=over, started_at=over
        )

        assert working.discard_old(now=timezone.now()) == 1

        assert set(Delivery.objects.all()) == {new, waiting}
        assert not Backfill.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestWorkersAtOnce:
    def test_tell_each_thing_once(self) -> None:
        for number in range(40):
            deliver(message(f"{number}", ts=f"{int(float(TS)) + number}.000100"))

        together(4, work)

        assert sorted(texts(), key=int) == [str(number) for number in range(40)]
        assert set(Memory.objects.values_list("version", flat=True)) == {1}
        assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}

    def test_agree_on_a_thing_that_many_deliveries_are_about(self) -> None:
        deliver(message("0"))
        for number in range(1, 21):
            deliver(edited(f"{number}", at=f"{int(float(TS)) + number}.000100"))

        together(4, work)

        assert texts() == ["20"]
        assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}

    def test_tell_a_decision_of_all_its_thread(self) -> None:
        for number in range(20):
            ts = f"{int(float(TS)) + number}.000100"
            deliver(message(f"{number}", ts=ts, thread_ts=TS))
        deliver(reacted("decision", at=LATER))

        together(4, work)
        spread()

        decision = Memory.objects.get(type="decision")
        chats = Memory.objects.filter(type="chat").values_list("pk", flat=True)
        assert sorted(decision.content["evidence"]) == sorted(map(str, chats))


@pytest.mark.django_db(transaction=True)
class TestNews:
    def test_is_not_missed_by_who_looked_before_it_came(self) -> None:
        """The look is younger than the news, and its transaction ends after it."""
        looked, is_out = threading.Event(), threading.Event()

        def bring() -> None:
            with transaction.atomic():
                make_user(email="ann@example.com")
                looked.wait(10)

        def look() -> None:
            with transaction.atomic():
                working.work(now=timezone.now())
                looked.set()
                is_out.wait(10)

        deliver(joined(ANN, "Ann Lee", "ann@example.com"))
        work()
        deliver(message("x"))
        bringing = threading.Thread(target=and_close(bring))
        bringing.start()
        wait_until(lambda: writers() == 1)
        looking = threading.Thread(target=and_close(look))
        looking.start()
        bringing.join()
        try:
            for _ in range(3):
                working.spread(now=timezone.now())
        finally:
            is_out.set()
            looking.join()
        assert Memory.objects.get().owner is None

        spread()

        assert Memory.objects.get().owner is not None

    def test_is_spread_past_what_cannot_be_told(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        deliver(message("x"), message("y", ts=LATER))
        work()
        first = Thing.objects.order_by("pk").first()
        assert first

        def stumble(thing: Thing, **options: Any) -> object:
            if thing.pk == first.pk:
                raise ZeroDivisionError
            return telling.tell(thing, **options)

        monkeypatch.setattr(working, "tell", stumble)
        deliver(joined(ANN, "Ann Lee"))
        work()
        spread()

        authors = [memory.content["author"] for memory in Memory.objects.order_by("id")]
        assert authors == [ANN, "Ann Lee"]
        assert "telling_failed" in caplog.text
        assert not News.objects.exists()


def and_close(call: Callable[[], None]) -> Callable[[], None]:
    """Return a call that leaves no connection behind in its thread."""

    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    return run


def writers() -> int:
    """Return how many other sessions have written and are not over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        (count,) = cursor.fetchone()
    return int(count)


def done() -> int:
    return Delivery.objects.filter(state=Delivery.State.DONE).count()


def has_done_more_than(before: int) -> bool:
    return done() > before


WORKER = """
import os
import django
django.setup()
from connectors import tasks
from connectors.registry import registry
registry()
while True:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        os.waitpid(pid, 0)
    else:
        while True:
            tasks.work()
"""
"""A worker, and another one as soon as it is dead."""


@contextmanager
def workers() -> Iterator[Iterator[int]]:
    """Work in processes of their own; gives the id of each as it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env=environment(DJANGO_SETTINGS_MODULE="memoryhub.settings"),
        stdout=subprocess.PIPE,
        text=True,
    )
    begun: list[int] = []

    def each() -> Iterator[int]:
        for line in process.stdout or ():
            begun.append(int(line))
            yield begun[-1]

    with process:
        try:
            yield each()
        finally:
            process.kill()
            if begun:
                os.kill(begun[-1], signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_workers_that_are_killed_lose_nothing_and_do_nothing_twice() -> None:
    dice = random.Random(5)  # noqa: S311 - it need not be secret
    sent: list[str] = []
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            ts = f"{int(float(TS)) + len(sent)}.000100"
            body = as_json(message(f"Message {len(sent)}", ts=ts))
            assert post(body).status_code == 200
            sent.append(f"{TEAM}/{CHANNEL}/{ts}")
            time.sleep(0.01)

    sending = threading.Thread(target=and_close(send))
    sending.start()
    killed_in_midst = 0
    try:
        with workers() as begun:
            for _ in range(20):
                pid, before = next(begun), done()
                wait_until(partial(has_done_more_than, before))
                time.sleep(dice.uniform(0, 0.05))
                killed_in_midst += writers() > 0
                os.kill(pid, signal.SIGKILL)
            next(begun)
            over.set()
            sending.join()
            wait_until(lambda: done() == len(sent), seconds=60)
    finally:
        over.set()
        sending.join()

    assert killed_in_midst
    assert len(sent) > 20
    memories = Memory.objects.values_list("external_id", "version")
    assert sorted(memories) == sorted((one, 1) for one in sent)
