"""GET and POST /memory/search: on the tail, on the index, and by PostgreSQL."""

from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Record
from horizon.order import Position
from memories.models import Memory
from memories.search import engine, semantic, snapshot
from memories.search.index import Index
from memories.search.ranking import LEXICAL_SHARE
from tests.conftest import Api
from tests.memories.search.asking import (
    Arm,
    Settle,
    amend,
    catch_up,
    chat,
    decision,
    event,
    forget,
    lose_the_index,
    pages,
    search,
    settling,
    store,
    titles,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


AGES_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(params=["tail", "index", "postgres"])
def settle(request: pytest.FixtureRequest) -> Settle:
    """Run each test three times: on the tail, on the index, and by PostgreSQL."""
    return settling(request.param)


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
    assert answer["mode"] == ("lexical" if by_postgresql(user) else "hybrid")
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
        ('"pricing"', {"pricing", "both"}),
        ('"renewal" pricing', {"both"}),
        ('-"pricing of the renewals"', {"renewal", "pricing", "ticket"}),
        ("-pric*", {"renewal", "ticket"}),
        ("type:events", {"ticket"}),
        ("-type:event", {"renewal", "pricing", "both"}),
        ("-tag:urgent", {"renewal", "pricing", "both"}),
        ("-source:linear", {"renewal", "pricing", "both"}),
        ("-customer:acme", {"renewal", "pricing", "both", "ticket"}),
        ('-customer:"ACME corp"', {"renewal", "pricing", "both"}),
        ("owner:me pricing", {"pricing", "both"}),
        ("-owner:me", set()),
        ("-owner:me -renewal", set()),
        ("-owner:bob@example.com -renewal", {"pricing", "ticket"}),
        ("pricing type:event", set()),
        ("type:event type:chat pricing", {"pricing", "both"}),
        ("tag:urgent tag:other", set()),
        ("after:2026-01-15 before:2026-01-16", {"renewal"}),
        ("what is the pricing", {"pricing", "both"}),
        ("zzzz*", set()),
    ],
)
def test_finds_what_people_type(
    user: User, settle: Settle, query: str, expected: set[str]
) -> None:
    bug = {"event_type": "bug", "summary": "ENG-1234 fails", "customer": "Acme Corp"}
    store(
        user,
        chat("A renewal", title="renewal", occurred_at="2026-01-15T00:00:00Z"),
        chat("The pricing", title="pricing"),
        chat("Pricing of the renewals", title="both"),
        {
            "type": "event",
            "content": bug,
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
@pytest.mark.parametrize("arm", ["tail", "index"])
def test_tail_and_index_find_parts_accents_and_common_words(
    user: User, arm: Arm, query: str
) -> None:
    text = "See the file https://acme.com/x/pricing_model.xlsx and café, v2.3.1 #retro"
    store(user, chat(text))
    settling(arm)()

    assert search(user, query)["total"] == 1


@pytest.mark.parametrize(
    "query",
    ["x" * 81 + "*", "-" + "x" * 81 + "* lunch", "zzz*", "pric-el"],
)
def test_no_arm_finds_what_is_not_there(user: User, settle: Settle, query: str) -> None:
    store(user, chat("A pricing model and a café"))
    settle()

    assert search(user, query)["total"] == 0


@pytest.mark.parametrize("arm", ["tail", "index"])
def test_tail_and_index_find_small_words_in_phrases(user: User, arm: Arm) -> None:
    store(user, chat("A pricing model and a café"))
    settling(arm)()

    assert search(user, '"model and"')["total"] == 1
    assert search(user, '"café and"')["total"] == 0


def test_a_memory_is_found_by_the_very_next_request(user: User) -> None:
    catch_up()

    store(user, chat("Brand new"))

    assert titles(search(user, "brand")) == ["Brand new"]


def test_a_changed_memory_is_found_by_its_new_words_at_once(user: User) -> None:
    (memory_id,) = store(user, chat("Old words"))
    catch_up()
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
    catch_up()

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
    catch_up()

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
    place = Index.position

    def look_and_index(index: Index, journal: UUID) -> Position | None:
        looked_at = place(index, journal)
        monkeypatch.undo()
        catch_up()
        return looked_at

    monkeypatch.setattr(Index, "position", look_and_index)

    assert search(user, "renewal")["total"] == 1


def test_explains_a_place_when_asked(user: User) -> None:
    store(user, chat("The renewal"))

    (on_the_tail,) = search(user, "renewal", explain=True)["results"]
    catch_up()
    (in_the_index,) = search(user, "renewal", explain=True)["results"]
    (in_a_list,) = search(user, "", explain=True)["results"]

    assert on_the_tail["why"] == [{"arm": "tail", "rank": 1, "score": 1.0}]
    (why,) = in_the_index["why"]
    assert (why["arm"], why["rank"]) == ("lexical", 1)
    assert why["score"] > 0
    (recency,) = in_the_index["adjustments"]
    assert recency["name"] == "recency"
    assert 1.09 < recency["factor"] <= 1.1
    assert in_the_index["score"] == pytest.approx(LEXICAL_SHARE * recency["factor"])
    assert in_a_list["why"] == [{"arm": "listing", "rank": 1, "score": 0.0}]
    assert in_a_list["adjustments"] == []


def test_explains_nothing_unasked(user: User, settle: Settle) -> None:
    store(user, chat("The renewal"))
    settle()

    (result,) = search(user, "renewal")["results"]

    assert result.keys().isdisjoint({"why", "adjustments"})


def test_recency_counts_for_nothing_where_a_time_is_asked_for(
    user: User, settle: Settle
) -> None:
    store(user, chat("The renewal"))
    settle()

    (result,) = search(user, "renewal last 30 days", explain=True)["results"]

    assert result["adjustments"] == []


def test_says_how_a_query_was_read(user: User, settle: Settle) -> None:
    settle()

    interpreted = search(
        user,
        'what renewal "at risk" pric* -acme type:chats -tag:x customer:"Acme Corp" '
        "owner:me after:2026-01-01 before:2026-02-01 type:rumour",
        sources=["gong"],
    )["interpreted"]

    assert {**interpreted, "notes": None} == {
        "words": ["renewal", "type:rumour"],
        "phrases": ["at risk"],
        "prefixes": ["pric"],
        "without": ["acme"],
        "ignored": ["what"],
        "corrected": {},
        "filters": {
            "customer": ["Acme Corp"],
            "owner": [user.email],
            "source": ["gong"],
            "type": ["chat"],
        },
        "excluded": {"tag": ["x"]},
        "after": "2026-01-01T00:00:00Z",
        "before": "2026-02-01T00:00:00Z",
        "notes": None,
    }
    assert any("no type 'rumour'" in note for note in interpreted["notes"])


def test_an_empty_query_was_read_as_nothing(user: User) -> None:
    interpreted = search(user)["interpreted"]

    assert not any(interpreted.values())


@pytest.mark.parametrize("arm", ["tail", "index"])
def test_what_is_disputed_says_so_and_comes_later(user: User, arm: Arm) -> None:
    (older,) = store(user, chat("A renewal", title="older", occurred_at=AGES_AGO))
    (newer,) = store(user, chat("A renewal", title="newer"))
    settling(arm)()
    before = titles(search(user, "renewal"))
    remark = {"kind": "dispute", "body": "Not so"}
    assert Api(user).post(f"memory/{newer}/annotations", remark).status_code == 201
    settling(arm)()

    by_words = search(user, "renewal", explain=True)["results"]
    by_time = search(user)["results"]

    assert before == ["newer", "older"]
    assert [each["memory"]["id"] for each in by_words] == [older, newer]
    assert [each["disputed"] for each in by_words] == [False, True]
    assert {"name": "disputed", "factor": 0.8} in by_words[1]["adjustments"]
    assert [each["disputed"] for each in by_time] == [True, False]


def test_what_is_confirmed_again_is_disputed_no_more(
    user: User, settle: Settle
) -> None:
    (memory_id,) = store(user, chat("The renewal"))
    for kind in ("dispute", "confirm", "note"):
        remark = {"kind": kind, "body": "About this"}
        Api(user).post(f"memory/{memory_id}/annotations", remark)
    settle()

    (result,) = search(user, "renewal")["results"]

    assert result["disputed"] is False


def test_what_was_replaced_comes_behind_what_replaced_it(
    user: User, settle: Settle
) -> None:
    (old,) = store(user, decision("Renewal renewal: the discount", title="old"))
    (new,) = store(
        user, decision("No renewal", title="new", content={"supersedes": old})
    )
    settle()

    newer, older = search(user, "renewal discount", explain=True)["results"]
    by_time = search(user)["results"]

    assert (newer["memory"]["title"], older["memory"]["title"]) == ("new", "old")
    assert (newer["superseded"], newer["superseded_by"]) == (False, None)
    assert (older["superseded"], older["superseded_by"]) == (True, new)
    assert {"name": "superseded", "factor": 0.6} in older["adjustments"]
    assert [each["superseded_by"] for each in by_time] == [None, new]
    assert [each["superseded"] for each in by_time] == [False, True]


def test_of_several_replacements_the_newest_is_told(user: User, settle: Settle) -> None:
    one, other = store(user, decision("Renewal A"), decision("Renewal B"))
    days = [("2026-02-01", one), ("2026-03-01", one), ("2026-01-01", one)]
    replacing = [
        decision(
            "No renewal", content={"supersedes": older}, occurred_at=f"{day}T00:00Z"
        )
        for day, older in [*days, ("2026-01-01", other)]
    ]
    _, newest, _, of_other = store(user, *replacing)
    settle()

    results = search(user, "renewal")["results"]

    told = {each["memory"]["id"]: each["superseded_by"] for each in results}
    assert (told[one], told[other]) == (newest, of_other)


def test_what_replaced_something_and_is_gone_or_changed_replaces_it_no_more(
    user: User, settle: Settle
) -> None:
    one, other, third = store(user, *(decision(f"Renewal {each}") for each in "ABC"))
    gone, changed, rejected = store(
        user,
        *(
            decision("No renewal", content={"supersedes": older})
            for older in (one, other, third)
        ),
    )
    settle()
    before = search(user, "renewal")["results"]

    forget(user, gone)
    amend(user, changed, content={"decision": "No renewal"})
    refused = {"decision": "No renewal", "supersedes": third, "status": "rejected"}
    amend(user, rejected, content=refused)
    at_once = search(user, "renewal")["results"]
    settle()
    later = search(user, "renewal")["results"]

    assert sum(each["superseded"] for each in before) == 3
    assert sum(each["superseded"] for each in at_once) == 0
    assert sum(each["superseded"] for each in later) == 0


def test_what_a_rejected_decision_would_replace_still_holds(
    user: User, settle: Settle
) -> None:
    (old,) = store(user, decision("The renewal", title="old"))
    rejected = {"supersedes": old, "status": "rejected"}
    store(user, decision("A renewal too", title="new", content=rejected))
    settle()

    results = search(user, "renewal")["results"]

    assert [one["superseded"] for one in results] == [False, False]


def test_a_replacement_that_the_asker_may_not_see_is_not_told(
    ceo: User, user: User, settle: Settle
) -> None:
    (old,) = store(ceo, decision("The renewal", owner=user.email))
    store(ceo, decision("No renewal", content={"supersedes": old}))
    settle()

    (result,) = search(user, "renewal")["results"]

    assert (result["superseded"], result["superseded_by"]) == (False, None)


@pytest.mark.parametrize("query", ["renewal", ""])
def test_a_total_is_exact_up_to_a_limit(
    user: User, settle: Settle, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(engine, "DEEPEST", 3)
    store(user, *(chat(f"Renewal {number}") for number in range(3)))
    settle()
    exact = search(user, query, limit=1)
    store(user, chat("Renewal 3"))

    more = search(user, query, limit=1)

    assert (exact["total"], exact["total_is_exact"]) == (3, True)
    assert (more["total"], more["total_is_exact"]) == (3, False)


def test_a_ranking_can_be_paged_beyond_what_was_weighed_first(
    user: User, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DEPTH", 4)
    stored = store(user, *(chat(f"Renewal {number}") for number in range(15)))
    settle()

    found = pages(user, "renewal", limit=3)

    assert sorted(ids(found)) == sorted(stored)
    assert {page["total"] for page in found} == {15}
    assert [len(page["results"]) for page in found] == [3] * 5


def test_a_page_may_be_longer_than_what_was_weighed_first(
    user: User, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DEPTH", 4)
    stored = store(user, *(chat(f"Renewal {number}") for number in range(15)))
    settle()

    found = pages(user, "renewal", limit=20)

    assert sorted(ids(found)) == sorted(stored)
    assert len(found) == 1


@pytest.mark.parametrize("sort", ["newest", "oldest"])
@pytest.mark.parametrize("query", ["renewal", ""])
def test_pages_by_time_hold_every_row_once_though_all_happened_at_once(
    user: User, settle: Settle, query: str, sort: str
) -> None:
    at_once = [chat("Renewal", occurred_at="2026-01-02T00:00:00Z")] * 11
    around = [
        chat("Renewal", occurred_at="2026-01-01T00:00:00Z"),
        chat("Renewal", occurred_at="2026-01-03T00:00:00Z"),
    ]
    stored = store(user, *at_once, *around)
    settle()

    found = pages(user, query, sort=sort, limit=4)

    times = [
        result["memory"]["occurred_at"] for page in found for result in page["results"]
    ]
    assert sorted(ids(found)) == sorted(stored)
    assert times == sorted(times, reverse=sort == "newest")
    assert {page["total"] for page in found} == {13}


def test_pages_by_time_go_on_from_the_tail_into_the_index(user: User) -> None:
    stored = store(user, *(chat(f"Renewal {number}") for number in range(5)))
    catch_up()
    stored += store(user, *(chat(f"Renewal {number}") for number in range(5, 10)))

    found = pages(user, "renewal", sort="oldest", limit=3)

    assert ids(found) == stored


def test_a_ranking_holds_what_is_on_the_tail_and_in_the_index_once(
    user: User,
) -> None:
    stored = store(user, *(chat(f"Renewal {number}") for number in range(4)))
    catch_up()
    amend(user, stored[0], content={"message": "Renewal again"})
    forget(user, stored[1])
    stored += store(user, chat("Renewal too"))

    answer = search(user, "renewal")

    assert sorted(ids([answer])) == sorted({*stored} - {stored[1]})
    assert answer["total"] == 4


def test_facets_count_all_that_fits(user: User) -> None:
    store(
        user,
        chat("A renewal", tags=["Risk", "q1"], source="slack"),
        event("The renewal call", customer="Acme Corp", tags=["Risk"]),
        event("Another renewal call", customer="Globex"),
        chat("Lunch", tags=["food"]),
    )

    for arm in ("tail", "index"):
        settling(arm)()
        facets = search(user, "renewal", facets=True, limit=1)["facets"]

        month = facets.pop("month")
        assert {name: pairs(each) for name, each in facets.items()} == {
            "type": [("event", 2), ("chat", 1)],
            "source": [("api", 2), ("slack", 1)],
            "tag": [("Risk", 2), ("q1", 1)],
            "customer": [("Acme Corp", 1), ("Globex", 1)],
            "owner": [(user.email, 3)],
        }, arm
        assert [each["count"] for each in month] == [3]


def test_facets_count_by_month(user: User, settle: Settle) -> None:
    store(
        user,
        chat("One", occurred_at="2026-01-31T23:59:59Z"),
        chat("Two", occurred_at="2026-02-01T00:00:00Z"),
        chat("Three", occurred_at="2026-02-28T00:00:00Z"),
    )
    settle()

    if not by_postgresql(user):
        facets = search(user, facets=True)["facets"]
        assert pairs(facets["month"]) == [("2026-02", 2), ("2026-01", 1)]


def test_facets_count_what_the_tail_and_the_index_have_once(user: User) -> None:
    changed, gone, _ = store(
        user,
        chat("Renewal", tags=["old"]),
        chat("Renewal", tags=["old"]),
        chat("Renewal", tags=["kept"]),
    )
    catch_up()
    amend(user, changed, tags=["new"])
    forget(user, gone)
    store(user, chat("Renewal", tags=["kept"]))

    answer = search(user, "renewal", facets=True)

    assert pairs(answer["facets"]["tag"]) == [("kept", 2), ("new", 1)]
    assert pairs(answer["facets"]["type"]) == [("chat", answer["total"])]


def test_facets_keep_to_the_filters(user: User) -> None:
    store(user, chat("Renewal", tags=["a"]), chat("Renewal", tags=["b"]))
    catch_up()

    answer = search(user, "-tag:a type:chat", facets=True)

    assert pairs(answer["facets"]["tag"]) == [("b", 1)]


def test_facets_count_only_what_the_asker_may_see(
    user: User, outsider: User, ceo: User
) -> None:
    store(user, chat("Renewal", tags=["secret"]))
    store(outsider, chat("Renewal", tags=["own"]))

    for arm in ("tail", "index"):
        settling(arm)()
        facets = search(outsider, "renewal", facets=True)["facets"]
        assert pairs(facets["tag"]) == [("own", 1)]
        assert pairs(facets["owner"]) == [(outsider.email, 1)]
        everything = search(ceo, "renewal", facets=True)["facets"]
        assert pairs(everything["tag"]) == [("own", 1), ("secret", 1)]


def test_facets_are_not_there_unasked_and_while_postgresql_answers(
    user: User,
) -> None:
    assert "facets" not in search(user, "renewal")
    lose_the_index()

    answer = search(user, "renewal", facets=True)

    assert "facets" not in answer
    assert any("without facets" in note for note in answer["interpreted"]["notes"])


def test_booleans_can_be_asked_for_in_the_address(user: User) -> None:
    store(user, chat("The renewal"))

    answer = Api(user).get(
        "memory/search", {"query": "renewal", "facets": "true", "explain": "true"}
    )

    assert answer.status_code == 200
    assert answer.json()["facets"]
    assert answer.json()["results"][0]["why"]


def test_an_outage_of_meaning_leaves_words(
    user: User, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "embedder", lambda: None)
    store(user, chat("The renewal"))
    settle()

    answer = search(user, "renewal", mode="semantic")

    assert titles(answer) == ["The renewal"]
    assert answer["mode"] == "lexical"
    assert any("words alone" in note for note in answer["interpreted"]["notes"])


def by_postgresql(user: User) -> bool:
    notes = search(user)["interpreted"]["notes"]
    return any("PostgreSQL answered" in note for note in notes)


def pairs(values: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(each["value"], each["count"]) for each in values]


def ids(found: list[Any]) -> list[str]:
    return [result["memory"]["id"] for page in found for result in page["results"]]


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
    catch_up()
    api = Api(user)

    with django_assert_max_num_queries(15):
        api.get("memory/search", {"query": "renewal", "limit": "50"})


def test_what_is_counted_no_further_is_what_a_word_finds(
    ceo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MANY", 3)
    monkeypatch.setattr(engine, "DEEPEST", 2)
    store(ceo, *[chat("We meet")] * 4, chat("Two meetings"))
    catch_up()

    word, prefix = (search(ceo, text, mode="lexical") for text in ("meet", "meetin*"))

    assert (word["total"], word["total_is_exact"]) == (2, False)
    assert (prefix["total"], prefix["total_is_exact"]) == (1, True)


def test_a_word_that_very_many_have_is_lent_to_nobody(
    ceo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [
        {"type": "chat", "content": {"message": text, "session_id": "standup"}}
        for text in ("Quite so", "The kangaroo is late")
    ]
    store(ceo, *turns, chat("Another kangaroo"))
    catch_up()
    rare = search(ceo, "kangaroo", mode="lexical")["total"]
    monkeypatch.setattr(snapshot, "WIDESPREAD", 1)

    widespread = search(ceo, "kangaroo", mode="lexical")["total"]

    assert (rare, widespread) == (3, 2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *(("ENG-12*", {"ticket"}), ("eng-1*", {"ticket"}), ("ENG-13*", set())),
        *(("#pric*", {"model", "other"}), ("(pric*)", {"model", "other"})),
        *(("pricing_mod*", {"model"}), ("pricing_modellin*", set())),
        *(("beta-pric*", set()), ("-ENG-12*", {"model", "other"})),
        *(("-pric* eng", {"ticket"}), ("engineer*", {"other"})),
    ],
)
def test_finds_what_begins_so_after_what_stands_before_it(
    user: User, settle: Settle, query: str, expected: set[str]
) -> None:
    store(
        user,
        chat("ENG 1234 fails", title="ticket"),
        chat("An old pricing_models table", title="model"),
        chat("An engineer, 12 years old, asks for a price", title="other"),
    )
    settle()

    assert set(titles(search(user, query, mode="lexical"))) == expected


def test_typographic_quotes_and_a_side_of_a_stretch_are_understood(
    user: User, settle: Settle
) -> None:
    store(
        user,
        event("A fixed price", customer="Acme Corp", title="old", occurred_at=AGES_AGO),
        event("A fixed price", customer="Acme Corp", title="fresh"),
        event("A price, fixed", customer="Acme", title="other", occurred_at=AGES_AGO),
    )
    settle()

    query = "before:last 30 days customer:“Acme Corp” „fixed price”"

    assert titles(search(user, query)) == ["old"]
