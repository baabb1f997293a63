"""The lists and pages of memories."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Record
from journal.models import Entry
from memories.models import DecisionMemory, Memory
from memories.schemas.registry import registry
from memories.search import indexer
from memories.search.index import Index
from tests.conftest import Api
from tests.factories import CONTENTS, make_memory

NO_ROWS = {"content_action_items": ""}


def admin(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(type_: str, page: str, *args: Any) -> str:
    return reverse(f"admin:memories_{type_}memory_{page}", args=args)


def form_of(memory: Memory | None = None, **fields: Any) -> dict[str, Any]:
    """Return what a browser would send for a decision."""
    filled = {
        "content_decision": "Offer a discount of ten per cent",
        "content_status": "proposed",
        "content_priority": "medium",
        "title": memory.title if memory else "",
        "tags": "",
        "metadata": "{}",
        "seen_version": memory.version if memory else "",
    }
    if memory:
        filled["occurred_at_0"] = f"{memory.occurred_at:%Y-%m-%d}"
        filled["occurred_at_1"] = f"{memory.occurred_at:%H:%M:%S}"
    return filled | fields


class TestTheDoor:
    """Who is let in."""

    @pytest.mark.parametrize("who", ["ceo", "manager", "user", "outsider"])
    def test_people_are(self, who: str, request: pytest.FixtureRequest) -> None:
        assert admin(request.getfixturevalue(who)).get("/admin/").status_code == 200

    def test_services_are_not(self, service: User) -> None:
        assert admin(service).get("/admin/").status_code == 302

    def test_strangers_are_not(self, db: None) -> None:
        assert Client().get("/admin/").status_code == 302

    @pytest.mark.parametrize(
        "page", ["audit_record", "memories_retentionpolicy", "accounts_user"]
    )
    def test_governance_is_the_ceos(
        self, ceo: User, manager: User, user: User, page: str
    ) -> None:
        path = reverse(f"admin:{page}_changelist")

        assert admin(ceo).get(path).status_code == 200
        assert admin(manager).get(path).status_code == 403
        assert admin(user).get(path).status_code == 403

    def test_nothing_is_searched_over_all_models(self, ceo: User) -> None:
        assert admin(ceo).get("/admin/search/", {"s": "a"}).status_code == 404


class TestDashboard:
    """The index."""

    def test_shows_the_newest_decisions_and_insights(self, ceo: User) -> None:
        make_memory(type="decision", title="Drop the per-seat price")
        make_memory(type="insight", title="Champions matter")

        page = admin(ceo).get("/admin/").content.decode()

        assert "Drop the per-seat price" in page
        assert "Champions matter" in page

    def test_shows_a_person_nothing_of_others(self, user: User) -> None:
        make_memory(type="decision", title="Drop the per-seat price")

        page = admin(user).get("/admin/").content.decode()

        assert "Drop the per-seat price" not in page
        assert "Nothing is remembered yet" in page


class TestList:
    """The list of a type."""

    @pytest.mark.parametrize("type_", registry().types)
    def test_each_type_has_one(self, ceo: User, type_: str) -> None:
        memory = make_memory(type=type_, owner=ceo, source="gong")

        page = admin(ceo).get(address(type_, "changelist")).content.decode()

        assert memory.title in page
        assert "gong" in page

    def test_holds_what_the_asker_may_see(self, user: User, outsider: User) -> None:
        make_memory(type="chat", owner=user, title="Mine")
        make_memory(type="chat", owner=outsider, title="Theirs")

        page = admin(user).get(address("chat", "changelist")).content.decode()

        assert "Mine" in page
        assert "Theirs" not in page
        assert outsider.email not in page

    def test_what_it_showed_is_on_record(self, user: User) -> None:
        memory = make_memory(type="chat", owner=user)

        admin(user).get(address("chat", "changelist"))

        record = Record.objects.get(action="browse")
        assert (record.channel, record.memory_ids) == ("admin", [memory.pk])

    def test_filters_by_source_and_owner(self, ceo: User, user: User) -> None:
        make_memory(type="chat", owner=user, source="slack", title="Wanted")
        make_memory(type="chat", owner=ceo, source="slack", title="Not mine")
        make_memory(type="chat", owner=user, source="gong", title="Not from there")
        make_memory(type="chat", title="Nobodys")
        path = address("chat", "changelist")

        found = admin(ceo).get(path, {"source": "slack", "owner": str(user.pk)})
        nobodys = admin(ceo).get(path, {"owner": "none"})

        assert [each.title for each in found.context["cl"].result_list] == ["Wanted"]
        assert [each.title for each in nobodys.context["cl"].result_list] == ["Nobodys"]

    @pytest.mark.parametrize(
        "query",
        [
            {"owner": "²"},
            {"owner": "999"},
            {"source": "\x00"},
            {"q": "x" * 2001},
            {"q": "a\x00b"},
        ],
    )
    def test_odd_addresses_are_no_fault_of_the_hub(
        self, ceo: User, query: dict[str, str]
    ) -> None:
        make_memory(type="chat", owner=ceo)

        answer = admin(ceo).get(address("chat", "changelist"), query)

        assert answer.status_code == 200

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("indexed", [True, False])
    def test_searches_by_the_engine_the_best_first(
        self, ceo: User, index: Index, indexed: bool
    ) -> None:
        for text in ("A renewal among many other words", "Renewals", "Something else"):
            draft = {"type": "chat", "content": {"message": text}}
            Api(ceo).post("memory/store", draft)
        if indexed:
            indexer.follow(index)

        found = admin(ceo).get(address("chat", "changelist"), {"q": "renewal"})

        titles = [each.title for each in found.context["cl"].result_list]
        assert set(titles) == {"Renewals", "A renewal among many other words"}
        assert not indexed or titles[0] == "Renewals"

    def test_takes_as_many_queries_for_fifty_as_for_one(
        self, ceo: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(50):
            make_memory(type="decision", owner=ceo)
        client = admin(ceo)

        with django_assert_max_num_queries(19):
            client.get(address("decision", "changelist"))


class TestPage:
    """The page of one memory."""

    def test_shows_the_content_as_fields(self, ceo: User) -> None:
        content = {
            "decision": "Go",
            "alternatives": ["Stay", "Wait"],
            "action_items": [{"text": "Call", "assignee": "Ann", "done": True}],
        }
        memory = make_memory(type="decision", content=content)

        page = admin(ceo).get(address("decision", "change", memory.pk))

        form = page.context["adminform"].form
        assert form["content_decision"].value() == "Go"
        assert "Stay\nWait" in str(form["content_alternatives"])
        assert "Ann" in str(form["content_action_items"])
        assert Record.objects.get(action="retrieve").memory_ids == [memory.pk]

    def test_promises_a_time_only_where_an_empty_one_is_filled_in(
        self, ceo: User
    ) -> None:
        memory = make_memory(type="decision")

        new = admin(ceo).get(address("decision", "add"))
        stored = admin(ceo).get(address("decision", "change", memory.pk))

        assert b"Now, when it is empty." in new.content
        assert b"Now, when it is empty." not in stored.content

    def test_saves_through_the_mediator(self, ceo: User) -> None:
        memory = make_memory(type="decision")
        sent = form_of(
            memory,
            content_status="accepted",
            content_alternatives="Stay\n\nWait ",
            content_due_date="2026-12-24",
            **{
                "content_action_items-0-text": "Call Ann",
                "content_action_items-0-done": "on",
                "content_action_items-1-text": "",
                "content_action_items-2-text": "Write",
                "content_action_items-2-due_date": "2026-12-01",
            },
        )

        answer = admin(ceo).post(address("decision", "change", memory.pk), sent)

        assert answer.status_code == 302, answer.context["adminform"].form.errors
        memory.refresh_from_db()
        assert memory.version == 2
        assert memory.content["status"] == "accepted"
        assert memory.content["alternatives"] == ["Stay", "Wait"]
        assert memory.content["due_date"] == "2026-12-24"
        assert memory.content["action_items"] == [
            {"text": "Call Ann", "done": True},
            {"text": "Write", "due_date": "2026-12-01", "done": False},
        ]
        assert Entry.objects.get().body["by"]["channel"] == "admin"

    def test_saving_without_a_change_keeps_the_version(self, ceo: User) -> None:
        moment = timezone.now()
        memory = make_memory(type="decision", occurred_at=moment)

        admin(ceo).post(address("decision", "change", memory.pk), form_of(memory))

        memory.refresh_from_db()
        assert (memory.version, memory.occurred_at) == (1, moment)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"content_decision": ""}, "content_decision"),
            ({"content_decision": " \t "}, "content_decision"),
            ({"content_status": "maybe"}, "content_status"),
            ({"content_due_date": "soon"}, "content_due_date"),
            ({"content_supersedes": "no-uuid"}, "content_supersedes"),
            (
                {
                    "content_action_items-0-text": "x",
                    "content_action_items-0-due_date": "soon",
                },
                "content_action_items",
            ),
            ({"tags": "x" * 65}, "tags"),
            ({"metadata": "{"}, "metadata"),
            ({"metadata": "[]"}, "metadata"),
            ({"metadata": '{"a": "\\ud800"}'}, "metadata"),
            ({"metadata": "[" * 3000}, "metadata"),
            ({"metadata": "9" * 5000}, "metadata"),
            ({"occurred_at_0": "", "occurred_at_1": ""}, "occurred_at"),
        ],
    )
    def test_a_bad_field_is_named_and_nothing_saved(
        self, ceo: User, fields: dict[str, str], field: str
    ) -> None:
        memory = make_memory(type="decision")

        answer = admin(ceo).post(
            address("decision", "change", memory.pk), form_of(memory, **fields)
        )

        assert answer.status_code == 200
        assert field in answer.context["adminform"].form.errors
        assert Memory.objects.get().version == 1

    def test_a_title_that_followed_the_content_follows_it_on(self, ceo: User) -> None:
        memory = make_memory(type="decision")
        sent = form_of(memory, content_decision="Something else")

        admin(ceo).post(address("decision", "change", memory.pk), sent)

        memory.refresh_from_db()
        assert memory.title == "Something else"

    def test_an_emptied_title_is_taken_from_the_content(self, ceo: User) -> None:
        memory = make_memory(type="decision", title="A name")

        admin(ceo).post(
            address("decision", "change", memory.pk), form_of(memory, title="")
        )

        memory.refresh_from_db()
        assert memory.title == "Offer a discount of ten per cent"

    def test_an_owner_is_changed_and_never_dropped(self, ceo: User, user: User) -> None:
        memory = make_memory(type="decision", owner=ceo)
        path = address("decision", "change", memory.pk)

        dropped = admin(ceo).post(path, form_of(memory, owner=""))
        admin(ceo).post(path, form_of(memory, owner=str(user.pk)))

        assert "owner" in dropped.context["adminform"].form.errors
        memory.refresh_from_db()
        assert memory.owner == user

    def test_a_change_made_meanwhile_is_not_overwritten(self, ceo: User) -> None:
        memory = make_memory(type="decision", version=2)
        sent = form_of(memory, seen_version="1", content_status="accepted")

        answer = admin(ceo).post(address("decision", "change", memory.pk), sent)

        assert "version 2" in str(answer.context["adminform"].form.errors)
        memory.refresh_from_db()
        assert memory.version == 2

    def test_adds_one_for_its_author(self, user: User) -> None:
        answer = admin(user).post(address("decision", "add"), form_of())

        assert answer.status_code == 302, answer.context["adminform"].form.errors
        memory = DecisionMemory.objects.get()
        assert (memory.owner, memory.source) == (user, "admin")

    def test_deletes_through_the_mediator(self, ceo: User) -> None:
        memory = make_memory(type="decision")

        answer = admin(ceo).post(
            address("decision", "delete", memory.pk), {"post": "yes"}
        )

        assert answer.status_code == 302
        assert not Memory.objects.exists()
        assert Entry.objects.get().op == "delete"

    def test_a_legal_hold_keeps_it(self, ceo: User) -> None:
        memory = make_memory(type="decision", legal_hold=True)
        path = address("decision", "delete", memory.pk)

        assert b"legal hold" in admin(ceo).get(path).content
        admin(ceo).post(path, {"post": "yes"})

        assert Memory.objects.exists()

    def test_shows_every_version(self, ceo: User) -> None:
        draft = {"type": "decision", "content": CONTENTS["decision"]}
        memory_id = Api(ceo).post("memory/store", draft).json()["id"]
        change = {"content": {"decision": "Offer fifteen"}}
        Api(ceo).patch(f"memory/{memory_id}", change, **{"If-Match": '"1"'})

        page = admin(ceo).get(address("decision", "history", memory_id))

        assert b"Offer fifteen" in page.content
        assert b"Offer a discount of ten per cent" in page.content


class TestOthersMemories:
    """What somebody may see and not change, or not see at all."""

    def test_what_may_only_be_read_shows_as_a_page(
        self, manager: User, user: User
    ) -> None:
        content = {"decision": "Go <b>now</b>", "alternatives": ["Wait"]}
        memory = make_memory(type="decision", owner=user, content=content, title="Go")

        page = admin(manager).get(address("decision", "change", memory.pk))

        assert b"Go &lt;b&gt;now&lt;/b&gt;" in page.content
        assert b"Wait" in page.content
        assert b'name="_save"' not in page.content

    def test_what_may_only_be_read_is_not_changed_by_a_post(
        self, manager: User, user: User
    ) -> None:
        memory = make_memory(type="decision", owner=user)

        admin(manager).post(
            address("decision", "change", memory.pk),
            form_of(memory, content_status="accepted"),
        )
        admin(manager).post(address("decision", "delete", memory.pk), {"post": "yes"})

        assert Memory.objects.get().version == 1

    @pytest.mark.parametrize("page", ["change", "delete", "history"])
    def test_outsider_cannot(self, user: User, outsider: User, page: str) -> None:
        memory = make_memory(type="decision", owner=user)

        hidden = admin(outsider).get(address("decision", page, memory.pk))
        missing = admin(outsider).get(address("decision", page, uuid4()))

        assert hidden.status_code == missing.status_code
        assert memory.title.encode() not in hidden.content
