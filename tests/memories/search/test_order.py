"""Which of several results comes first, where words alone do not say."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from memories.search import engine
from tests.memories.search.asking import catch_up, chat, search, store, titles

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]

BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


def day(number: int) -> str:
    return (BEGAN + timedelta(days=number)).isoformat()


def tell_daily(teller: User, text: str) -> None:
    """Tell the same on several days, and index each day's before the next."""
    for number in range(12):
        store(teller, chat(f"{text} {number}", occurred_at=day(number)))
        catch_up()


@pytest.mark.parametrize(
    ("who", "query"),
    [
        *(("user", text) for text in ("renewal", '"the renewal"', "the-renewal")),
        *(("ceo", text) for text in ('"the renewal"', "the-renewal")),
        *(("user", "rene*"), ("ceo", "rene*")),
    ],
)
def test_of_equals_the_newest_are_found(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    query: str,
) -> None:
    somebody: User = request.getfixturevalue(who)
    monkeypatch.setattr(engine, "DEPTH", 3)
    tell_daily(somebody, "The renewal")

    found = titles(search(somebody, query, mode="lexical", limit=3))

    assert found == ["The renewal 11", "The renewal 10", "The renewal 9"]


def test_a_given_title_weighs_more_than_a_text(user: User, ceo: User) -> None:
    store(
        user,
        chat("Lunch is at one", title="About the renewal", occurred_at=day(0)),
        chat("The renewal is at risk", occurred_at=day(1)),
    )
    catch_up()

    for somebody in (user, ceo):
        found = titles(search(somebody, "renewal", mode="lexical"))
        assert found == ["About the renewal", "The renewal is at risk"]


def test_a_title_that_was_taken_from_the_text_weighs_nothing(user: User) -> None:
    long = "The renewal of the contract " + "that was signed a year ago " * 5
    store(user, chat(long), chat(f"Today: {long}", title="Today"))
    catch_up()

    results = search(user, "renewal", mode="lexical", explain=True)["results"]

    scores = {arm["score"] for result in results for arm in result["why"]}
    assert len(results) == 2
    assert len(scores) == 1
