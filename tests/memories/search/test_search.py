"""GET and POST /memory/search, before and after the index has seen the memories."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from memories.search import engine, indexer
from memories.search.index import Hit, Index
from tests.conftest import Api

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]

type Settle = Callable[[], None]


@pytest.fixture(params=["tail", "index"])
def settle(request: pytest.FixtureRequest) -> Settle:
    """Run each test twice: on the tail in PostgreSQL, and on the index."""
    if request.param == "tail":
        return lambda: None
    return lambda: void(indexer.follow(indexer.trusted()))


def void(_: object) -> None:
    return None


def chat(message: str, **fields: Any) -> dict[str, Any]:
    return {"type": "chat", "content": {"message": message}, **fields}


def store(user: User, *drafts: dict[str, Any]) -> list[str]:
    answer = Api(user).post("memory/store/batch", {"memories": list(drafts)})
    return [result["id"] for result in answer.json()["results"]]


def search(user: User, query: str = "", **fields: Any) -> Any:
    answer = Api(user).post("memory/search", {"query": query, **fields})
    assert answer.status_code == 200, answer.content
    return answer.json()


def titles(answer: Any) -> list[str]:
    return [result["memory"]["title"] for result in answer["results"]]


def test_it_works(user: User, settle: Settle) -> None:
    (wanted, _) = store(user, chat("The renewal is at risk"), chat("Lunch is at one"))
    settle()

    answer = search(user, "renewals")

    (result,) = answer["results"]
    assert result["memory"]["id"] == wanted
    assert result["score"] > 0
    assert result["snippet"] == "The renewal is at risk"
    assert result["highlights"] == [[4, 11]]
    assert (answer["total"], answer["total_is_exact"]) == (1, True)
    assert answer["mode"] == "hybrid"
    assert answer["next_cursor"] is None


def test_get_and_the_short_address_answer_alike(user: User) -> None:
    store(user, chat("The renewal is at risk"))
    api = Api(user)

    answer = api.client.get(
        "/memory/search",
        query_params={"query": "renewal", "types": ["chat", "event"], "limit": "5"},
        headers=api.headers,
    )

    assert titles(answer.json()) == ["The renewal is at risk"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("renewal", {"renewal", "both"}),
        ("renewal pricing", {"renewal", "pricing", "both"}),
        ("renewal -pricing", {"renewal"}),
        ('"pricing of the renewal"', {"both"}),
        ("pric*", {"pricing", "both"}),
        ("eng-1234", {"ticket"}),
        ("-renewal -pricing", {"ticket"}),
        ("tag:URGENT", {"ticket"}),
        ("type:event", {"ticket"}),
        ('customer:"acme corp"', {"ticket"}),
        ("source:Linear", {"ticket"}),
        ("before:2026-02-01", {"renewal"}),
        ("after:2026-02-01 pricing", {"pricing", "both"}),
        ("nothing-like-this", set()),
    ],
)
def test_finds_what_people_type(
    user: User, settle: Settle, query: str, expected: set[str]
) -> None:
    event = {"event_type": "bug", "summary": "ENG-1234 fails", "customer": "Acme Corp"}
    store(
        user,
        chat("A renewal", title="renewal", occurred_at="2026-01-15T00:00:00Z"),
        chat("The pricing", title="pricing"),
        chat("Pricing of the renewals", title="both"),
        {
            "type": "event",
            "content": event,
            "title": "ticket",
            "tags": ["Urgent"],
            "source": "linear",
        },
    )
    settle()

    assert set(titles(search(user, query))) == expected


@pytest.mark.parametrize(
    "query",
    [
        "acme",
        "com",
        "pricing",
        "pricing_model",
        "pricing_model.xlsx",
        "cafe",
        "CAFÉ",
        "the",
        "see",
        '"and cafe"',
        "mod*",
        "v2.3.1",
        "#retro",
        "https://acme.com/x",
    ],
)
def test_both_arms_find_parts_accents_and_common_words(
    user: User, settle: Settle, query: str
) -> None:
    text = "See the file https://acme.com/x/pricing_model.xlsx and café, v2.3.1 #retro"
    store(user, chat(text))
    settle()

    assert search(user, query)["total"] == 1


@pytest.mark.parametrize("query", ["x" * 81 + "*", "zzz*", '"café and"', "pric-el"])
def test_neither_arm_finds_what_is_not_there(
    user: User, settle: Settle, query: str
) -> None:
    store(user, chat("A pricing model and a café"))
    settle()

    assert search(user, query)["total"] == 0


def test_a_memory_is_found_by_the_very_next_request(user: User) -> None:
    indexer.follow(indexer.trusted())

    store(user, chat("Brand new"))

    assert titles(search(user, "brand")) == ["Brand new"]


def test_a_changed_memory_is_found_by_its_new_words_at_once(user: User) -> None:
    (memory_id,) = store(user, chat("Old words"))
    indexer.follow(indexer.trusted())
    change = {"content": {"message": "Fresh text"}}

    Api(user).patch(f"memory/{memory_id}", change, **{"If-Match": '"1"'})

    assert titles(search(user, "old")) == []
    assert titles(search(user, "fresh")) == ["Fresh text"]


def test_a_forgotten_memory_is_found_no_more(user: User, settle: Settle) -> None:
    (memory_id,) = store(user, chat("The renewal"))
    settle()

    Api(user).delete(f"memory/{memory_id}")

    assert search(user, "renewal")["total"] == 0


def test_an_expired_memory_is_found_no_more(user: User, settle: Settle) -> None:
    store(user, chat("The renewal"))
    settle()

    Memory.objects.update(expires_at="2020-01-01T00:00:00Z")

    assert search(user, "renewal")["total"] == 0
    assert search(user)["total"] == 0


def test_outsider_cannot(user: User, outsider: User, settle: Settle) -> None:
    store(user, chat("The renewal"))
    settle()

    by_words = search(outsider, "renewal")
    by_time = search(outsider)

    assert by_words["results"] == by_time["results"] == []
    assert by_words["total"] == by_time["total"] == 0


def test_a_manager_and_a_ceo_find_everybodys(
    user: User, manager: User, ceo: User, settle: Settle
) -> None:
    store(user, chat("The renewal"))
    settle()

    assert search(manager, "renewal")["total"] == search(ceo, "renewal")["total"] == 1


def test_a_service_finds_what_it_stored(
    service: User, user: User, settle: Settle
) -> None:
    store(service, chat("The renewal", owner=user.email))
    store(user, chat("Another renewal"))
    settle()

    assert titles(search(service, "renewal")) == ["The renewal"]


def test_an_owner_who_changed_is_believed_at_once(
    ceo: User, user: User, outsider: User
) -> None:
    (memory_id,) = store(ceo, chat("The renewal", owner=user.email))
    indexer.follow(indexer.trusted())

    change = {"owner": outsider.email}
    Api(ceo).patch(f"memory/{memory_id}", change, **{"If-Match": '"1"'})

    assert search(user, "renewal")["total"] == 0
    assert search(outsider, "renewal")["total"] == 1


def test_an_empty_query_lists_by_time(user: User) -> None:
    for day in (2, 3, 1):
        store(user, chat(f"Day {day}", occurred_at=f"2026-01-0{day}T00:00:00Z"))

    assert titles(search(user)) == ["Day 3", "Day 2", "Day 1"]
    assert titles(search(user, sort="oldest")) == ["Day 1", "Day 2", "Day 3"]


def test_results_can_be_sorted_by_time(user: User, settle: Settle) -> None:
    for day in (2, 3, 1):
        store(user, chat(f"Renewal {day}", occurred_at=f"2026-01-0{day}T00:00:00Z"))
    settle()

    newest = search(user, "renewal", sort="newest")
    oldest = search(user, "renewal", sort="oldest")

    assert titles(newest) == ["Renewal 3", "Renewal 2", "Renewal 1"]
    assert titles(oldest) == ["Renewal 1", "Renewal 2", "Renewal 3"]


@pytest.mark.parametrize("query", ["renewal", ""])
@pytest.mark.parametrize("lost", [False, True], ids=["cache", "no cache"])
def test_pages_hold_every_row_once_while_others_are_stored(
    user: User, query: str, lost: bool
) -> None:
    expected = set(store(user, *(chat(f"Renewal {n}") for n in range(25))))
    indexer.follow(indexer.trusted())

    seen: list[str] = []
    cursor = None
    while True:
        page = search(user, query, limit=10, cursor=cursor)
        seen += [result["memory"]["id"] for result in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if lost:
            cache.clear()
        else:
            store(user, chat("A renewal that came later"))

    assert len(seen) == len(set(seen))
    assert expected <= set(seen)


def test_a_cursor_is_good_for_its_own_search_alone(user: User, ceo: User) -> None:
    store(user, *(chat(f"Renewal {n}") for n in range(3)))
    cursor = search(user, "renewal", limit=1)["next_cursor"]

    other_query = Api(user).post("memory/search", {"query": "x", "cursor": cursor})
    other_person = Api(ceo).post(
        "memory/search", {"query": "renewal", "cursor": cursor}
    )

    assert other_query.status_code == other_person.status_code == 400
    assert other_query.json()["errors"][0]["pointer"] == "/cursor"


def test_what_is_indexed_between_the_two_looks_is_not_missed(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(user, chat("The renewal"))
    look = Index.search

    def look_and_index(index: Index, *args: Any, **options: Any) -> list[Hit]:
        hits = look(index, *args, **options)
        indexer.follow(index)
        return hits

    monkeypatch.setattr(Index, "search", look_and_index)

    assert search(user, "renewal")["total"] == 1


def test_explains_a_place_when_asked(user: User, settle: Settle) -> None:
    store(user, chat("The renewal"))
    settle()

    (result,) = search(user, "renewal", explain=True)["results"]

    (why,) = result["why"]
    assert why["rank"] == 1
    assert why["score"] == result["score"]


def test_a_search_is_on_record_without_its_words(user: User) -> None:
    (memory_id,) = store(user, chat("The renewal"))

    search(user, "renewal")

    record = Record.objects.get(action="search")
    assert [str(each) for each in record.memory_ids] == [memory_id]
    assert record.returned == 1
    assert len(record.query_digest) == 64


def test_a_search_takes_few_queries_however_much_it_finds(
    user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    store(user, *(chat(f"Renewal {n}") for n in range(50)))
    indexer.follow(indexer.trusted())
    api = Api(user)

    with django_assert_max_num_queries(14):
        api.get("memory/search", {"query": "renewal", "limit": "50"})
