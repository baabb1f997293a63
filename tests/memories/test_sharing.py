"""Sharing and unsharing: who may, what it opens, and what follows from the journal."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from journal.models import Entry
from memories import mediator
from memories.errors import ForbiddenError, HubError, InvalidError, NotFoundError
from memories.models import Memory, MemoryUserPermission
from memories.permissions import Deed
from memories.schemas.draft import Amendment
from memories.schemas.search import SearchRequest
from memories.schemas.sharing import Can
from memories.search import indexer
from memories.search.index import Index
from tests import factories
from tests.conftest import acting
from tests.embedded.waiting import wait_until
from tests.factories import NOW, make_draft, make_memory, make_user
from tests.sessions import settle, together, uncommitted

LATER = NOW + timedelta(hours=1)


def share(memory: Memory, holder: User | Group, *, by: User, can: Can = "view") -> bool:
    """Share by the verb; say whether that is a new share."""
    return mediator.share(
        actor=acting(by), memory_id=memory.pk, can=can, now=LATER, **named(holder)
    ).is_new


def unshare(memory: Memory, holder: User | Group, *, by: User) -> None:
    mediator.unshare(actor=acting(by), memory_id=memory.pk, now=LATER, **named(holder))


def named(holder: User | Group) -> dict[str, Any]:
    if isinstance(holder, User):
        return {"with_user": holder.email}
    return {"with_group": holder.name}


def shares(memory: Memory, *, by: User) -> list[tuple[str, str]]:
    found = mediator.shares(actor=acting(by), memory_id=memory.pk, now=LATER)
    return [(str(one.user or one.group), one.can) for one in found]


def sees(user: User, memory: Memory) -> bool:
    found = mediator.retrieve(
        actor=acting(User.objects.get(pk=user.pk)), ids=[memory.pk], now=LATER
    )
    return bool(found.memories)


def may_change(user: User, memory: Memory) -> bool:
    return mediator.may(
        actor=acting(user), deed=Deed.CHANGE, memory_id=memory.pk, now=LATER
    )


@pytest.fixture
def team(db: None) -> Group:
    return Group.objects.create(name="Sales")


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


class TestAShare:
    def test_lets_a_person_see_it(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        assert share(memory, outsider, by=user)

        assert sees(outsider, memory)
        assert not may_change(outsider, memory)

    def test_lets_a_person_change_it(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user, can="change")

        assert sees(outsider, memory)
        assert may_change(outsider, memory)

    def test_lets_a_group_see_it(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        outsider.groups.add(team)

        share(memory, team, by=user)

        assert sees(outsider, memory)

    def test_ends_for_who_leaves_the_group(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        outsider.groups.add(team)
        share(memory, team, by=user, can="change")

        outsider.groups.remove(team)

        assert not sees(outsider, memory)
        assert not may_change(outsider, memory)

    def test_finds_a_person_whatever_the_case_of_the_address(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        mediator.share(
            actor=acting(user),
            memory_id=memory.pk,
            with_user=outsider.email.upper(),
            can="view",
            now=LATER,
        )

        assert shares(memory, by=user) == [(outsider.email, "view")]

    @pytest.mark.parametrize(
        ("first", "then"), [("view", "change"), ("change", "view")]
    )
    def test_replaces_the_one_before(
        self, memory: Memory, user: User, outsider: User, first: Can, then: Can
    ) -> None:
        share(memory, outsider, by=user, can=first)

        assert not share(memory, outsider, by=user, can=then)

        assert shares(memory, by=user) == [(outsider.email, then)]
        assert may_change(outsider, memory) is (then == "change")

    def test_that_is_there_already_changes_nothing(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        for holder in (outsider, team):
            share(memory, holder, by=user)
        entries = Entry.objects.count()

        for holder in (outsider, team):
            assert not share(memory, holder, by=user)

        assert Entry.objects.count() == entries
        assert shares(memory, by=user) == [(outsider.email, "view"), ("Sales", "view")]

    def test_is_counted_on_the_memory(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        def count() -> int:
            found = mediator.retrieve_one(
                actor=acting(user), memory_id=memory.pk, now=LATER
            )
            return int(found.shared_with_count)  # type: ignore[attr-defined]  # counted

        for holder in (outsider, team):
            share(memory, holder, by=user)
        assert count() == 2

        unshare(memory, team, by=user)
        assert count() == 1

    def test_written_twice_by_hand_is_listed_once(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        for holder in (outsider, team):
            for can in ("change", "view"):
                factories.share(memory, holder, can=can)

        assert shares(memory, by=user) == [
            (outsider.email, "change"),
            ("Sales", "change"),
        ]
        share(memory, outsider, by=user)
        assert not may_change(outsider, memory)


class TestAShareIsRefused:
    """Where it would open nothing, or nobody is meant; each says why."""

    def refusal(self, memory: Memory, **with_whom: str) -> InvalidError:
        with pytest.raises(InvalidError) as caught:
            mediator.share(
                actor=acting(User.objects.get(email="user@example.com")),
                memory_id=memory.pk,
                can="view",
                now=LATER,
                **with_whom,
            )
        assert not memory.user_permissions.exists()
        assert not memory.group_permissions.exists()
        assert not Entry.objects.exists()
        return caught.value

    def test_with_the_owner(self, memory: Memory) -> None:
        error = self.refusal(memory, with_user="user@example.com")

        assert error.faults[0].pointer == "/user"
        assert "owns this memory" in error.faults[0].detail

    def test_with_nobody(self, memory: Memory) -> None:
        error = self.refusal(memory, with_user="who@example.com")

        assert error.faults[0].pointer == "/user"
        assert "no active account" in error.faults[0].detail

    def test_with_a_disabled_account(self, memory: Memory) -> None:
        gone = make_user(is_active=False)

        error = self.refusal(memory, with_user=gone.email)

        assert "no active account" in error.faults[0].detail

    def test_with_a_service(self, memory: Memory, service: User) -> None:
        error = self.refusal(memory, with_user=service.email)

        assert "is a service" in error.faults[0].detail

    def test_with_no_group(self, memory: Memory) -> None:
        error = self.refusal(memory, with_group="Nobody")

        assert error.faults[0].pointer == "/group"
        assert "no group Nobody" in error.faults[0].detail

    @pytest.mark.parametrize("role", Role)
    def test_with_a_role(self, memory: Memory, role: Role) -> None:
        error = self.refusal(memory, with_group=role)

        assert error.faults[0].pointer == "/group"
        assert "is a role" in error.faults[0].detail

    def test_with_both(self, memory: Memory, outsider: User, team: Group) -> None:
        error = self.refusal(memory, with_user=outsider.email, with_group=team.name)

        assert [fault.pointer for fault in error.faults] == ["/user", "/group"]
        assert "not both" in error.faults[0].detail

    def test_with_neither(self, memory: Memory) -> None:
        error = self.refusal(memory)

        assert [fault.pointer for fault in error.faults] == ["/user", "/group"]

    def test_before_it_says_who_has_an_account(
        self, memory: Memory, outsider: User
    ) -> None:
        with pytest.raises(NotFoundError):
            mediator.share(
                actor=acting(outsider),
                memory_id=memory.pk,
                with_user="who@example.com",
                can="view",
                now=LATER,
            )


ANOTHERS: dict[str, Any] = {}
MINE = {"owner": "me"}
SHARED = {"shared": "view"}
TO_CHANGE = {"shared": "change"}
STORED = {"stored_by": "me"}


class TestWhoMayShare:
    """The role table of the contract, by the verbs."""

    @pytest.mark.parametrize(
        ("role", "type_", "tie", "refusal"),
        [
            (Role.CEO, "chat", ANOTHERS, None),
            (Role.MANAGER, "chat", MINE, None),
            (Role.MANAGER, "insight", ANOTHERS, None),
            (Role.MANAGER, "chat", ANOTHERS, ForbiddenError),
            (Role.MANAGER, "decision", TO_CHANGE, ForbiddenError),
            (Role.USER, "chat", MINE, None),
            (Role.USER, "insight", ANOTHERS, NotFoundError),
            (Role.USER, "chat", SHARED, ForbiddenError),
            (Role.USER, "insight", TO_CHANGE, ForbiddenError),
            (Role.SERVICE, "chat", STORED, ForbiddenError),
            (Role.SERVICE, "chat", ANOTHERS, NotFoundError),
        ],
    )
    def test_is_by_role(
        self,
        user: User,
        outsider: User,
        role: Role,
        type_: str,
        tie: dict[str, Any],
        refusal: type[HubError] | None,
    ) -> None:
        me = make_user(role=role)
        memory = make_memory(
            type=type_,
            owner=me if "owner" in tie else user,
            stored_by=me if "stored_by" in tie else None,
        )
        if "shared" in tie:
            factories.share(memory, me, can=tie["shared"])

        def outcome() -> Any:
            return pytest.raises(refusal) if refusal else nullcontext()

        with outcome():
            share(memory, outsider, by=me)
        with outcome():
            shares(memory, by=me)
        with outcome():
            unshare(memory, outsider, by=me)

        assert not memory.user_permissions.filter(user=outsider).exists()
        reason = refusal.reason if refusal else ""
        records = Record.objects.order_by("seq")
        assert [(one.action, one.reason) for one in records] == [
            ("share", reason),
            ("shares", reason),
            ("unshare", reason),
        ]
        assert {one.memory_ids[0] for one in records} == {memory.pk}

    def test_is_told_what_to_expect_of_a_list(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user)

        with pytest.raises(ForbiddenError, match="only who may share it"):
            shares(memory, by=outsider)

    def test_on_behalf_of_a_person_is_no_service(
        self, memory: Memory, user: User, service: User, outsider: User
    ) -> None:
        actor = acting(service)
        behalf = type(actor)(user=service, behalf=user, channel=actor.channel)

        with pytest.raises(ForbiddenError):
            mediator.share(
                actor=behalf,
                memory_id=memory.pk,
                with_user=outsider.email,
                can="view",
                now=LATER,
            )


class TestUnsharing:
    def test_takes_sight_away_at_once(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user)
        assert sees(outsider, memory)

        unshare(memory, outsider, by=user)

        assert not sees(outsider, memory)
        assert shares(memory, by=user) == []

    def test_leaves_the_other_shares(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        outsider.groups.add(team)
        for holder in (outsider, team):
            share(memory, holder, by=user)

        unshare(memory, outsider, by=user)

        assert sees(outsider, memory)
        assert shares(memory, by=user) == [("Sales", "view")]

    def test_reaches_an_account_that_was_disabled_since(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user)
        User.objects.filter(pk=outsider.pk).update(is_active=False)

        unshare(memory, outsider, by=user)

        assert shares(memory, by=user) == []

    def test_says_so_where_there_is_no_share(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        with pytest.raises(NotFoundError, match="not shared with outsider@"):
            unshare(memory, outsider, by=user)

        assert not Entry.objects.exists()
        record = Record.objects.get()
        assert (record.action, record.reason) == ("unshare", "not_found")

    def test_takes_only_the_kind_that_is_named(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user, can="change")

        def unshare_kind(can: Can) -> None:
            mediator.unshare(
                actor=acting(user),
                memory_id=memory.pk,
                with_user=outsider.email,
                can=can,
                now=LATER,
            )

        with pytest.raises(NotFoundError, match="to view"):
            unshare_kind("view")
        unshare_kind("change")
        assert shares(memory, by=user) == []

    def test_needs_a_person_or_a_group(self, memory: Memory, user: User) -> None:
        with pytest.raises(InvalidError):
            mediator.unshare(actor=acting(user), memory_id=memory.pk, now=LATER)


class TestTheJournal:
    def test_learns_who_may_read(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        share(memory, outsider, by=user)
        share(memory, team, by=user)
        unshare(memory, outsider, by=user)

        entries = Entry.objects.order_by("seq")
        owner, person, group = (
            f"owner:{user.pk}",
            f"user:{outsider.pk}",
            f"group:{team.pk}",
        )
        assert [entry.body["acl"] for entry in entries] == [
            [owner, person],
            [owner, person, group],
            [owner, group],
        ]
        assert {(entry.version, entry.op) for entry in entries} == {(1, "put")}
        assert entries[0].body["by"]["email"] == user.email

    def test_has_a_later_time_for_each_share_of_a_version(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        for holder in (outsider, team):
            share(memory, holder, by=user)

        first, second = Entry.objects.order_by("seq")
        assert first.body["updated_at"] == LATER.isoformat()
        assert (
            second.body["updated_at"] == (LATER + timedelta(microseconds=1)).isoformat()
        )
        memory.refresh_from_db()
        assert memory.updated_at.isoformat() == second.body["updated_at"]

    def test_makes_no_version_of_it(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider, by=user, can="change")

        amended = mediator.amend(
            actor=acting(outsider),
            memory_id=memory.pk,
            amendment=Amendment(tags=["seen"]),
            expected_version=1,
            now=LATER,
        )

        assert amended.version == 2

    def test_lists_each_version_once(self, user: User, outsider: User) -> None:
        actor = acting(user)
        memory = mediator.store(actor=actor, draft=make_draft(), now=NOW).memory
        share(memory, outsider, by=user)
        mediator.amend(
            actor=actor,
            memory_id=memory.pk,
            amendment=Amendment(tags=["second"]),
            expected_version=1,
            now=LATER,
        )
        unshare(memory, outsider, by=user)

        versions = mediator.history(actor=actor, memory_id=memory.pk, now=LATER)

        assert [(one.version, one.at) for one in versions] == [(2, LATER), (1, NOW)]
        assert Entry.objects.count() == 4


class TestSearch:
    pytestmark = pytest.mark.django_db(transaction=True)

    def found(self, by: User) -> list[Any]:
        page = mediator.search(
            actor=acting(by), request=SearchRequest(query="renewal"), now=LATER
        )
        return [one.memory.pk for one in page.results]

    @pytest.mark.parametrize("follows", [True, False], ids=["indexed", "in the tail"])
    def test_finds_what_is_shared_and_no_longer_what_is_not(
        self, index: Index, user: User, outsider: User, follows: bool
    ) -> None:
        actor = acting(user)
        memory = mediator.store(actor=actor, draft=make_draft(), now=NOW).memory

        def catch_up() -> None:
            if follows:
                settle()
                indexer.follow(index)

        catch_up()
        assert self.found(outsider) == []
        share(memory, outsider, by=user)
        catch_up()
        assert self.found(outsider) == [memory.pk]
        unshare(memory, outsider, by=user)
        assert self.found(outsider) == []
        catch_up()
        assert self.found(outsider) == []

    def test_finds_nothing_for_who_left_the_group(
        self, index: Index, user: User, outsider: User
    ) -> None:
        team = Group.objects.create(name="Sales")
        outsider.groups.add(team)
        actor = acting(user)
        memory = mediator.store(actor=actor, draft=make_draft(), now=NOW).memory
        share(memory, team, by=user)
        settle()
        indexer.follow(index)
        assert self.found(outsider) == [memory.pk]

        outsider.groups.remove(team)

        assert self.found(outsider) == []


class TestTogether:
    """Several at once."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_one_share_comes_of_many(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        kinds: list[Can] = ["view", "change"] * 3

        new = together(6, lambda: share(memory, outsider, by=user, can=kinds.pop()))

        assert new.count(True) == 1
        assert MemoryUserPermission.objects.count() == 1
        assert Record.objects.filter(action="share").count() == 6

    def test_the_journal_ends_with_the_owner_that_came_meanwhile(
        self, memory: Memory, user: User, ceo: User, outsider: User
    ) -> None:
        def give_away() -> None:
            mediator.amend(
                actor=acting(ceo),
                memory_id=memory.pk,
                amendment=Amendment(owner=ceo.email),
                expected_version=1,
                now=LATER,
            )

        def share_it() -> None:
            try:
                share(memory, outsider, by=ceo)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            with uncommitted(give_away):
                done = pool.submit(share_it)
                wait_until(somebody_waits)
            done.result()

        last = Entry.objects.latest("seq")
        assert (last.version, last.body["owner_email"]) == (2, ceo.email)
        assert last.body["acl"] == [f"owner:{ceo.pk}", f"user:{outsider.pk}"]


def somebody_waits() -> bool:
    """Say whether a session of this database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def test_a_change_after_a_share_in_the_future_still_has_the_later_version(
    memory: Memory, user: User, outsider: User
) -> None:
    Memory.objects.update(updated_at=timezone.now() + timedelta(days=999))

    share(memory, outsider, by=user)

    memory.refresh_from_db()
    assert memory.updated_at > timezone.now() + timedelta(days=998)
