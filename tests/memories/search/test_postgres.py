"""What PostgreSQL answers while the index cannot be trusted, and where it differs.

That it finds, pages and sorts like the index is in test_search.py, whose tests run on
it too.
"""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from memories import mediator
from memories.models import Memory
from memories.schemas.search import SearchRequest
from memories.search import engine, lexical, postgres, tail
from memories.search.query import read
from tests.conftest import Api, acting
from tests.factories import make_memory
from tests.memories.search.asking import (
    catch_up,
    chat,
    event,
    lose_the_index,
    pages,
    search,
    store,
    titles,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


def notes(user: User) -> list[str]:
    found: list[str] = search(user, "renewal")["interpreted"]["notes"]
    return found


def test_an_answer_says_that_the_index_is_being_built(user: User) -> None:
    assert notes(user) == []

    lose_the_index()

    assert notes(user) == [lexical.REBUILDING]


def test_an_answer_says_that_the_index_is_far_behind(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LONGEST", 3)
    stored = store(user, *(chat(f"Renewal {number}") for number in range(3)))
    assert notes(user) == []
    stored += store(user, chat("Renewal 3"))

    behind = search(user, "renewal")

    assert behind["interpreted"]["notes"] == [lexical.BEHIND]
    assert sorted(each["memory"]["id"] for each in behind["results"]) == sorted(stored)
    catch_up()
    assert notes(user) == []


def test_it_answers_where_much_has_expired(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LONGEST", 2)
    for _ in range(3):
        make_memory(owner=user, expires_at="2020-01-01T00:00:00Z")
    store(user, chat("The renewal"))

    answer = search(user, "renewal")

    assert answer["interpreted"]["notes"] == [lexical.BEHIND]
    assert (titles(answer), answer["total"]) == (["The renewal"], 1)


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_it_answers_by_words_alone(user: User, mode: str) -> None:
    store(user, chat("The renewal"), chat("Something else"))
    lose_the_index()

    answer = search(user, "renewal", mode=mode)

    assert titles(answer) == ["The renewal"]
    assert answer["mode"] == "lexical"


def test_the_one_that_says_it_more_comes_first(user: User) -> None:
    store(user, chat("The renewal of the renewal", title="more"))
    store(user, chat("The renewal and much else", title="less"))
    lose_the_index()

    results = search(user, "renewal", explain=True)["results"]

    assert [each["memory"]["title"] for each in results] == ["more", "less"]
    assert [each["why"][0]["arm"] for each in results] == ["lexical", "lexical"]


@pytest.mark.parametrize(
    "query", ["zoo", "remarkable", '"the"', "pricing_model", "acme", "CAFE"]
)
def test_tags_remarks_small_words_and_parts_are_no_words_there(
    user: User, query: str
) -> None:
    (memory_id,) = store(
        user, chat("The café acme.example/pricing_model.xlsx", tags=["zoo"])
    )
    remark = {"kind": "note", "body": "Remarkable"}
    Api(user).post(f"memory/{memory_id}/annotations", remark)
    lose_the_index()

    assert search(user, query)["total"] == 0


def test_what_has_no_owner_or_customer_is_not_what_is_excluded(ceo: User) -> None:
    make_memory(title="nobody's", content={"message": "Renewal"})
    store(ceo, event("The renewal", customer="Acme", title="somebody's"))
    lose_the_index()

    assert titles(search(ceo, "renewal -owner:me")) == ["nobody's"]
    assert titles(search(ceo, "renewal -customer:acme")) == ["nobody's"]
    assert titles(search(ceo, "renewal customer:ACME")) == ["somebody's"]


@pytest.mark.parametrize(
    "query",
    [
        *("o'neil*", "it's", "'", "''*", "\\", "\\*", "a\\b*", "' | x", "x & !", "!x"),
        *("ŉ*", "⑴*", "½", "İ*", "<->", "a:*", '"\'"', '-"\'"', "-the", '-"the"', "%_"),
    ],
)
def test_nothing_typed_is_an_error_to_it(user: User, query: str) -> None:
    lose_the_index()

    assert search(user, query)["total"] == 0
    assert search(user, f'{query} "at risk"', sort="oldest")["total"] == 0


def test_pages_go_on_when_the_index_is_lost_and_found_between_them(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DEPTH", 4)
    stored = store(user, *(chat(f"Renewal {number}") for number in range(12)))
    catch_up()
    first = search(user, "renewal", limit=5)
    lose_the_index()

    second = search(user, "renewal", limit=5, cursor=first["next_cursor"])
    third = search(user, "renewal", limit=5, cursor=second["next_cursor"])

    found = [
        each["memory"]["id"]
        for page in (first, second, third)
        for each in page["results"]
    ]
    assert sorted(found) == sorted(stored)
    assert third["next_cursor"] is None


def test_a_list_goes_on_in_time_when_the_index_is_lost(user: User) -> None:
    at = "2026-01-01T00:00:00Z"
    stored = store(user, *[chat("Renewal", occurred_at=at)] * 9)
    catch_up()
    first = search(user, sort="oldest", limit=5)
    lose_the_index()

    second = search(user, sort="oldest", limit=5, cursor=first["next_cursor"])

    found = [*first["results"], *second["results"]]
    assert [each["memory"]["id"] for each in found] == sorted(stored)


def test_it_looks_at_the_newest_of_very_many(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DEPTH", 2)
    for day in (1, 2, 3):
        store(user, chat(f"Renewal {day}", occurred_at=f"2026-01-0{day}T00:00:00Z"))
    lose_the_index()

    found = pages(user, "renewal", limit=2)

    assert sorted(titles(found[0])) == ["Renewal 2", "Renewal 3"]
    assert titles(found[1]) == ["Renewal 1"]


def test_a_list_of_one_type_can_be_searched(user: User) -> None:
    store(user, chat("The renewal", title="chat"), event("Renewal", title="event"))
    lose_the_index()

    found = mediator.browse(
        actor=acting(user), type_="chat", now=timezone.now(), text="renewal"
    )

    assert [each.title for each in found] == ["chat"]


def test_reading_a_query_does_not_depend_on_who_answers(user: User) -> None:
    query = read(SearchRequest(query="renewal"), now=timezone.now())
    store(user, chat("The renewal"))
    there = search(user, "renewal")["interpreted"]["words"]

    lose_the_index()

    assert search(user, "renewal")["interpreted"]["words"] == there
    assert there == [clause.text for clause in query.words]


def test_it_looks_up_a_prefix_by_its_index(user: User) -> None:
    query = read(SearchRequest(query="pricing* -renewal*"), now=timezone.now())

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = postgres.matching(Memory.objects.all(), query).explain()

    assert "Bitmap Index Scan on memories_memory_searched_text" in plan


@pytest.mark.parametrize("query", ["pricing*", "renewal*", "renewal* -pricing*"])
def test_a_prefix_may_be_longer_than_the_stem(user: User, query: str) -> None:
    text = "Renewals" if "-" in query else "Pricing of renewals"
    store(user, chat(text, title="it"), chat("Pricing of lunch", title="lunch"))
    lose_the_index()

    assert "it" in titles(search(user, query))
    assert ("lunch" in titles(search(user, query))) is (query == "pricing*")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ENG-12*", ["ENG-1234 fails"]),
        ("ENG-13*", []),
        ("plan-a*", []),
        ("fails -plan-a*", ["ENG-1234 fails", "The plan fails"]),
    ],
)
def test_a_prefix_after_a_word_is_found(
    user: User, query: str, expected: list[str]
) -> None:
    store(user, chat("ENG-1234 fails"), chat("The plan fails"))
    lose_the_index()

    assert sorted(titles(search(user, query))) == expected
