"""GET /memory/suggest: how the word that was begun may go on."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Record
from tests.conftest import Api
from tests.memories.search.asking import (
    Arm,
    amend,
    catch_up,
    chat,
    event,
    forget,
    lose_the_index,
    settling,
    store,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


@pytest.fixture(params=["tail", "index"])
def arm(request: pytest.FixtureRequest) -> Arm:
    arm: Arm = request.param
    return arm


def suggest(user: User, begun: str, **fields: Any) -> list[dict[str, Any]]:
    answer = Api(user).get("memory/suggest", {"q": begun, **fields})
    assert answer.status_code == 200, answer.content
    suggestions: list[dict[str, Any]] = answer.json()["suggestions"]
    return suggestions


def inserts(user: User, begun: str, **fields: Any) -> list[str]:
    return [each["insert"] for each in suggest(user, begun, **fields)]


def test_it_works(user: User, arm: Arm) -> None:
    store(user, chat("The renewal"), chat("A renewal, again a renewal"))
    settling(arm)()

    assert suggest(user, "what about the rene") == [
        {"kind": "term", "text": "renewal", "insert": "renewal", "count": 2}
    ]


def test_outsider_cannot(user: User, outsider: User, ceo: User, arm: Arm) -> None:
    store(
        user,
        event(
            "Secret renewal", customer="Acme Corp", tags=["secrecy"], source="secnet"
        ),
    )
    settling(arm)()

    for begun in ("rene", "sec", "acm", "customer:ac", "tag:", "source:", "owner:"):
        assert suggest(outsider, begun) == []
        assert suggest(user, begun) != []
        assert suggest(ceo, begun) != []


def test_counts_what_the_asker_may_see(user: User, outsider: User, arm: Arm) -> None:
    store(user, chat("Renewal", tags=["risk"]), chat("Renewal", tags=["risk"]))
    store(outsider, chat("Renewal", tags=["risk"]))
    settling(arm)()

    assert [each["count"] for each in suggest(outsider, "rene")] == [1]
    assert [each["count"] for each in suggest(outsider, "tag:ri")] == [1]
    assert [each["count"] for each in suggest(user, "tag:ri")] == [2]


def test_suggests_customers_and_tags_as_they_are_written(user: User, arm: Arm) -> None:
    store(
        user,
        event("Call", customer="Acme Corp", tags=["AcmeTag", "Needs Work"]),
        event("Call", customer="ACMEdia"),
    )
    settling(arm)()

    found = suggest(user, "Acme")

    assert {(each["kind"], each["text"], each["insert"]) for each in found} == {
        ("term", "acme", "acme"),
        ("term", "acmedia", "acmedia"),
        ("term", "acmetag", "acmetag"),
        ("customer", "Acme Corp", 'customer:"Acme Corp"'),
        ("customer", "ACMEdia", "customer:ACMEdia"),
        ("tag", "AcmeTag", "tag:AcmeTag"),
    }
    assert inserts(user, "tag:nee") == ['tag:"Needs Work"']


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ("customer:ac", ['customer:"Acme Corp"', "customer:Acmedia"]),
        ("renewal customer:AC", ['customer:"Acme Corp"', "customer:Acmedia"]),
        ('customer:"acme c', ['customer:"Acme Corp"']),
        ('"acme corp', ["corp"]),
        ("customer:", ['customer:"Acme Corp"', "customer:Acmedia"]),
        ("CUSTOMER:acmed", ["customer:Acmedia"]),
        ("-customer:acmed", ["-customer:Acmedia"]),
        ("-acmed", ["-acmedia", "-customer:Acmedia"]),
        ("tag:ur", ["tag:Urgent"]),
        ("type:e", ["type:event"]),
        ("source:lin", ["source:linear"]),
        ("owner:us", ["owner:user@example.com"]),
        ("source:ur", []),
        ("nofield:ac", []),
        ("customer:zzz", []),
    ],
)
def test_goes_on_with_a_filter(
    user: User, arm: Arm, begun: str, expected: list[str]
) -> None:
    acme = event("Call", customer="Acme Corp", tags=["Urgent"], source="linear")
    store(user, acme, acme, event("Call", customer="Acmedia"))
    settling(arm)()

    assert inserts(user, begun) == expected


def test_only_the_value_that_begins_so_is_suggested(user: User, arm: Arm) -> None:
    store(user, chat("One", tags=["risk", "other", "rise"]))
    settling(arm)()

    assert inserts(user, "tag:ris") == ["tag:rise", "tag:risk"]


def test_the_most_frequent_come_first_up_to_a_limit(user: User, arm: Arm) -> None:
    tags = [["ta", "tb"], ["tb"], ["tb", "tc"], ["tc"]]
    store(user, *(chat("One", tags=each) for each in tags))
    settling(arm)()

    assert inserts(user, "tag:t") == ["tag:tb", "tag:tc", "tag:ta"]
    assert inserts(user, "tag:t", limit="2") == ["tag:tb", "tag:tc"]


def test_words_and_filters_share_the_places(user: User, arm: Arm) -> None:
    words = " ".join(f"renew{letter}" for letter in "abcdefgh")
    store(user, chat(words, tags=[f"renew-{number}" for number in range(8)]))
    settling(arm)()

    kinds = [each["kind"] for each in suggest(user, "renew", limit="6")]

    assert len(kinds) == 6
    assert kinds.count("term") == kinds.count("tag") == 3


def test_small_and_short_words_are_not_suggested(user: User, arm: Arm) -> None:
    store(user, chat("There they went to the theatre"))
    settling(arm)()

    assert inserts(user, "the") == ["theatre"]


def test_accents_and_case_are_looked_through(user: User, arm: Arm) -> None:
    store(user, chat("Résumé of the day"))
    settling(arm)()

    assert inserts(user, "RÉS") == inserts(user, "res") == ["resume"]


def test_a_word_in_the_tail_and_the_index_is_counted_once_each(user: User) -> None:
    changed, gone, _ = store(user, *[chat("Renewal", tags=["risk"])] * 3)
    catch_up()
    store(user, chat("Renewal and renewable", tags=["risk"]))
    amend(user, changed, content={"message": "Lunch"}, tags=[])
    forget(user, gone)

    assert [(each["text"], each["count"]) for each in suggest(user, "renew")] == [
        ("renewal", 2),
        ("renewable", 1),
    ]
    assert [each["count"] for each in suggest(user, "tag:risk")] == [2]


@pytest.mark.parametrize("begun", ["", "   ", "renewal ", "-", '"', ":", "?!", "zzz"])
def test_nothing_begun_is_nothing_suggested(user: User, arm: Arm, begun: str) -> None:
    store(user, chat("The renewal"))
    settling(arm)()

    assert suggest(user, begun) == []


def test_there_are_none_while_postgresql_answers(user: User) -> None:
    store(user, chat("The renewal"))
    lose_the_index()

    assert suggest(user, "rene") == []


def test_it_is_on_record_without_its_words(user: User) -> None:
    suggest(user, "rene")

    record = Record.objects.get(action="suggest")
    assert (record.returned, len(record.query_digest)) == (0, 64)


def test_it_needs_somebody(db: None) -> None:
    assert Api(None).get("memory/suggest", {"q": "rene"}).status_code == 401
