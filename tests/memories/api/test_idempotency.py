"""The Idempotency-Key header."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from memories.api import idempotency
from memories.models import GivenAnswer, Memory
from tests.conftest import Api

CHAT: dict[str, Any] = {"type": "chat", "content": {"message": "Hello"}}
KEY = {"Idempotency-Key": "k-1"}


def test_a_repeat_is_answered_as_the_first_and_done_once(user: User) -> None:
    api = Api(user)
    first = api.post("memory/store", CHAT, **KEY)

    again = api.post("memory/store", CHAT, **KEY)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert Memory.objects.count() == 1
    record = Record.objects.get(action="replay")
    assert (record.memory_ids, record.returned) == ([UUID(first.json()["id"])], 1)


def test_another_body_with_the_key_is_refused(user: User) -> None:
    api = Api(user)
    api.post("memory/store", CHAT, **KEY)

    answer = api.post("memory/store", {**CHAT, "tags": ["other"]}, **KEY)

    assert answer.status_code == 422
    assert Memory.objects.count() == 1


def test_another_persons_key_is_another_key(user: User, outsider: User) -> None:
    Api(user).post("memory/store", CHAT, **KEY)

    answer = Api(outsider).post("memory/store", CHAT, **KEY)

    assert "Idempotency-Replayed" not in answer
    assert Memory.objects.count() == 2


def test_the_same_request_for_another_person_is_another_request(
    service: User, user: User, outsider: User
) -> None:
    api = Api(service)
    api.post("memory/store", CHAT, **KEY, **{"X-On-Behalf-Of": user.email})

    answer = api.post("memory/store", CHAT, **KEY, **{"X-On-Behalf-Of": outsider.email})

    assert answer.status_code == 422


def test_a_refusal_is_repeated_too_and_stays_on_record(user: User) -> None:
    api = Api(user)
    bad = {"type": "chat", "content": {}}
    first = api.post("memory/store", bad, **KEY)
    forbidden = {**CHAT, "owner": "somebody@example.com"}

    again = api.post("memory/store", bad, **KEY)
    refused = api.post("memory/store", forbidden, **{"Idempotency-Key": "k-2"})

    assert (again.status_code, again.json()) == (400, first.json())
    assert again["Content-Type"] == "application/problem+json"
    assert refused.status_code == 403
    assert Record.objects.filter(action="store", outcome="refused").count() == 1
    record = Record.objects.get(action="replay")
    assert (record.outcome, record.reason) == ("refused", "bad_request")


def test_a_key_ends_after_a_day(user: User) -> None:
    api = Api(user)
    api.post("memory/store", CHAT, **KEY)
    day_old = timezone.now() - timedelta(hours=24, seconds=1)
    GivenAnswer.objects.update(given_at=day_old)

    answer = api.post("memory/store", CHAT, **KEY)

    assert "Idempotency-Replayed" not in answer
    assert Memory.objects.count() == 2


def test_old_answers_are_dropped(user: User) -> None:
    api = Api(user)
    api.post("memory/store", CHAT, **KEY)

    assert idempotency.discard_old(now=timezone.now()) == 0
    assert idempotency.discard_old(now=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_none_is_named(user: User, key: str) -> None:
    answer = Api(user).post("memory/store", CHAT, **{"Idempotency-Key": key})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


def test_it_holds_for_a_batch_as_well(user: User) -> None:
    api = Api(user)
    batch = {"memories": [CHAT, {"type": "chat"}, CHAT]}
    first = api.post("memory/store/batch", batch, **KEY)

    again = api.post("memory/store/batch", batch, **KEY)

    assert again.json() == first.json()
    stored = set(Memory.objects.values_list("pk", flat=True))
    record = Record.objects.get(action="replay")
    assert (set(record.memory_ids), record.returned) == (stored, 2)


@pytest.mark.django_db(transaction=True)
def test_a_repeat_while_the_first_is_at_work_is_told_so(user: User) -> None:
    api = Api(user)
    holding, done = threading.Event(), threading.Event()

    def first_request() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))",
                [f"idempotency:{user.pk}:k-1"],
            )
        holding.set()
        done.wait(10)
        connection.close()

    first = threading.Thread(target=first_request)
    first.start()
    holding.wait(10)
    answer = api.post("memory/store", CHAT, **KEY)
    done.set()
    first.join()

    assert answer.status_code == 409
    assert not Memory.objects.exists()
    assert api.post("memory/store", CHAT, **KEY).status_code == 201


def test_a_change_that_is_repeated_is_made_once(user: User) -> None:
    api = Api(user)
    memory = api.post("memory/store", CHAT).json()
    path, change = f"memory/{memory['id']}", {"title": "Renamed"}
    headers = {"If-Match": '"1"', **KEY}

    first = api.patch(path, change, **headers)
    again = api.patch(path, change, **headers)
    without = api.patch(path, change, **{"If-Match": '"1"'})

    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert without.status_code == 412
    record = Record.objects.get(action="replay")
    assert record.memory_ids == [UUID(memory["id"])]


def test_a_change_of_another_memory_needs_another_key(user: User) -> None:
    api = Api(user)
    one, other = (api.post("memory/store", CHAT).json()["id"] for _ in range(2))
    headers = {"If-Match": '"1"', **KEY}
    api.patch(f"memory/{one}", {"title": "Renamed"}, **headers)

    answer = api.patch(f"memory/{other}", {"title": "Renamed"}, **headers)

    assert answer.status_code == 422
