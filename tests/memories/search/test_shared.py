"""Search is right at the next request after each step of a memory's life.

Each test runs on the tail alone, with the index brought up after each step, and by
PostgreSQL.
"""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from memories import mediator
from memories.schemas.draft import Amendment
from memories.schemas.search import SearchRequest
from tests.conftest import acting
from tests.factories import make_draft, make_user
from tests.memories.search.asking import Settle, settling

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


@pytest.fixture(params=["tail", "index", "postgres"])
def settle(request: pytest.FixtureRequest) -> Settle:
    return settling(request.param)


@pytest.fixture
def team(db: None) -> Group:
    return Group.objects.create(name="Sales")


def found(user: User, text: str = "renewal") -> int:
    """Search by words and by time, and return how many both find."""
    me = acting(User.objects.get(pk=user.pk))
    by_words, by_time = (
        mediator.search(
            actor=me,
            request=SearchRequest(query=text, sort=sort),
            now=timezone.now(),
        )
        for sort in ("relevance", "newest")
    )
    assert [one.memory.pk for one in by_words.results] == [
        one.memory.pk for one in by_time.results
    ]
    assert by_words.found.total == by_time.found.total == len(by_words.results)
    return len(by_words.results)


def test_from_being_stored_to_being_deleted(
    user: User, outsider: User, ceo: User, settle: Settle
) -> None:
    me, now = acting(user), timezone.now()
    with_outsider: dict[str, Any] = {"with_user": outsider.email, "now": now}

    draft = make_draft(content={"message": "The renewal"})
    memory_id = mediator.store(actor=me, draft=draft, now=now).memory.pk
    settle()
    assert (found(user), found(outsider), found(ceo)) == (1, 0, 1)

    mediator.share(actor=me, memory_id=memory_id, can="view", **with_outsider)
    settle()
    assert (found(user), found(outsider), found(ceo)) == (1, 1, 1)

    change = Amendment(content={"message": "The discount"})
    mediator.amend(
        actor=me, memory_id=memory_id, amendment=change, expected_version=1, now=now
    )
    settle()
    for one in (user, outsider, ceo):
        assert (found(one, "renewal"), found(one, "discount")) == (0, 1)

    mediator.unshare(actor=me, memory_id=memory_id, **with_outsider)
    settle()
    assert found(outsider, "discount") == 0
    assert (found(user, "discount"), found(ceo, "discount")) == (1, 1)

    mediator.share(actor=me, memory_id=memory_id, can="change", **with_outsider)
    settle()
    assert found(outsider, "discount") == 1

    mediator.forget(actor=me, memory_id=memory_id, now=now)
    settle()
    for one in (user, outsider, ceo):
        assert found(one, "discount") == 0


def test_with_a_group_and_whoever_joins_or_leaves_it(
    user: User, outsider: User, team: Group, settle: Settle
) -> None:
    me, now = acting(user), timezone.now()
    draft = make_draft(content={"message": "The renewal"})
    memory_id = mediator.store(actor=me, draft=draft, now=now).memory.pk
    mediator.share(
        actor=me, memory_id=memory_id, with_group=team.name, can="view", now=now
    )
    settle()
    assert found(outsider) == 0

    outsider.groups.add(team)
    assert found(outsider) == 1

    outsider.groups.remove(team)
    assert found(outsider) == 0

    outsider.groups.add(team)
    mediator.unshare(actor=me, memory_id=memory_id, with_group=team.name, now=now)
    settle()
    assert found(outsider) == 0


def test_what_is_shared_with_a_person_and_a_group_is_found_until_neither_has_it(
    user: User, outsider: User, team: Group, settle: Settle
) -> None:
    me, now = acting(user), timezone.now()
    outsider.groups.add(team)
    draft = make_draft(content={"message": "The renewal"})
    memory_id = mediator.store(actor=me, draft=draft, now=now).memory.pk
    holders: tuple[dict[str, Any], ...] = (
        {"with_user": outsider.email},
        {"with_group": team.name},
    )
    for holder in holders:
        mediator.share(actor=me, memory_id=memory_id, can="view", now=now, **holder)
    settle()

    still = []
    for holder in holders:
        mediator.unshare(actor=me, memory_id=memory_id, now=now, **holder)
        settle()
        still.append(found(outsider))

    assert still == [1, 0]


def test_a_role_counts_from_the_moment_it_is_given(
    user: User, outsider: User, settle: Settle
) -> None:
    draft = make_draft(content={"message": "The renewal"})
    mediator.store(actor=acting(user), draft=draft, now=timezone.now())
    settle()
    assert found(outsider) == 0

    outsider.groups.set([Group.objects.get(name=Role.MANAGER)])
    assert found(outsider) == 1

    outsider.groups.set([Group.objects.get(name=Role.USER)])
    assert found(outsider) == 0


def test_a_new_owner_finds_it_and_the_old_one_no_more(
    ceo: User, user: User, outsider: User, settle: Settle
) -> None:
    me, now = acting(ceo), timezone.now()
    draft = make_draft(content={"message": "The renewal"}, owner=user.email)
    memory_id = mediator.store(actor=me, draft=draft, now=now).memory.pk
    settle()
    assert (found(user), found(outsider)) == (1, 0)

    change = Amendment(owner=outsider.email)
    mediator.amend(
        actor=me, memory_id=memory_id, amendment=change, expected_version=1, now=now
    )
    settle()

    assert (found(user), found(outsider)) == (0, 1)


def test_a_share_tells_no_score_of_what_is_not_shared(
    user: User, outsider: User, settle: Settle
) -> None:
    me, now = acting(user), timezone.now()
    draft = make_draft(content={"message": "The renewal"})
    memory_id = mediator.store(actor=me, draft=draft, now=now).memory.pk
    mediator.share(
        actor=me, memory_id=memory_id, with_user=outsider.email, can="view", now=now
    )
    settle()
    before = score(outsider, now)

    for number in range(20):
        draft = make_draft(content={"message": f"Renewal {number}"})
        mediator.store(actor=acting(make_user()), draft=draft, now=now)
    settle()

    assert score(outsider, now) == pytest.approx(before)


def score(user: User, now: datetime) -> tuple[float, ...]:
    request = SearchRequest(query="renewal lunch", explain=True)
    (one,) = mediator.search(actor=acting(user), request=request, now=now).results
    return (one.ranked.score, *(arm.score for arm in one.ranked.arms))
