"""What is said just before and after finds a chat too, as far as it may be read.

What is new lends its words, and is lent words, once it is indexed. What is taken away
lends none from the next request on: such tests run before and after it is indexed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from accounts.models import User
from memories.models import Memory
from tests.conftest import Api
from tests.memories.search.asking import (
    Arm,
    amend,
    catch_up,
    forget,
    search,
    settling,
    store,
    titles,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


@pytest.fixture(params=["tail", "index"])
def arm(request: pytest.FixtureRequest) -> Arm:
    arm: Arm = request.param
    return arm


def turn(
    number: int, message: str, *, session: str = "standup", **fields: Any
) -> dict[str, Any]:
    """Return one turn of a conversation; its title says nothing of its words."""
    return {
        "type": "chat",
        "title": f"turn {number}",
        "content": {"message": message, "session_id": session},
        "source": "slack",
        "occurred_at": f"2026-01-01T10:{number:02}:00Z",
        **fields,
    }


def share(by: User, memory_id: str, person: User) -> None:
    body = {"user": person.email, "can": "view"}
    assert Api(by).post(f"memory/{memory_id}/shares", body).status_code == 201


def unshare(by: User, memory_id: str, person: User) -> None:
    api = Api(by)
    answer = api.client.delete(
        f"/api/v1/memory/{memory_id}/shares",
        {"user": person.email},
        content_type="application/json",
        headers=api.headers,
    )
    assert answer.status_code == 204, answer.content


LENT: Mapping[Arm, Sequence[str]] = {
    "tail": ["turn 2"],
    "index": ["turn 1", "turn 2"],
}
"""Who is found by the words of turn 2, when both are new and when both are indexed."""


def found(user: User, query: str) -> list[str]:
    """Return what the words of a query find, and not what comes along with it."""
    results = search(user, query, mode="lexical", explain=True)["results"]
    return sorted(
        each["memory"]["title"]
        for each in results
        if {why["arm"] for why in each["why"]} & {"lexical", "tail"}
    )


def test_a_chat_is_found_by_the_words_of_two_before_and_two_after(user: User) -> None:
    store(user, *(turn(number, "Quite so") for number in (1, 2, 3, 5, 6, 7)))
    store(user, turn(4, "The kangaroo is late"))
    catch_up()

    assert found(user, "kangaroo") == ["turn 2", "turn 3", "turn 4", "turn 5", "turn 6"]


def test_the_one_that_says_it_comes_first(user: User, arm: Arm) -> None:
    store(user, turn(1, "Oh"), turn(2, "The kangaroo is late"), turn(3, "I see"))
    settling(arm)()

    results = search(user, "kangaroo", mode="lexical")["results"]

    first, *others = results
    assert first["memory"]["title"] == "turn 2"
    assert all(each["score"] < first["score"] for each in others)


@pytest.mark.parametrize(
    "other",
    [
        turn(2, "Quite so", session="another"),
        turn(2, "Quite so", source="teams"),
        {**turn(2, "Quite so"), "content": {"message": "Quite so"}},
    ],
)
def test_another_conversation_or_another_source_lends_no_words(
    user: User, arm: Arm, other: Any
) -> None:
    store(user, turn(1, "The kangaroo is late"), other)
    settling(arm)()

    assert found(user, "kangaroo") == ["turn 1"]


@pytest.mark.parametrize("query", ['"kangaroo is late"', "zebra -kangaroo", "kangar*"])
def test_phrases_negations_and_prefixes_look_at_its_own_words_alone(
    user: User, arm: Arm, query: str
) -> None:
    store(user, turn(1, "The kangaroo is late"), turn(2, "A zebra"))
    settling(arm)()

    expected = ["turn 2"] if "-" in query else ["turn 1"]
    assert found(user, query) == expected


def test_one_that_arrives_late_lends_its_words_once_it_is_indexed(user: User) -> None:
    store(user, turn(1, "Quite so"), turn(3, "Indeed"))
    catch_up()
    assert found(user, "kangaroo") == []

    store(user, turn(2, "The kangaroo is late"))
    assert found(user, "kangaroo") == ["turn 2"]
    catch_up()

    assert found(user, "kangaroo") == ["turn 1", "turn 2", "turn 3"]


def test_one_that_arrives_late_is_lent_words_once_it_is_indexed(user: User) -> None:
    store(user, turn(2, "The kangaroo is late"))
    catch_up()

    store(user, turn(1, "Quite so"), turn(3, "Indeed"))
    assert found(user, "kangaroo") == ["turn 2"]
    catch_up()

    assert found(user, "kangaroo") == ["turn 1", "turn 2", "turn 3"]


def test_one_that_arrives_late_takes_the_place_of_another(user: User) -> None:
    store(user, turn(1, "The kangaroo is late"), turn(2, "Oh"), turn(4, "Indeed"))
    catch_up()
    assert found(user, "kangaroo") == ["turn 1", "turn 2", "turn 4"]

    store(user, turn(3, "I see"))
    catch_up()

    assert found(user, "kangaroo") == ["turn 1", "turn 2", "turn 3"]


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_was_amended_lends_its_new_words_alone(
    user: User, arm: Arm, before: Arm
) -> None:
    _, said = store(user, turn(1, "Quite so"), turn(2, "The kangaroo is late"))
    settling(before)()
    assert found(user, "kangaroo") == LENT[before]

    amend(user, said, content={"message": "The zebra", "session_id": "standup"})
    settling(arm)()

    assert found(user, "kangaroo") == []
    assert found(user, "zebra") == ["turn 1", "turn 2"]


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_was_deleted_lends_no_words(user: User, arm: Arm, before: Arm) -> None:
    _, said = store(user, turn(1, "Quite so"), turn(2, "The kangaroo is late"))
    settling(before)()
    assert found(user, "kangaroo") == LENT[before]

    forget(user, said)
    settling(arm)()

    assert found(user, "kangaroo") == []
    assert search(user, "kangaroo")["total"] == 0


def test_one_that_was_deleted_lends_no_words_to_one_that_came_after_it(
    user: User, arm: Arm
) -> None:
    (said,) = store(user, turn(2, "The kangaroo is late"))
    catch_up()
    store(user, turn(1, "Quite so"))
    assert found(user, "kangaroo") == ["turn 2"]

    forget(user, said)
    settling(arm)()

    assert found(user, "kangaroo") == []


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_is_gone_lets_the_next_lend_its_words(
    user: User, arm: Arm, before: Arm
) -> None:
    _, _, between, _ = store(
        user,
        turn(1, "The kangaroo is late"),
        turn(2, "Oh"),
        turn(3, "I see"),
        turn(4, "Indeed"),
    )
    settling(before)()
    assert "turn 1" in found(user, "kangaroo")

    forget(user, between)
    settling(arm)()
    assert "turn 3" not in found(user, "kangaroo")
    catch_up()

    assert found(user, "kangaroo") == ["turn 1", "turn 2", "turn 4"]


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_went_to_another_conversation_lends_its_words_there(
    user: User, arm: Arm, before: Arm
) -> None:
    _, said, _ = store(
        user,
        turn(1, "Quite so"),
        turn(2, "The kangaroo is late"),
        turn(3, "Hello", session="another"),
    )
    settling(before)()
    assert found(user, "kangaroo") == LENT[before]

    moved = {"message": "The kangaroo is late", "session_id": "another"}
    amend(user, said, content=moved)
    settling(arm)()

    assert found(user, "kangaroo") == ["turn 2", "turn 3"]


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_was_put_at_another_time_lends_its_words_there(
    user: User, arm: Arm, before: Arm
) -> None:
    said, *_ = store(
        user,
        turn(1, "The kangaroo is late"),
        *(turn(number, "Quite so") for number in (2, 3, 4, 5, 6)),
    )
    settling(before)()
    assert "turn 1" in found(user, "kangaroo")

    amend(user, said, occurred_at="2026-01-01T10:30:00Z")
    settling(arm)()

    assert found(user, "kangaroo") == ["turn 1", "turn 5", "turn 6"]


def test_one_that_the_reader_may_not_see_lends_words_to_who_sees_all(
    user: User, outsider: User, ceo: User, manager: User, arm: Arm
) -> None:
    store(user, turn(1, "Quite so"))
    store(outsider, turn(2, "The kangaroo is late"))
    settling(arm)()

    assert found(user, "kangaroo") == []
    assert found(outsider, "kangaroo") == ["turn 2"]
    assert found(ceo, "kangaroo") == LENT[arm]
    assert found(manager, "kangaroo") == LENT[arm]


def test_one_that_the_reader_may_not_see_comes_not_along(
    user: User, outsider: User, arm: Arm
) -> None:
    store(user, turn(1, "Quite so"))
    store(outsider, turn(2, "The kangaroo is late"))
    settling(arm)()

    answer = search(user, "quite", facets=True)

    assert titles(answer) == ["turn 1"]
    assert answer["total"] == 1
    assert [each["count"] for each in answer["facets"]["type"]] == [1]


def test_one_that_the_reader_may_not_see_keeps_no_other_from_coming_along(
    user: User, outsider: User, arm: Arm
) -> None:
    store(user, turn(1, "The kangaroo is late"), turn(9, "Quite so"))
    store(outsider, *(turn(number, "Secret") for number in (2, 3, 4)))
    settling(arm)()

    answer = search(user, "kangaroo")

    assert titles(answer) == ["turn 1", "turn 9"]
    assert answer["total"] == 2


def test_words_are_lent_where_all_who_read_the_one_read_the_other(
    user: User, outsider: User, arm: Arm
) -> None:
    quite, said = store(user, turn(1, "Quite so"), turn(2, "The kangaroo is late"))
    share(user, quite, outsider)
    settling(arm)()
    assert found(outsider, "kangaroo") == []

    share(user, said, outsider)
    settling(arm)()

    assert found(outsider, "kangaroo") == ["turn 1", "turn 2"]


@pytest.mark.parametrize("before", ["tail", "index"])
def test_one_that_is_shared_no_more_lends_no_words_from_then_on(
    user: User, outsider: User, arm: Arm, before: Arm
) -> None:
    quite, said = store(user, turn(1, "Quite so"), turn(2, "The kangaroo is late"))
    share(user, quite, outsider)
    share(user, said, outsider)
    settling(before)()
    assert found(outsider, "kangaroo") == LENT[before]

    unshare(user, said, outsider)
    settling(arm)()

    assert found(outsider, "kangaroo") == []
    assert search(outsider, "kangaroo")["total"] == 0


def test_words_of_others_are_not_put_right_or_suggested(
    user: User, outsider: User, arm: Arm
) -> None:
    store(user, turn(1, "Quite so"))
    store(outsider, turn(2, "The kangaroo is late"))
    settling(arm)()

    suggested = Api(user).get("memory/suggest", {"q": "kanga"}).json()["suggestions"]

    assert suggested == []
    assert search(user, "kangaro")["interpreted"]["corrected"] == {}


def test_what_is_around_the_best_result_comes_along(user: User, arm: Arm) -> None:
    store(user, *(turn(number, "Quite so") for number in (1, 2, 3, 4, 6, 7, 8, 9)))
    store(user, turn(5, "The kangaroo is late"))
    settling(arm)()

    answer = search(user, "kangaroo", explain=True)

    company = [
        each["memory"]["title"]
        for each in answer["results"]
        if "company" in {why["arm"] for why in each["why"]}
    ]
    assert sorted(company) == [f"turn {number}" for number in (2, 3, 4, 6, 7, 8)]
    assert answer["total"] == len(answer["results"]) == 7


def test_what_comes_along_passes_the_filters(user: User, arm: Arm) -> None:
    store(
        user,
        turn(1, "The kangaroo is late"),
        turn(2, "Quite so", tags=["x"]),
        turn(3, "Indeed"),
    )
    settling(arm)()

    assert sorted(titles(search(user, "kangaroo -tag:x"))) == ["turn 1", "turn 3"]
    assert titles(search(user, "kangaroo before:2026-01-01T10:02:00Z")) == ["turn 1"]
    assert titles(search(user, '"kangaroo"')) == ["turn 1"]


@pytest.mark.parametrize("who", ["ceo", "user"])
def test_a_turn_that_has_expired_lends_no_words(
    request: pytest.FixtureRequest, user: User, who: str
) -> None:
    somebody: User = request.getfixturevalue(who)
    turns = (turn(1, "Quite so"), turn(2, "The kangaroo is late"), turn(3, "Oh dear"))
    store(user, *turns, turn(4, "The wombat is early"))
    catch_up()
    assert found(somebody, "kangaroo") == ["turn 1", "turn 2", "turn 3", "turn 4"]

    late = Memory.objects.filter(title="turn 2")
    late.update(expires_at="2026-01-02T00:00:00Z")

    assert found(somebody, "kangaroo") == []
    assert search(somebody, "kangaroo", mode="lexical")["total"] == 0
    # It is not in the way either: what stood behind it lends its words in its place.
    assert found(somebody, "wombat") == ["turn 1", "turn 3", "turn 4"]


def test_nor_does_one_that_expired_before_it_was_indexed(user: User) -> None:
    store(user, turn(1, "Quite so"), turn(2, "The kangaroo is late"))
    Memory.objects.filter(title="turn 2").update(expires_at="2026-01-02T00:00:00Z")
    assert found(user, "kangaroo") == []

    catch_up()

    assert found(user, "kangaroo") == []
