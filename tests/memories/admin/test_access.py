"""The screen of who may see a memory, and of sharing one or many."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.factories import make_memory, make_user, share


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user, title="Why Acme left")


@pytest.fixture
def team(db: None) -> Group:
    return Group.objects.create(name="Sales & Success")


def browse(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def screen(memory: Memory | Any) -> str:
    return reverse("admin:memories_chatmemory_access", args=[memory.pk])


LIST = "/admin/memories/chatmemory/"


class TestTheScreen:
    def test_names_people_and_the_rule_that_lets_each_see(
        self, memory: Memory, ceo: User, user: User, outsider: User, team: Group
    ) -> None:
        ann = make_user(email="ann@example.com", first_name="Ann", last_name="Lee")
        outsider.groups.add(team)
        share(memory, ann)
        share(memory, team)

        page = browse(user).get(screen(memory)).content.decode()

        for told in ("CEOs see it", "the owner", "Ann Lee", "shared with them"):
            assert told in page
        assert "shared with Sales &amp; Success" in page

    def test_is_led_to_from_the_memory(self, memory: Memory, user: User) -> None:
        page = browse(user).get(
            reverse("admin:memories_chatmemory_change", args=[memory.pk])
        )

        assert screen(memory) in page.content.decode()

    def test_leaves_one_record(self, memory: Memory, user: User) -> None:
        browse(user).get(screen(memory))

        assert [(one.action, one.channel) for one in Record.objects.all()] == [
            ("access", "admin")
        ]

    def test_shows_the_looks_to_the_ceo_alone(
        self, memory: Memory, ceo: User, user: User
    ) -> None:
        assert "Who has looked" in browse(ceo).get(screen(memory)).content.decode()
        assert "Who has looked" not in browse(user).get(screen(memory)).content.decode()

    def test_tells_who_may_not_share_it_why_they_see_it(
        self, memory: Memory, manager: User, outsider: User
    ) -> None:
        share(memory, outsider)

        page = browse(manager).get(screen(memory)).content.decode()

        assert "Why you can see it" in page
        assert outsider.email not in page
        assert "Shared with" not in page

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        assert browse(outsider).get(screen(memory)).status_code == 404
        nowhere = reverse("admin:memories_chatmemory_access", args=[uuid4()])
        assert browse(outsider).get(nowhere).status_code == 404
        no_id = reverse("admin:memories_chatmemory_access", args=["x"])
        assert browse(outsider).get(no_id).status_code == 404


class TestSharing:
    def test_it_works(self, memory: Memory, user: User, outsider: User) -> None:
        answer = browse(user).post(
            screen(memory), {"user": outsider.email, "can": "view"}, follow=True
        )

        assert "It is shared with outsider@example.com." in answer.content.decode()
        assert Memory.objects.filter(user_permissions__user=outsider).exists()

    def test_with_a_group(self, memory: Memory, user: User, team: Group) -> None:
        browse(user).post(screen(memory), {"group": team.name, "can": "change"})

        assert memory.group_permissions.get().group == team

    def test_says_at_the_field_what_is_wrong(self, memory: Memory, user: User) -> None:
        wrong = {"user": "nobody@example.com", "can": "view"}

        page = browse(user).post(screen(memory), wrong).content.decode()

        assert "no active account has the address nobody@example.com" in page
        assert 'value="nobody@example.com"' in page

    def test_needs_one_of_both(self, memory: Memory, user: User) -> None:
        page = browse(user).post(screen(memory), {"can": "view"}).content.decode()

        assert page.count("name a user or a group, one of them") == 2

    def test_offers_no_role_as_a_group(
        self, memory: Memory, user: User, team: Group
    ) -> None:
        page = browse(user).get(screen(memory)).content.decode()

        assert '<option value="Manager">' not in page
        assert "Sales &amp; Success</option>" in page

    def test_is_refused_to_who_only_sees_it(
        self, memory: Memory, manager: User, outsider: User
    ) -> None:
        wanted = {"user": outsider.email, "can": "view"}

        answer = browse(manager).post(screen(memory), wanted, follow=True)

        assert "As Manager you may see this memory" in answer.content.decode()
        assert not memory.user_permissions.exists()


class TestTakingAShareBack:
    def test_it_works(self, memory: Memory, user: User, outsider: User) -> None:
        share(memory, outsider)

        answer = browse(user).post(
            screen(memory), {"unshare_user": outsider.email}, follow=True
        )

        assert "no longer shared with outsider@example.com" in answer.content.decode()
        assert browse(outsider).get(screen(memory)).status_code == 404

    def test_from_a_group(self, memory: Memory, user: User, team: Group) -> None:
        share(memory, team)

        browse(user).post(screen(memory), {"unshare_group": team.name})

        assert not memory.group_permissions.exists()

    def test_that_is_gone_already_says_so(self, memory: Memory, user: User) -> None:
        gone = {"unshare_user": "outsider@example.com"}

        answer = browse(user).post(screen(memory), gone, follow=True)

        assert "is not shared with outsider@example.com" in answer.content.decode()


class TestSharingMany:
    def tick(self, *memories: Memory, **fields: str) -> dict[str, Any]:
        chosen = [str(memory.pk) for memory in memories]
        return {"action": "share_chosen", "_selected_action": chosen, **fields}

    def test_asks_with_whom(self, memory: Memory, user: User) -> None:
        page = browse(user).post(LIST, self.tick(memory)).content.decode()

        assert "Share 1 of them" in page
        assert "Why Acme left" in page

    def test_shares_them_all(self, user: User, outsider: User) -> None:
        memories = [make_memory(owner=user) for _ in range(3)]
        ticked = self.tick(*memories, user=outsider.email, can="view")

        page = browse(user).post(LIST, ticked, follow=True).content.decode()

        assert "3 shared." in page
        assert Memory.objects.filter(user_permissions__user=outsider).count() == 3
        record = Record.objects.get(action="share_batch")
        assert sorted(record.memory_ids) == sorted(one.pk for one in memories)

    def test_says_why_some_were_not(self, manager: User, outsider: User) -> None:
        mine, anothers = make_memory(owner=manager), make_memory()
        ticked = self.tick(mine, anothers, user=outsider.email, can="view")

        page = browse(manager).post(LIST, ticked, follow=True).content.decode()

        assert "One is shared." in page
        assert "1 not: As Manager you may see this memory" in page
        assert not anothers.user_permissions.exists()

    def test_says_what_is_wrong_with_whom_was_named(
        self, memory: Memory, user: User
    ) -> None:
        ticked = self.tick(memory, user="nobody@example.com", can="view")

        page = browse(user).post(LIST, ticked).content.decode()

        assert "no active account has the address" in page

    def test_never_reaches_what_is_hidden(
        self, memory: Memory, outsider: User, ceo: User
    ) -> None:
        ticked = self.tick(memory, user=ceo.email, can="view")

        browse(outsider).post(LIST, ticked)

        assert not memory.user_permissions.exists()

    def test_comes_without_djangos_own_deletion(
        self, memory: Memory, user: User
    ) -> None:
        ticked = self.tick(memory) | {"action": "delete_selected", "post": "yes"}

        browse(user).post(LIST, ticked)

        assert Memory.objects.filter(pk=memory.pk).exists()
