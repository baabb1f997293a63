"""GET /audit."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.conftest import Api
from tests.factories import make_memory


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


def found(ceo: User, **query: Any) -> list[tuple[str, str, str]]:
    answer = Api(ceo).get("audit", query)
    assert answer.status_code == 200, answer.content
    return [
        (one["actor"], one["action"], one["outcome"])
        for one in answer.json()["records"]
        if one["action"] != "audit"
    ]


def test_it_works(memory: Memory, ceo: User, user: User) -> None:
    Api(user).get(f"memory/{memory.pk}", **{"User-Agent": "curl"})

    (one,) = Api(ceo).get("audit", {"actor": user.email}).json()["records"]

    assert (one["actor"], one["actor_id"], one["role"]) == (user.email, user.pk, "User")
    assert (one["channel"], one["action"]) == ("api", "retrieve")
    assert (one["memory_ids"], one["memory_count"]) == ([str(memory.pk)], 1)
    assert (one["outcome"], one["returned"]) == ("allowed", 1)
    assert (one["ip"], one["user_agent"]) == ("127.0.0.1", "curl")


def test_it_is_on_record_itself(ceo: User) -> None:
    Api(ceo).get("audit")

    assert [one.action for one in Record.objects.all()] == ["audit"]


def test_it_is_narrowed(
    memory: Memory, ceo: User, user: User, outsider: User, service: User
) -> None:
    other = make_memory(owner=user)
    Api(user).get(f"memory/{memory.pk}")
    Api(outsider).get(f"memory/{memory.pk}")
    Api(user).get(f"memory/{other.pk}/history")
    Api(service).get(f"memory/{memory.pk}", **{"X-On-Behalf-Of": outsider.email})

    seen = (user.email, "retrieve", "allowed")
    refused = (outsider.email, "retrieve", "refused")
    looked = (user.email, "history", "allowed")
    acted = (service.email, "retrieve", "refused")
    assert found(ceo) == [acted, looked, refused, seen]
    assert found(ceo, actor=outsider.email.upper()) == [acted, refused]
    assert found(ceo, memory=str(memory.pk)) == [acted, refused, seen]
    assert found(ceo, action="history") == [looked]
    assert found(ceo, outcome="refused") == [acted, refused]
    assert found(ceo, to="2020-01-01") == []
    assert len(found(ceo, **{"from": "2020-01-01"})) == 4


def test_it_is_paged(memory: Memory, ceo: User, user: User) -> None:
    for _ in range(5):
        Api(user).get(f"memory/{memory.pk}")
    seqs: list[int] = []
    cursor: str | None = None
    while True:
        asked = {"action": "retrieve", "limit": 2} | (
            {"cursor": cursor} if cursor else {}
        )
        page = Api(ceo).get("audit", asked).json()
        seqs += [one["seq"] for one in page["records"]]
        if not (cursor := page["next_cursor"]):
            break

    assert len(seqs) == 5
    assert seqs == sorted(set(seqs), reverse=True)


@pytest.mark.parametrize("who", ["manager", "user", "service"])
def test_nobody_but_a_ceo_can(who: str, request: pytest.FixtureRequest) -> None:
    answer = Api(request.getfixturevalue(who)).get("audit")

    assert answer.status_code == 403
    assert Record.objects.get().outcome == "refused"


def test_a_service_cannot_for_a_ceo(service: User, ceo: User) -> None:
    headers = {"X-On-Behalf-Of": ceo.email}

    assert Api(service).get("audit", **headers).status_code == 403


def test_what_it_cannot_read_is_named(ceo: User) -> None:
    answer = Api(ceo).get("audit", {"outcome": "maybe", "memory": "x", "since": "1"})

    assert answer.status_code == 400
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/outcome", "/memory", "/since"}
