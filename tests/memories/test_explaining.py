"""memories.explaining: who may see a memory agrees with what each may see."""

import random

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from memories.explaining import Reason, Rule, reader_of, readers_of
from memories.models import Memory
from memories.permissions import Deed
from tests.conftest import acting
from tests.factories import make_memory, make_user, share

pytestmark = pytest.mark.django_db

TYPES = ("chat", "insight", "decision")


def company() -> tuple[list[User], list[Group]]:
    """Make two people of each role, of whom one of each is in each of two teams."""
    teams = [Group.objects.create(name=name) for name in ("Sales", "Success")]
    people = []
    for role in Role:
        for team in teams:
            person = make_user(email=f"{role}-{team}@example.com".lower(), role=role)
            person.groups.add(team)
            people.append(person)
    gone = make_user(email="gone@example.com", role=Role.CEO, is_active=False)
    return [*people, gone], teams


def test_it_names_everyone_who_may_see_a_memory_and_what_they_may_do() -> None:
    people, teams = company()
    chance = random.Random(4)  # noqa: S311 - people, not secrets
    for number in range(60):
        memory = make_memory(
            type=TYPES[number % 3],
            owner=chance.choice([*people, None]),
            stored_by=chance.choice([*people, None]),
        )
        holders: list[User | Group] = [*people, *teams]
        for holder in chance.sample(holders, chance.randrange(4)):
            share(memory, holder, can=chance.choice(["view", "change"]))

    for memory in Memory.objects.all():
        told = {one.user: set(one.may) for one in readers_of(memory)}
        assert told == {
            person: {deed for deed in Deed if may(person, deed, memory)}
            for person in people
            if person.is_active and may(person, Deed.READ, memory)
        }


def may(person: User, deed: Deed, memory: Memory) -> bool:
    allowed = Memory.objects.permitted(acting(person), deed)
    return allowed.filter(pk=memory.pk).exists()


class TestTheReasons:
    def test_are_told_the_mightiest_role_first(
        self, ceo: User, manager: User, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)
        share(memory, outsider)

        assert [(one.user, one.because) for one in readers_of(memory)] == [
            (ceo, [Reason(Rule.ROLE, "CEO")]),
            (manager, [Reason(Rule.ROLE, "Manager")]),
            (outsider, [Reason(Rule.SHARE)]),
            (user, [Reason(Rule.OWNER)]),
        ]

    def test_name_the_group_of_a_share(self, outsider: User) -> None:
        team = Group.objects.create(name="Sales")
        outsider.groups.add(team)
        memory = make_memory()
        share(memory, team, can="change")

        reader = reader_of(memory, outsider)

        assert reader is not None
        assert reader.because == [Reason(Rule.GROUP, "Sales")]
        assert reader.may == [Deed.READ, Deed.CHANGE, Deed.ANNOTATE]

    def test_are_all_told(self, user: User) -> None:
        team = Group.objects.create(name="Sales")
        user.groups.add(team)
        memory = make_memory(owner=user)
        share(memory, team)
        share(memory, user)

        reader = reader_of(memory, user)

        assert reader is not None
        assert [reason.rule for reason in reader.because] == [
            Rule.OWNER,
            Rule.SHARE,
            Rule.GROUP,
        ]

    def test_name_the_service_that_stored_it(self, service: User) -> None:
        reader = reader_of(make_memory(stored_by=service), service)

        assert reader is not None
        assert reader.because == [Reason(Rule.STORED)]

    def test_are_none_for_whom_nothing_lets_see_it(self, outsider: User) -> None:
        assert reader_of(make_memory(), outsider) is None


def test_asks_for_everybody_at_once(django_assert_num_queries: object) -> None:
    memory, team = make_memory(), Group.objects.create(name="Sales")
    share(memory, team)
    for number in range(20):
        person = make_user(email=f"{number}@example.com")
        person.groups.add(team)
        share(memory, person)

    with django_assert_num_queries(4):  # type: ignore[operator]  # pytest-django's own
        assert len(readers_of(memory)) == 20
