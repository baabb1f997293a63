"""The remarks on a memory's page."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Record
from memories import mediator
from memories.models import Annotation, Memory
from memories.schemas.annotating import Note
from tests.conftest import acting
from tests.factories import NOW, make_memory, share

HOSTILE = "<script>alert(1)</script> & <b>bold</b>"


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


def browse(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def page(memory: Memory, name: str = "change") -> str:
    return reverse(f"admin:memories_chatmemory_{name}", args=[memory.pk])


def remark(memory: Memory, by: User, body: str, kind: str = "note") -> None:
    note = Note.model_validate({"body": body, "kind": kind})
    mediator.annotate(actor=acting(by), memory_id=memory.pk, note=note, now=NOW)


class TestThePanel:
    def test_shows_who_remarked_what_and_when(
        self, memory: Memory, user: User, manager: User
    ) -> None:
        remark(memory, user, "The price was right", "confirm")

        shown = browse(manager).get(page(memory)).text

        assert "The price was right" in shown
        assert "Confirm" in shown
        assert user.email in shown
        assert f"{NOW:%Y, %H:%M} UTC" in shown

    def test_shows_text_as_text(self, memory: Memory, user: User) -> None:
        remark(memory, user, HOSTILE)

        shown = browse(user).get(page(memory)).text

        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in shown
        assert "<script>alert(1)" not in shown

    def test_says_that_there_are_none(self, memory: Memory, user: User) -> None:
        assert (
            "Nobody has remarked anything on it" in browse(user).get(page(memory)).text
        )

    def test_names_nobody_whose_account_is_gone(
        self, memory: Memory, user: User, manager: User
    ) -> None:
        remark(memory, manager, "So it is")
        manager.delete()

        assert "somebody whose account is gone" in browse(user).get(page(memory)).text

    def test_leads_on_where_there_are_very_many(
        self, memory: Memory, user: User
    ) -> None:
        Annotation.objects.bulk_create(
            Annotation(
                memory=memory, author=user, body=f"Remark {number}", created_at=NOW
            )
            for number in range(101)
        )

        first = browse(user).get(page(memory)).text
        cursor = re.search(r"\?remarks=(\d+)#remarks", first)
        assert cursor
        rest = browse(user).get(page(memory), {"remarks": cursor[1]}).text

        assert "Remark 99<" in first
        assert "Remark 100<" not in first
        assert "Remark 100<" in rest

    def test_begins_at_the_first_after_what_is_no_remark(
        self, memory: Memory, user: User
    ) -> None:
        remark(memory, user, "The first")

        assert "The first" in browse(user).get(page(memory), {"remarks": "\0x"}).text

    def test_is_one_look_with_the_page(self, memory: Memory, user: User) -> None:
        browse(user).get(page(memory))

        (record,) = Record.objects.all()
        assert (record.action, record.returned) == ("retrieve", 1)

    def test_stays_when_the_form_has_faults(self, memory: Memory, user: User) -> None:
        remark(memory, user, "Still here")

        answer = browse(user).post(page(memory), {"content_message": ""})

        assert answer.status_code == 200
        assert "Still here" in answer.text

    def test_is_not_on_the_page_of_a_memory_to_come(self, user: User) -> None:
        shown = browse(user).get("/admin/memories/chatmemory/add/").text

        assert "Remarks" not in shown


class TestRemarking:
    def test_it_works(self, memory: Memory, manager: User) -> None:
        sent = {"kind": "dispute", "body": HOSTILE}

        answer = browse(manager).post(page(memory, "annotate"), sent, follow=True)

        made = Annotation.objects.get()
        assert (made.author, made.kind, made.body) == (manager, "dispute", HOSTILE)
        assert answer.status_code == 200
        assert "It is remarked." in answer.text

    def test_is_on_record_once(self, memory: Memory, manager: User) -> None:
        browse(manager).post(page(memory, "annotate"), {"kind": "note", "body": "So"})

        (record,) = Record.objects.all()
        assert (record.action, record.memory_ids) == ("annotate", [memory.pk])
        assert (record.actor, record.channel) == (manager.email, "admin")

    def test_is_offered_to_whom_it_is_shared_with(
        self, memory: Memory, outsider: User
    ) -> None:
        share(memory, outsider)

        assert page(memory, "annotate") in browse(outsider).get(page(memory)).text
        browse(outsider).post(page(memory, "annotate"), {"kind": "note", "body": "So"})
        assert Annotation.objects.get().author == outsider

    def test_is_not_offered_to_who_views_as_somebody(
        self, memory: Memory, ceo: User, user: User
    ) -> None:
        client = browse(ceo)
        client.post("/admin/view-as/", {"email": user.email})

        assert page(memory, "annotate") not in client.get(page(memory)).text

    @pytest.mark.parametrize(
        ("kind", "body", "told"),
        [
            ("note", " \t", "The remark"),
            ("note", "x" * 9000, "the limit is 8192"),
            ("shout", "So", "The remark"),
            ("note", "a\0b", "The remark"),
        ],
    )
    def test_says_what_is_wrong(
        self, memory: Memory, user: User, kind: str, body: str, told: str
    ) -> None:
        sent = {"kind": kind, "body": body}

        answer = browse(user).post(page(memory, "annotate"), sent, follow=True)

        assert told in answer.text
        assert not Annotation.objects.exists()

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        sent = {"kind": "note", "body": "So"}

        hidden = browse(outsider).post(page(memory, "annotate"), sent)
        nowhere = page(Memory(pk=uuid4()), "annotate")

        assert hidden.status_code == 404
        assert browse(outsider).post(nowhere, sent).status_code == 404
        assert not Annotation.objects.exists()
        assert {one.reason for one in Record.objects.all()} == {"not_found"}
