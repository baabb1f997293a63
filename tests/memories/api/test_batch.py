"""POST /memory/store/batch."""

from typing import Any

from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Record
from journal.models import Entry
from memories.models import Memory
from tests.conftest import Api

KEYS = (("slack", 1), ("slack", 2), ("gong", 1), ("gong", 2))


def chat(number: int, **fields: Any) -> dict[str, Any]:
    return {"type": "chat", "content": {"message": f"Message {number}"}, **fields}


def keyed(number: int, **fields: Any) -> dict[str, Any]:
    return chat(number, source="slack", external_id=str(number), **fields)


def test_it_works(user: User) -> None:
    answer = Api(user).post(
        "memory/store/batch", {"memories": [chat(1), chat(2), chat(3)]}
    )

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["stored"] * 3
    assert [result["title"] for result in results] == [
        "Message 1",
        "Message 2",
        "Message 3",
    ]
    assert Memory.objects.count() == Entry.objects.count() == 3


def test_one_bad_item_harms_no_other(user: User, outsider: User) -> None:
    batch = [chat(1), {"type": "chat"}, chat(2, owner=outsider.email), 7, chat(3)]

    results = (
        Api(user).post("memory/store/batch", {"memories": batch}).json()["results"]
    )

    assert [result["status"] for result in results] == [
        "stored",
        400,
        403,
        400,
        "stored",
    ]
    assert results[1]["errors"][0]["pointer"] == "/content"
    assert Memory.objects.count() == 2


def test_a_key_that_comes_twice_in_a_batch_is_stored_and_updated(user: User) -> None:
    batch = [keyed(1), keyed(1), keyed(1, tags=["new"]), keyed(2)]

    results = (
        Api(user).post("memory/store/batch", {"memories": batch}).json()["results"]
    )

    assert [result["status"] for result in results] == [
        "stored",
        "unchanged",
        "updated",
        "stored",
    ]
    assert [result["version"] for result in results] == [1, 1, 2, 1]
    assert Memory.objects.get(external_id="1").tags == ["new"]
    assert Entry.objects.count() == 3


def test_a_key_is_a_source_and_an_id_together(user: User) -> None:
    def named(source: str, number: int) -> dict[str, Any]:
        return chat(number, source=source, external_id=str(number))

    def ids(batch: list[dict[str, Any]]) -> list[str]:
        answer = Api(user).post("memory/store/batch", {"memories": batch}).json()
        return [result["id"] for result in answer["results"]]

    batch = [named(*key) for key in KEYS]
    stored = ids(batch)

    assert ids(batch) == stored
    assert len(set(stored)) == len(KEYS) == Memory.objects.count()


def test_a_second_time_everything_is_unchanged(user: User) -> None:
    api, batch = Api(user), {"memories": [keyed(number) for number in range(20)]}
    api.post("memory/store/batch", batch)

    results = api.post("memory/store/batch", batch).json()["results"]

    assert {result["status"] for result in results} == {"unchanged"}
    assert Entry.objects.count() == 20


def test_leaves_one_audit_record_with_a_digest_past_200_ids(user: User) -> None:
    batch = {"memories": [chat(number) for number in range(201)]}

    Api(user).post("memory/store/batch", batch)

    record = Record.objects.get(action="store_batch")
    assert record.memory_count == record.returned == 201
    assert record.memory_ids == []
    assert len(record.memory_digest) == 64


def test_a_thousand_and_one_are_refused_with_the_limit(user: User) -> None:
    batch = {"memories": [chat(number) for number in range(1001)]}

    answer = Api(user).post("memory/store/batch", batch)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/memories"
    assert "1000" in answer.json()["errors"][0]["detail"]
    assert not Memory.objects.exists()


def test_an_empty_batch_is_refused(user: User) -> None:
    answer = Api(user).post("memory/store/batch", {"memories": []})

    assert answer.status_code == 400


def test_a_thousand_take_as_many_queries_as_ten(
    user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    api, batch = Api(user), {"memories": [keyed(number) for number in range(1000)]}

    with django_assert_max_num_queries(24):
        answer = api.post("memory/store/batch", batch)

    assert {result["status"] for result in answer.json()["results"]} == {"stored"}
