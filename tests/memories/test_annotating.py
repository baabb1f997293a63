"""Annotating: who may remark what, and what follows from it."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.actor import Channel, hub
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from journal.models import Entry
from memories import mediator
from memories.errors import ForbiddenError, HubError, NotFoundError
from memories.models import Annotation, Memory
from memories.schemas.annotating import AnnotationsRequest, Note
from memories.schemas.draft import Amendment
from tests.conftest import acting
from tests.factories import NOW, make_draft, make_memory, make_user, share
from tests.sessions import together

LATER = NOW + timedelta(hours=1)


def annotate(memory: Memory, body: str = "So it is", *, by: User) -> Annotation:
    return mediator.annotate(
        actor=acting(by), memory_id=memory.pk, note=Note(body=body), now=LATER
    )


def bodies(memory: Memory, *, by: User, **asked: Any) -> list[str]:
    page = mediator.annotations(
        actor=acting(by),
        memory_id=memory.pk,
        request=AnnotationsRequest(**asked),
        now=LATER,
    )
    return [one.body for one in page.annotations]


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


class TestAnAnnotation:
    def test_is_kept_with_who_and_when(self, memory: Memory, user: User) -> None:
        annotation = annotate(memory, by=user)

        kept = Annotation.objects.get()
        assert kept == annotation
        assert (kept.author, kept.created_at) == (user, LATER)
        assert (kept.kind, kept.body) == ("note", "So it is")

    def test_is_read_by_who_may_read_the_memory(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        annotate(memory, "One", by=user)
        share(memory, outsider)
        annotate(memory, "Two", by=outsider)

        assert bodies(memory, by=outsider) == bodies(memory, by=user) == ["One", "Two"]

    def test_is_hidden_from_who_left_the_group(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        team = Group.objects.create(name="Sales")
        outsider.groups.add(team)
        share(memory, team)
        annotate(memory, by=outsider)

        outsider.groups.remove(team)

        with pytest.raises(NotFoundError):
            bodies(memory, by=outsider)
        with pytest.raises(NotFoundError):
            annotate(memory, by=outsider)

    def test_outlives_its_author(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider)
        annotate(memory, by=outsider)

        outsider.delete()

        assert bodies(memory, by=user) == ["So it is"]
        assert Annotation.objects.get().author is None

    def test_of_the_hub_has_no_author(self, memory: Memory) -> None:
        annotation = mediator.annotate(
            actor=hub(Channel.TASK),
            memory_id=memory.pk,
            note=Note(body="Seen twice", kind="confirm"),
            now=LATER,
        )

        assert annotation.author is None
        assert Entry.objects.get().body["annotation"]["author_email"] is None

    def test_comes_a_page_at_a_time(self, memory: Memory, user: User) -> None:
        for number in range(5):
            annotate(memory, str(number), by=user)

        found, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            page = mediator.annotations(
                actor=acting(user),
                memory_id=memory.pk,
                request=AnnotationsRequest(limit=2, cursor=cursor),
                now=LATER,
            )
            found += [one.body for one in page.annotations]
            cursor, pages = page.next_cursor, pages + 1

        assert (found, pages) == (["0", "1", "2", "3", "4"], 3)

    def test_of_another_memory_is_not_shown(self, memory: Memory, user: User) -> None:
        annotate(make_memory(owner=user), by=user)

        assert bodies(memory, by=user) == []


ANOTHERS: dict[str, Any] = {}
MINE = {"owner": "me"}
SHARED = {"shared": "view"}
STORED = {"stored_by": "me"}


class TestWhoMayAnnotate:
    """The role table of the contract, by the verb."""

    @pytest.mark.parametrize(
        ("role", "tie", "refusal"),
        [
            (Role.CEO, ANOTHERS, None),
            (Role.MANAGER, ANOTHERS, None),
            (Role.USER, MINE, None),
            (Role.USER, SHARED, None),
            (Role.USER, ANOTHERS, NotFoundError),
            (Role.SERVICE, STORED, ForbiddenError),
            (Role.SERVICE, ANOTHERS, NotFoundError),
        ],
    )
    def test_is_by_role(
        self,
        user: User,
        role: Role,
        tie: dict[str, Any],
        refusal: type[HubError] | None,
    ) -> None:
        me = make_user(role=role)
        memory = make_memory(
            owner=me if "owner" in tie else user,
            stored_by=me if "stored_by" in tie else None,
        )
        if "shared" in tie:
            share(memory, me, can=tie["shared"])

        with pytest.raises(refusal) if refusal else nullcontext():
            annotate(memory, by=me)

        record = Record.objects.get()
        assert record.reason == (refusal.reason if refusal else "")
        assert (record.action, record.memory_ids) == ("annotate", [memory.pk])
        count = 0 if refusal else 1
        assert Annotation.objects.count() == Entry.objects.count() == count

    def test_is_no_service_though_it_reads_what_was_remarked(
        self, service: User, ceo: User
    ) -> None:
        memory = make_memory(stored_by=service)
        annotate(memory, by=ceo)

        assert bodies(memory, by=service) == ["So it is"]


class TestTheJournal:
    def test_learns_what_was_remarked_on_the_version(
        self, memory: Memory, user: User
    ) -> None:
        annotation = annotate(memory, by=user)

        entry = Entry.objects.get()
        assert (entry.key, entry.version, entry.op) == (memory.pk, 1, "put")
        assert entry.body["updated_at"] == LATER.isoformat()
        assert entry.body["annotation"] == {
            "id": annotation.pk,
            "kind": "note",
            "body": "So it is",
            "author_id": user.pk,
            "author_email": user.email,
            "created_at": LATER.isoformat(),
        }

    def test_makes_no_version_of_it(self, user: User) -> None:
        actor = acting(user)
        memory = mediator.store(actor=actor, draft=make_draft(), now=NOW).memory
        annotate(memory, by=user)
        annotate(memory, by=user)

        amended = mediator.amend(
            actor=actor,
            memory_id=memory.pk,
            amendment=Amendment(tags=["seen"]),
            expected_version=1,
            now=LATER,
        )

        versions = mediator.history(actor=actor, memory_id=memory.pk, now=LATER)
        assert [one.version for one in versions] == [2, 1]
        assert "annotation" not in versions[1].body
        assert amended.annotations_count == 2  # type: ignore[attr-defined]  # counted


@pytest.mark.django_db(transaction=True)
def test_remarks_of_many_at_once_are_all_kept(memory: Memory, user: User) -> None:
    together(6, lambda: annotate(memory, by=user))

    assert len(bodies(memory, by=user)) == 6
    times = {entry.body["updated_at"] for entry in Entry.objects.all()}
    assert len(times) == 6
