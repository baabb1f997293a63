"""A memory is found alike before and after it is indexed."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from memories.models import Memory
from tests.conftest import Api
from tests.memories.search.asking import (
    catch_up,
    chat,
    decision,
    event,
    store,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]

QUERIES = [
    *("renewal", "renewals renewing", "RENEWAL risk", "risk discount", "nothing"),
    *('"at risk"', '"risk at"', '"the renewal is at risk"', '"acme corp"', '"is at"'),
    *('"renewal lunch"', '"lunch"', '"café au lait"', '"CAFE AU"', "cafe", "au-lait"),
    *("rene*", "RENE*", "caf*", "r*", "zz*", "acm* -rene*", "pricing_mod*"),
    *("eng-12*", "ENG-1*", "#retr*", "eng-2*", "acme.exam*", "v2.3*", "v2.1*", "o'ne*"),
    *("-eng-12*", "renewal* -risk", "mode* pricing_modellin*", "café-a*", "12-eng*"),
    *("renewal -risk", "-renewal", "-renewal -lunch", '-"at risk"', "-zz", "-caf*"),
    *("eng-1234", "ENG 1234", "1234", "pricing_model.xlsx", "xlsx", "acme.example"),
    *("https://acme.example/x", "v2.3.1", "#retro", "o'neil", "it's", "naïve"),
    *("tag:zoo", "tag:ZOO", "-tag:zoo", "tag:zoo tag:risk", "zoo", "needs-work"),
    *('tag:"needs work"', 'customer:"acme corp"', "customer:acme", "-customer:globex"),
    *("type:chat", "type:event type:decision", "-type:chat risk", "source:slack"),
    *("-source:slack renewal", "owner:me", "-owner:me", "owner:USER@example.com"),
    *("after:2026-02-01", "before:2026-02-01", "after:2026-01-15 before:2026-01-15"),
    *("after:2026-01-15 before:2026-01-16", "remarkable", '"quite remarkable"'),
    *("remark*", "-remarkable", "the", "what is the", "the renewal", "globex risk"),
    *("kangaroo", "kangaroo zebra", "zebra -kangaroo", "kang*", '"a kangaroo"', ""),
    *("⑴", "½", "İstanbul", "istanbul", "straße", "strasse", "日本語", "😀", "x" * 90),
]


def turn(number: int, message: str) -> dict[str, Any]:
    return {
        "type": "chat",
        "content": {"message": message, "session_id": "standup"},
        "source": "slack",
        "occurred_at": f"2026-03-01T10:0{number}:00Z",
    }


@pytest.fixture
def stored(user: User, outsider: User) -> list[str]:
    mine = store(
        user,
        chat("The renewal is at risk", occurred_at="2026-01-15T00:00:00Z"),
        chat("Renewals: lunch, café au lait, naïve", tags=["Zoo", "risk"]),
        chat("See https://acme.example/x/pricing_model.xlsx v2.3.1 #retro it's O'Neil"),
        event("ENG-1234 fails", customer="Acme Corp", tags=["needs work", "zoo"]),
        event("A discount for Globex", customer="Globex", source="slack"),
        decision("Accept the risk", tags=["risk"], title="Renewal"),
        chat("⑴ ½ İstanbul Straße 日本語 😀 " + "x" * 90),
        turn(1, "Quite so"),
        turn(2, "A kangaroo and a zebra"),
        turn(3, "I see a zebra"),
    )
    others = store(outsider, chat("Secret renewal at risk"), turn(4, "Secret kangaroo"))
    remark = {"kind": "dispute", "body": "Quite remarkable"}
    assert Api(user).post(f"memory/{mine[0]}/annotations", remark).status_code == 201
    return mine + others


def everything(user: User) -> dict[str, Any]:
    """Return what each query finds, and how it was counted."""
    api = Api(user)
    asked = {"facets": True, "mode": "lexical", "limit": 50}
    return {
        query: seen(api.post("memory/search", {"query": query, **asked}).json())
        for query in QUERIES
    }


def seen(answer: Any) -> Any:
    flags = {
        each["memory"]["id"]: (each["disputed"], each["superseded"], each["snippet"])
        for each in answer["results"]
    }
    return flags, answer["total"], answer["facets"], answer["interpreted"]["corrected"]


@pytest.mark.parametrize("who", ["user", "outsider", "ceo"])
@pytest.mark.usefixtures("stored")
def test_every_query_finds_the_same(who: str, request: pytest.FixtureRequest) -> None:
    reader: User = request.getfixturevalue(who)
    on_the_tail = everything(reader)

    catch_up()

    in_the_index = everything(reader)
    different = {
        query: (each, in_the_index[query])
        for query, each in on_the_tail.items()
        if each != in_the_index[query]
    }
    assert different == {}
    assert sum(bool(flags) for flags, *_ in on_the_tail.values()) > 20


@pytest.mark.parametrize("indexed", [False, True])
def test_what_expired_sooner_than_it_was_to_is_counted_no_more(
    indexed: bool, user: User
) -> None:
    store(user, chat("A kangaroo"))
    if indexed:
        catch_up()
    asked = {"query": "kangaroo", "facets": True}
    assert Api(user).post("memory/search", asked).json()["total"] == 1
    Memory.objects.update(expires_at=timezone.now())

    answer = Api(user).post("memory/search", asked).json()

    assert (answer["results"], answer["total"]) == ([], 0)
    assert answer["facets"]["type"] == []
