"""Putting right what is misspelt."""

from typing import Any

import pytest

from accounts.models import User
from tests.memories.search.asking import (
    Arm,
    catch_up,
    chat,
    lose_the_index,
    search,
    settling,
    store,
    titles,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


def corrected(user: User, query: str) -> Any:
    return search(user, query)["interpreted"]["corrected"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("renwal", "renewal"),
        ("ernewal", "renewal"),
        ("renewql", "renewal"),
        ("reenewal", "renewal"),
        ("RENWAL", "renewal"),
        ("negotiatoin", "negotiation"),
        ("negtiaton", "negotiation"),
        ("cafez", "cafe"),
    ],
)
def test_a_typo_is_put_right_and_told(user: User, typed: str, meant: str) -> None:
    store(user, chat("The renewal", title="it"), chat("A negotiation", title="it"))
    store(user, chat("At the café", title="it"), chat("Other talk", title="other"))
    catch_up()

    answer = search(user, typed)

    assert titles(answer) == ["it"]
    assert answer["interpreted"]["corrected"] == {typed: meant}
    assert answer["interpreted"]["words"] == [meant]
    assert answer["results"][0]["highlights"]


@pytest.mark.parametrize(
    "typed",
    [
        *("renewal", "Renewals", "renewing", "renew*", '"renwal"', "-renwal"),
        *("rsk", "ren", "renewals2025", "2026", "4711", "xyzzyqux", "rwnewql"),
        *("tag:renwal", "customer:renwal"),
    ],
)
def test_what_is_known_short_a_number_or_far_from_all_stays(
    user: User, typed: str
) -> None:
    store(user, chat("The renewal is a risk, 2025 and 4712"))
    catch_up()

    assert corrected(user, typed) == {}


def test_the_nearest_word_is_taken_and_of_those_the_most_frequent(user: User) -> None:
    store(user, chat("A planet"), chat("A planed board"), chat("Planed again"))
    catch_up()

    assert corrected(user, "planex") == {"planex": "planed"}


def test_a_word_that_begins_alike_comes_before_a_more_frequent_one(user: User) -> None:
    store(user, chat("The boat"), chat("A best"), chat("The best"))
    catch_up()

    assert corrected(user, "bost") == {"bost": "boat"}


def test_each_word_is_put_right_by_itself(user: User) -> None:
    store(user, chat("The renewal at risk of discount"))
    catch_up()

    answer = search(user, "renwal risk discuont")

    assert answer["interpreted"]["corrected"] == {
        "renwal": "renewal",
        "discuont": "discount",
    }
    assert answer["interpreted"]["words"] == ["renewal", "risk", "discount"]


def test_a_name_of_which_the_whole_is_nowhere_is_taken_apart(user: User) -> None:
    store(user, chat("The pricing of Acme", title="it"))
    catch_up()

    answer = search(user, "acme-pricing")

    assert titles(answer) == ["it"]
    assert answer["interpreted"]["corrected"] == {"acme-pricing": "acme pricing"}


def test_only_the_known_parts_of_a_name_are_asked_for(user: User) -> None:
    store(user, chat("The pricing"))
    catch_up()

    assert corrected(user, "pricing_model.xlsx") == {"pricing_model.xlsx": "pricing"}


def test_a_name_whose_whole_is_there_stays_whole(user: User) -> None:
    store(user, chat("Acme-pricing"), chat("The pricing of Acme"))
    catch_up()

    answer = search(user, "acme-pricing")

    assert titles(answer) == ["Acme-pricing"]
    assert answer["interpreted"]["corrected"] == {}


@pytest.mark.parametrize("arm", ["tail", "index"])
def test_a_word_that_the_asker_may_not_see_is_not_told(
    user: User, outsider: User, ceo: User, manager: User, arm: Arm
) -> None:
    store(user, chat("The kangaroo project"))
    store(outsider, chat("Something else"))
    catch_up()
    store(user, chat("The wallaby project"))
    settling(arm)()

    assert corrected(outsider, "kangaro") == {}
    assert corrected(outsider, "walaby") == {}
    assert corrected(outsider, "kangaroo-project") == {}
    for one in (user, ceo, manager):
        assert corrected(one, "kangaro") == {"kangaro": "kangaroo"}


def test_a_word_that_others_alone_have_is_put_right_for_who_has_not_seen_it(
    user: User, outsider: User
) -> None:
    store(user, chat("The renwal"))
    store(outsider, chat("The renewal"))
    catch_up()

    assert corrected(outsider, "renwal") == {"renwal": "renewal"}
    assert corrected(user, "renwal") == {}


def test_a_word_that_is_on_the_tail_alone_is_known(user: User) -> None:
    store(user, chat("The renewal"))
    catch_up()
    store(user, chat("The renwal"))

    assert corrected(user, "renwal") == {}
    assert titles(search(user, "renwal")) == ["The renwal"]


def test_postgresql_puts_nothing_right(user: User) -> None:
    store(user, chat("The renewal"))
    lose_the_index()

    assert corrected(user, "renwal") == {}


def test_few_fresh_words_do_not_hide_how_many_are_indexed(user: User) -> None:
    store(user, *[chat("A planet")] * 3, *[chat("A planed board")] * 2)
    catch_up()

    store(user, chat("One more planet"))

    assert corrected(user, "planex") == {"planex": "planet"}
