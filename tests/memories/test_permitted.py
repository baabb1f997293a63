"""memories.querysets: who may do what with which memories, by the contract's table.

`allowed` restates the table of the contract in its own words; every kind of memory is
made and asked for in every role and for every deed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries

from accounts.actor import Actor, Channel, hub
from accounts.models import User
from accounts.roles import Role
from memories.models import Memory
from memories.permissions import Deed
from tests.conftest import acting
from tests.factories import CONTENTS, NOW, make_memory, make_user, share

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Kind:
    """What the table may ask about a memory, seen from one account."""

    type: str
    mine: bool
    stored_by_me: bool
    shared_to: str | None
    """`view`, `change`, or None."""
    through_group: bool

    def __str__(self) -> str:
        return " ".join(
            (
                self.type,
                "mine" if self.mine else "another's",
                "stored by me" if self.stored_by_me else "",
                f"shared to {self.shared_to}" if self.shared_to else "",
                "with my group" if self.through_group else "",
            )
        )


KINDS = [
    Kind(*facts)
    for facts in product(
        ("chat", "insight", "decision"),
        (True, False),
        (True, False),
        ("view", "change", None),
        (True, False),
    )
]


def allowed(role: Role, deed: Deed, kind: Kind) -> bool:
    """Say what the contract's table says."""
    insight = kind.type == "insight"
    shared = kind.shared_to is not None
    to_change = kind.shared_to == "change"
    match role, deed.name:
        case Role.CEO, _:
            return True
        case Role.MANAGER, "READ" | "ANNOTATE":
            return True
        case Role.MANAGER, "CHANGE" | "DELETE" | "SHARE":
            return kind.mine or insight
        case Role.USER, "READ" | "ANNOTATE":
            return kind.mine or shared
        case Role.USER, "CHANGE":
            return kind.mine or to_change
        case Role.USER, "DELETE" | "SHARE":
            return kind.mine
        case Role.SERVICE, "READ" | "CHANGE" | "DELETE":
            return kind.stored_by_me
        case Role.SERVICE, "ANNOTATE" | "SHARE":
            return False
    raise AssertionError


@pytest.fixture
def my_group(db: None) -> Group:
    return Group.objects.create(name="My group")


type Make = Callable[[User], dict[Memory, Kind]]


@pytest.fixture
def make(my_group: Group, outsider: User) -> Make:
    """Make one memory of each kind, seen from somebody."""
    strange_group = Group.objects.create(name="Another group")
    outsider.groups.add(strange_group)

    def make(me: User) -> dict[Memory, Kind]:
        me.groups.add(my_group)
        memories = {Memory(**columns(kind, me)): kind for kind in KINDS}
        Memory.objects.bulk_create(memories)
        for memory, kind in memories.items():
            # Shares with others never help me.
            share(memory, outsider, can="change")
            share(memory, strange_group, can="change")
            if kind.shared_to:
                share(
                    memory, my_group if kind.through_group else me, can=kind.shared_to
                )
        return memories

    def columns(kind: Kind, me: User) -> dict[str, object]:
        return {
            "type": kind.type,
            "schema_version": 1,
            "title": str(kind),
            "content": CONTENTS[kind.type],
            "source": "api",
            "owner": me if kind.mine else outsider,
            "stored_by": me if kind.stored_by_me else outsider,
            "occurred_at": NOW,
            "created_at": NOW,
            "updated_at": NOW,
        }

    return make


def titles(kinds: list[Kind]) -> list[str]:
    return sorted(map(str, kinds))


@pytest.mark.parametrize("role", Role)
def test_each_deed_is_permitted_as_the_table_says(role: Role, make: Make) -> None:
    me = make_user(role=role)
    memories = make(me)

    for deed in Deed:
        found = Memory.objects.permitted(acting(me), deed)

        expected = [kind for kind in memories.values() if allowed(role, deed, kind)]
        assert titles([memories[one] for one in found]) == titles(expected), deed


@pytest.mark.parametrize("role", Role)
def test_what_is_visible_is_what_may_be_read(role: Role, make: Make) -> None:
    me = make_user(role=role)
    make(me)

    visible = Memory.objects.visible_to(acting(me))

    readable = Memory.objects.permitted(acting(me), Deed.READ)
    assert {one.pk for one in visible} == {one.pk for one in readable}


@pytest.mark.parametrize("role", [Role.CEO, Role.MANAGER, Role.USER])
def test_a_service_sees_on_behalf_what_that_person_sees(
    role: Role, make: Make, service: User
) -> None:
    person = make_user(role=role)
    memories = make(person)
    Memory.objects.update(stored_by=service)
    actor = Actor(user=service, behalf=person, channel=Channel.API)

    found = Memory.objects.visible_to(actor)

    expected = [kind for kind in memories.values() if allowed(role, Deed.READ, kind)]
    assert titles([memories[one] for one in found]) == titles(expected)


def test_a_service_changes_on_behalf_what_it_stored_itself(
    make: Make, service: User, user: User
) -> None:
    memories = make(service)
    Memory.objects.update(owner=user)
    actor = Actor(user=service, behalf=user, channel=Channel.API)

    for deed in (Deed.CHANGE, Deed.DELETE, Deed.ANNOTATE, Deed.SHARE):
        found = Memory.objects.permitted(actor, deed)

        expected = [
            kind for kind in memories.values() if allowed(Role.SERVICE, deed, kind)
        ]
        assert titles([memories[one] for one in found]) == titles(expected), deed


def test_the_hub_itself_may_do_everything(make: Make, user: User) -> None:
    make(user)

    for deed in Deed:
        permitted = Memory.objects.permitted(hub(Channel.TASK), deed)
        assert permitted.count() == len(KINDS)


def test_a_memory_shared_twice_is_listed_once(
    user: User, outsider: User, my_group: Group
) -> None:
    memory = make_memory(owner=outsider)
    user.groups.add(my_group)
    for holder in (user, my_group):
        for can in ("view", "change"):
            share(memory, holder, can=can)

    assert list(Memory.objects.visible_to(acting(user))) == [memory]


def test_a_share_ends_with_the_membership(
    make: Make, user: User, my_group: Group
) -> None:
    memories = make(user)

    user.groups.remove(my_group)

    found = Memory.objects.visible_to(acting(user))
    assert not [
        memories[one]
        for one in found
        if memories[one].through_group and not memories[one].mine
    ]


def test_what_is_visible_costs_one_query(
    make: Make, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make(user)
    actor = acting(User.objects.get(pk=user.pk))
    assert actor.role is Role.USER

    with django_assert_num_queries(1):
        list(Memory.objects.visible_to(actor))
