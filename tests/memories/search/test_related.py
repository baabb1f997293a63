"""GET /memory/{id}/related: what is like a memory."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from audit.models import Record
from tests.conftest import Api
from tests.memories.search.asking import (
    Arm,
    catch_up,
    chat,
    decision,
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


@pytest.fixture(params=["tail", "index", "postgres"])
def arm(request: pytest.FixtureRequest) -> Arm:
    arm: Arm = request.param
    return arm


def related(user: User, memory_id: str, **fields: Any) -> list[dict[str, Any]]:
    answer = Api(user).get(f"memory/{memory_id}/related", fields)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["related"]
    return found


def titles(found: list[dict[str, Any]]) -> list[str]:
    return [each["memory"]["title"] for each in found]


def test_it_works(user: User, arm: Arm) -> None:
    one, _, _ = store(
        user,
        chat("The kangaroo jumped the fence"),
        chat("A fence against every kangaroo", title="alike"),
        chat("Lunch is at one", title="other"),
    )
    settling(arm)()

    (found,) = related(user, one)

    assert found["memory"]["title"] == "alike"
    assert found["score"] > 0
    assert found["shared"] == ["words"]


def test_outsider_cannot(user: User, outsider: User, arm: Arm) -> None:
    (one,) = store(user, chat("The kangaroo"))
    settling(arm)()

    for memory_id in (one, str(uuid4())):
        answer = Api(outsider).get(f"memory/{memory_id}/related")
        assert answer.status_code == 404
    assert Api(None).get(f"memory/{one}/related").status_code == 401


def test_only_what_the_asker_may_see_is_related(
    user: User, outsider: User, ceo: User, arm: Arm
) -> None:
    (one,) = store(user, event("The kangaroo", customer="Acme", tags=["zoo"]))
    store(
        outsider,
        event("Another kangaroo", customer="Acme", tags=["zoo"], title="other"),
    )
    settling(arm)()

    assert related(user, one) == []
    assert titles(related(ceo, one)) == ["other"]


def test_it_is_never_related_to_itself(user: User, arm: Arm) -> None:
    one, two = store(user, chat("The kangaroo"), chat("The kangaroo"))
    settling(arm)()

    assert [each["memory"]["id"] for each in related(user, one)] == [two]
    assert [each["memory"]["id"] for each in related(user, two)] == [one]


def test_what_both_share_is_told(user: User, arm: Arm) -> None:
    one, _ = store(
        user,
        event("The kangaroo", customer="Acme Corp", tags=["zoo", "risk", "one"]),
        decision(
            "No kangaroo",
            content={"customer": "Acme Corp"},
            tags=["risk", "zoo", "two"],
        ),
    )
    settling(arm)()

    (found,) = related(user, one)

    assert sorted(found["shared"]) == [
        "customer:Acme Corp",
        "tag:risk",
        "tag:zoo",
        "words",
    ]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (
            event("Alpha", customer="Acme Corp"),
            event("Omega", customer="Acme Corp"),
            ["customer:Acme Corp"],
        ),
        (chat("Alpha", tags=["Zoo"]), chat("Omega", tags=["Zoo"]), ["tag:Zoo"]),
        (
            {
                **chat("Alpha"),
                "content": {"message": "Alpha", "session_id": "s"},
                "source": "slack",
            },
            {
                **chat("Omega"),
                "content": {"message": "Omega", "session_id": "s"},
                "source": "slack",
            },
            ["conversation"],
        ),
    ],
    ids=["customer", "tag", "conversation"],
)
def test_what_is_filed_under_the_same_is_related(
    user: User, one: Any, other: Any, shared: list[str]
) -> None:
    memory_id, _ = store(user, {**one, "title": "Alpha"}, {**other, "title": "Omega"})
    catch_up()

    (found,) = related(user, memory_id)

    assert found["memory"]["title"] == "Omega"
    assert set(shared) <= set(found["shared"])


def test_the_more_is_shared_the_sooner_it_comes(user: User, arm: Arm) -> None:
    one, _, _ = store(
        user,
        event("The kangaroo", customer="Acme", tags=["zoo"]),
        event("A kangaroo", title="by words"),
        event("A kangaroo", customer="Acme", tags=["zoo"], title="by all"),
    )
    settling(arm)()

    assert titles(related(user, one)) == ["by all", "by words"]


def test_there_are_at_most_as_many_as_asked_for(user: User, arm: Arm) -> None:
    one, *_ = store(user, *(chat(f"Kangaroo {number}") for number in range(15)))
    settling(arm)()

    assert len(related(user, one)) == 10
    assert len(related(user, one, limit="3")) == 3
    assert len(related(user, one, limit="100")) == 14


def test_what_was_deleted_is_not_related(user: User, arm: Arm) -> None:
    one, two = store(user, chat("The kangaroo"), chat("A kangaroo"))
    settling(arm)()

    forget(user, two)

    assert related(user, one) == []


@pytest.mark.parametrize("text", ["the", "a", "?!", "İ", "⑴ ⒈ ½", "😀", "x" * 200])
def test_a_text_with_nothing_to_look_for_has_no_words_in_common(
    user: User, arm: Arm, text: str
) -> None:
    one, _ = store(user, chat(text), chat("Something else"))
    settling(arm)()

    assert all("words" not in each["shared"] for each in related(user, one))


def test_it_goes_by_words_alone_while_postgresql_answers(user: User) -> None:
    one, _, _ = store(
        user,
        chat("The kangaroo", tags=["zoo"]),
        chat("A kangaroo", title="by words"),
        chat("Lunch", tags=["zoo"], title="filed so"),
    )
    lose_the_index()

    assert titles(related(user, one)) == ["by words"]


def test_it_is_on_record(user: User) -> None:
    one, two = store(user, chat("The kangaroo"), chat("A kangaroo"))

    related(user, one)

    record = Record.objects.get(action="related")
    assert [str(each) for each in record.memory_ids] == [one, two]
    assert record.returned == 1
