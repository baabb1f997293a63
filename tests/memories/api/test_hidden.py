"""What is hidden answers as what does not exist: status, body and headers."""

from uuid import UUID, uuid4

import pytest

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.conftest import Api
from tests.factories import make_memory
from tests.memories.api.calls import CALLS, call

ABOUT_ONE = [
    (name, method)
    for name, method in CALLS
    if name not in {"store", "store-batch", "search", "suggest", "stats", "audit"}
]


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user, title="Secret plans")


@pytest.mark.parametrize(("name", "method"), ABOUT_ONE)
def test_nothing_tells_one_from_the_other(
    name: str, method: str, memory: Memory, outsider: User
) -> None:
    api = Api(outsider)

    def answered(memory_id: UUID) -> tuple[int, str, dict[str, str]]:
        answer = call(api, name, method, memory_id)
        text = answer.content.decode().replace(str(memory_id), "<id>")
        return answer.status_code, text, _without_request_id(dict(answer.headers))

    hidden, missing = answered(memory.pk), answered(uuid4())

    assert hidden == missing
    assert hidden[0] == (200 if name == "retrieve" else 404)


def _without_request_id(headers: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name != "X-Request-ID"}


def test_a_search_for_it_answers_as_for_nothing(
    memory: Memory, outsider: User, user: User
) -> None:
    def found(query: str) -> dict[str, object]:
        answer = Api(outsider).post("memory/search", {"query": query, "facets": True})
        body: dict[str, object] = answer.json()
        return {
            name: value
            for name, value in body.items()
            if name not in {"took_ms", "interpreted"}
        }

    assert found("Secret") == found("nothing")


def test_both_leave_the_same_record(memory: Memory, outsider: User) -> None:
    for memory_id in (memory.pk, uuid4()):
        Api(outsider).get(f"memory/{memory_id}")

    hidden, missing = Record.objects.order_by("seq").values(
        "action", "outcome", "reason", "memory_count", "returned"
    )
    assert hidden == missing
