"""Nothing that is typed or sent breaks search, and nothing typed is an error."""

from itertools import islice

import pytest

from accounts.models import User
from benchmarks.hostile import SENT, TYPED, requests, send
from benchmarks.measuring import clock
from tests.conftest import Api
from tests.memories.search.asking import (
    Arm,
    chat,
    decision,
    event,
    settling,
    store,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]

ROUNDS = 14
REFUSALS = {400, 413}


@pytest.fixture(params=["tail", "index", "postgres"])
def arm(request: pytest.FixtureRequest) -> Arm:
    arm: Arm = request.param
    return arm


@pytest.fixture
def stored(user: User) -> None:
    store(
        user,
        chat("The renewal is at risk", tags=["Zoo", "needs work"]),
        chat("שלום ﷺ 😀 👩‍👩‍👧‍👦 İstanbul Straße ⑴ ½ " + "x" * 90),
        event("'; DROP TABLE memories_memory; --", customer="Acme Corp"),
        decision("(a+)+$ a a a a a a-a-a-a the the the", source="slack"),
    )


@pytest.mark.usefixtures("stored")
def test_nothing_breaks_it(user: User, ceo: User, arm: Arm) -> None:
    settling(arm)()
    people = [Api(user), Api(ceo)]
    asked = (len(TYPED) + len(SENT)) * ROUNDS

    wrong = []
    for number, request in enumerate(islice(requests(seed=len(arm)), asked)):
        api = people[number % 2]
        status = send(api.client, request, api.headers).status_code
        if status != 200 and (request.is_typed or status not in REFUSALS):
            wrong.append((status, request.kind, request.path, request.typed[:300]))

    assert wrong == []


@pytest.mark.parametrize("path", ["memory/search", "memory/suggest"])
@pytest.mark.parametrize(
    "address",
    [
        "query=%ED%A0%80&q=%ED%A0%80",
        "query=%00%FF%FE&q=%C0%80",
        "&".join(f"tags=a{number}" for number in range(5000)),
        "&".join(f"x{number}=1" for number in range(5000)),
        "query=a&limit=" + "9" * 400,
        "limit=%D9%A3&query=a",
        "explain=perhaps&facets=2&query=a",
        "cursor=a&cursor=b&query=x&q=x",
        "=&&&==&query",
    ],
)
def test_no_address_breaks_it(user: User, path: str, address: str) -> None:
    api = Api(user)

    answer = api.client.get(f"/api/v1/{path}?{address}", headers=api.headers)

    assert answer.status_code in {200, 400}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"query": "\xff\xfe"}',
        b'{"query": "\\ud800\\u0000"}',
        b'{"query": ' + b"[" * 100_000,
        b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"limit": ' + b"9" * 5000 + b"}",
        b'{"query": "a", "query": "b", "__proto__": {}}',
        b"\xef\xbb\xbf{}",
        b'{"query": "' + b"a" * 6_000_000 + b'"}',
    ],
)
@pytest.mark.parametrize("path", ["memory/search", "memory/suggest"])
def test_no_body_breaks_it(user: User, path: str, body: bytes) -> None:
    api = Api(user)

    answer = api.client.post(
        f"/api/v1/{path}", body, content_type="application/json", headers=api.headers
    )

    assert answer.status_code in {200, 400, 405, 413}


def test_a_cursor_of_another_search_or_another_person_is_refused(
    user: User, outsider: User
) -> None:
    store(user, *(chat(f"Renewal {number}") for number in range(5)))
    asked = {"query": "renewal", "limit": 2}
    cursor = Api(user).post("memory/search", asked).json()["next_cursor"]

    def status(by: User, **fields: object) -> int:
        body = {**asked, "cursor": cursor, **fields}
        code: int = Api(by).post("memory/search", body).status_code
        return code

    assert status(user) == 200
    assert status(outsider) == 400
    assert status(user, query="renewals") == 400
    assert status(user, sort="newest") == 400
    assert status(user, cursor=cursor[:-1] + "_") == 400
    assert status(user, cursor=cursor * 1000) == 400


@pytest.mark.parametrize("before", ["a" * 50_000, 'a:"' * 20_000, "a " * 50_000])
def test_suggestions_wait_for_no_length(user: User, before: str) -> None:
    store(user, chat("The renewal"))

    with clock() as asking:
        answer = Api(user).get("memory/suggest", {"q": f'{before}" rene'})

    assert [each["insert"] for each in answer.json()["suggestions"]] == ["renewal"]
    assert asking.seconds < 1
