"""GET, PATCH and DELETE /memory/{id}, and its history."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from journal.models import Entry
from memories.models import Memory, MemoryUserPermission
from tests.conftest import Api
from tests.factories import make_memory


def share(memory: Memory, user: User, can: str) -> None:
    MemoryUserPermission.objects.create(
        content_object=memory,
        user=user,
        permission=Permission.objects.get(codename=f"{can}_memory"),
    )


class TestGet:
    """Reading one."""

    def test_it_works(self, user: User) -> None:
        memory = make_memory(owner=user)

        answer = Api(user).get(f"memory/{memory.pk}")

        assert answer.status_code == 200
        assert answer.json()["id"] == str(memory.pk)
        assert answer["ETag"] == '"1"'

    def test_what_is_hidden_answers_as_what_is_not(
        self, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)

        hidden = Api(outsider).get(f"memory/{memory.pk}")
        missing = Api(outsider).get(f"memory/{uuid4()}")

        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() == missing.json()

    def test_what_has_expired_is_gone_before_it_is_removed(self, user: User) -> None:
        memory = make_memory(owner=user, expires_at=timezone.now())

        assert Api(user).get(f"memory/{memory.pk}").status_code == 404

    def test_what_is_held_stays_past_its_end(self, user: User) -> None:
        memory = make_memory(owner=user, expires_at=timezone.now(), legal_hold=True)

        assert Api(user).get(f"memory/{memory.pk}").status_code == 200

    def test_counts_annotations_and_shares(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)
        memory.annotations.create(body="x", created_at=timezone.now())
        share(memory, outsider, "view")

        body = Api(user).get(f"memory/{memory.pk}").json()

        assert (body["annotations_count"], body["shared_with_count"]) == (1, 1)

    def test_one_audit_record_is_left_for_each_look(
        self, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)

        Api(user).get(f"memory/{memory.pk}")
        Api(outsider).get(f"memory/{memory.pk}")

        seen, refused = Record.objects.filter(action="retrieve").order_by("seq")
        assert (seen.actor, seen.outcome, seen.returned) == (user.email, "allowed", 1)
        assert (refused.actor, refused.reason) == (outsider.email, "not_found")
        assert refused.memory_ids == [memory.pk]


class TestRetrieve:
    """Reading many, or one by its external id."""

    def test_missing_and_hidden_are_listed_together(
        self, user: User, outsider: User
    ) -> None:
        mine, theirs, nobodys = make_memory(owner=user), make_memory(), uuid4()
        asked = [str(theirs.pk), str(mine.pk), str(nobodys)]

        body = Api(user).get("memory/retrieve", {"id": asked}).json()

        assert [memory["id"] for memory in body["memories"]] == [str(mine.pk)]
        assert body["missing"] == [str(theirs.pk), str(nobodys)]

    def test_what_is_hidden_is_on_record_as_refused_and_named(
        self, outsider: User
    ) -> None:
        hidden, nobodys = make_memory().pk, uuid4()

        answer = Api(outsider).get("memory/retrieve", {"id": [hidden, nobodys]})

        assert answer.status_code == 200
        record = Record.objects.get()
        assert (record.outcome, record.reason) == ("refused", "not_found")
        assert set(record.memory_ids) == {hidden, nobodys}

    def test_what_is_hidden_among_others_is_named_and_counted(self, user: User) -> None:
        mine, hidden = make_memory(owner=user).pk, make_memory().pk

        Api(user).get("memory/retrieve", {"id": [hidden, mine, hidden]})

        record = Record.objects.get()
        assert (record.outcome, record.reason) == ("allowed", "not_found: 1 of 2")
        assert (set(record.memory_ids), record.returned) == ({mine, hidden}, 1)

    def test_by_source_and_external_id(self, user: User) -> None:
        memory = make_memory(owner=user, source="slack", external_id="1")

        query = {"source": "slack", "external_id": "1"}
        body = Api(user).get("memory/retrieve", query).json()

        assert [each["id"] for each in body["memories"]] == [str(memory.pk)]

    def test_by_an_external_id_that_is_anothers(self, outsider: User) -> None:
        make_memory(source="slack", external_id="1")

        query = {"source": "slack", "external_id": "1"}
        answer = Api(outsider).get("memory/retrieve", query)

        assert answer.status_code == 404
        record = Record.objects.get()
        assert (record.outcome, len(record.query_digest)) == ("refused", 64)

    def test_a_service_sees_what_it_stored(self, service: User, user: User) -> None:
        stored = make_memory(stored_by=service, owner=user)
        other = make_memory(owner=user)

        asked = {"id": [str(stored.pk), str(other.pk)]}
        body = Api(service).get("memory/retrieve", asked).json()

        assert body["missing"] == [str(other.pk)]

    def test_a_service_on_behalf_sees_what_the_person_sees_and_no_more(
        self, service: User, user: User
    ) -> None:
        stored = make_memory(stored_by=service)
        persons = make_memory(owner=user)

        asked = {"id": [str(stored.pk), str(persons.pk)]}
        body = (
            Api(service)
            .get("memory/retrieve", asked, **{"X-On-Behalf-Of": user.email})
            .json()
        )

        assert body["missing"] == [str(stored.pk)]
        record = Record.objects.get(action="retrieve")
        assert (record.actor, record.on_behalf_of) == (service.email, user.email)

    @pytest.mark.parametrize("address", ["who@example.com", ""])
    def test_a_service_on_behalf_of_nobody_is_told_so(
        self, service: User, address: str
    ) -> None:
        answer = Api(service).get("stats", **{"X-On-Behalf-Of": address})

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "X-On-Behalf-Of"

    def test_a_person_acts_for_nobody_else(self, ceo: User, user: User) -> None:
        answer = Api(ceo).get("stats", **{"X-On-Behalf-Of": user.email})

        assert answer.status_code == 403


class TestPatch:
    """Changing one."""

    def change(self, by: User, memory: Memory, body: Any, version: str = '"1"') -> Any:
        return Api(by).patch(f"memory/{memory.pk}", body, **{"If-Match": version})

    def test_it_works(self, user: User) -> None:
        memory = make_memory(owner=user, tags=["old"])

        answer = self.change(user, memory, {"tags": ["new"]})

        assert answer.status_code == 200
        assert (answer.json()["tags"], answer.json()["version"]) == (["new"], 2)
        assert answer["ETag"] == '"2"'
        assert Entry.objects.get().version == 2

    def test_a_title_that_followed_the_content_follows_it_on(self, user: User) -> None:
        memory = make_memory(owner=user)

        answer = self.change(user, memory, {"content": {"message": "Something else"}})

        assert answer.json()["title"] == "Something else"

    def test_a_title_of_its_own_stays(self, user: User) -> None:
        memory = make_memory(owner=user, title="A name")

        answer = self.change(user, memory, {"content": {"message": "Something else"}})

        assert answer.json()["title"] == "A name"

    def test_a_change_that_changes_nothing_keeps_the_version(self, user: User) -> None:
        memory = make_memory(owner=user, tags=["same"])

        answer = self.change(user, memory, {"tags": ["same"]})

        assert answer.json()["version"] == 1
        assert not Entry.objects.exists()

    def test_a_lost_race_is_told_the_version(self, user: User) -> None:
        memory = make_memory(owner=user, version=3)

        answer = self.change(user, memory, {"tags": ["new"]}, '"2"')

        assert answer.status_code == 412
        assert "version 3" in answer.json()["detail"]

    def test_without_a_version_it_asks_for_one(self, user: User) -> None:
        memory = make_memory(owner=user)

        answer = Api(user).patch(f"memory/{memory.pk}", {"tags": ["new"]})

        assert answer.status_code == 428
        assert "If-Match" in answer.json()["detail"]

    @pytest.mark.parametrize("version", ["one", '"1', "*", "1.0", ""])
    def test_a_version_that_is_none_is_named(self, user: User, version: str) -> None:
        memory = make_memory(owner=user)

        answer = self.change(user, memory, {"tags": ["new"]}, version)

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "If-Match"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, ""),
            ({"type": "event"}, "/type"),
            ({"content": {"message": 7}}, "/content/message"),
            ({"content": {"message": "x"}, "schema_version": 4}, "/schema_version"),
            ({"owner": "who@example.com"}, "/owner"),
            ({"title": None}, "/title"),
            ({"tags": ["x"], "owner": None}, "/owner"),
        ],
    )
    def test_a_bad_change_names_the_field(
        self, ceo: User, body: Any, pointer: str
    ) -> None:
        memory = make_memory()

        answer = self.change(ceo, memory, body)

        assert answer.status_code == 400
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
        assert Memory.objects.get().version == 1

    def test_a_new_life_begins_now(self, user: User) -> None:
        memory = make_memory(owner=user, created_at=timezone.now())

        self.change(user, memory, {"ttl_seconds": 60})

        memory.refresh_from_db()
        assert memory.expires_at is not None
        assert memory.expires_at < timezone.now() + timedelta(seconds=61)

    def test_outsider_cannot(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)

        assert self.change(outsider, memory, {"tags": ["x"]}).status_code == 404

    def test_who_may_only_view_cannot(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)
        share(memory, outsider, "view")

        assert self.change(outsider, memory, {"tags": ["x"]}).status_code == 403

    def test_whom_it_is_shared_with_to_change_can(
        self, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)
        share(memory, outsider, "change")

        assert self.change(outsider, memory, {"tags": ["x"]}).status_code == 200

    def test_whom_it_is_shared_with_does_not_take_it_over(
        self, user: User, outsider: User
    ) -> None:
        memory = make_memory(owner=user)
        share(memory, outsider, "change")

        for body in ({"owner": outsider.email}, {"ttl_seconds": 1}):
            assert self.change(outsider, memory, body).status_code == 403
        memory.refresh_from_db()
        assert (memory.owner, memory.version) == (user, 1)

    def test_true_is_not_one(self, user: User) -> None:
        memory = make_memory(owner=user, metadata={"flag": 1})

        answer = self.change(user, memory, {"metadata": {"flag": True}})

        assert answer.json()["version"] == 2
        assert answer.json()["metadata"]["flag"] is True

    def test_an_id_in_capitals_is_the_same(self, user: User) -> None:
        memory = make_memory(owner=user)

        answer = Api(user).get(f"memory/{str(memory.pk).upper()}")

        assert answer.status_code == 200

    def test_a_manager_changes_insights_and_no_decisions(
        self, user: User, manager: User
    ) -> None:
        insight = make_memory(type="insight", owner=user)
        decision = make_memory(type="decision", owner=user)

        assert self.change(manager, insight, {"tags": ["x"]}).status_code == 200
        assert self.change(manager, decision, {"tags": ["x"]}).status_code == 403


class TestDelete:
    """Forgetting one."""

    def test_it_works(self, user: User) -> None:
        memory = make_memory(owner=user, version=2)

        answer = Api(user).delete(f"memory/{memory.pk}")

        assert answer.status_code == 204
        assert not Memory.objects.exists()
        entry = Entry.objects.get()
        assert (entry.key, entry.op, entry.version) == (memory.pk, "delete", 3)

    def test_its_tombstone_says_nothing_of_what_it_said(self, user: User) -> None:
        memory = make_memory(owner=user, title="A secret")

        Api(user).delete(f"memory/{memory.pk}")

        body = Entry.objects.get().body
        assert body["deleted_at"]
        assert not {"title", "content", "search_text", "owner_email"} & body.keys()

    def test_a_legal_hold_keeps_it(self, ceo: User) -> None:
        memory = make_memory(legal_hold=True)

        answer = Api(ceo).delete(f"memory/{memory.pk}")

        assert answer.status_code == 409
        assert "legal hold" in answer.json()["detail"]
        assert Memory.objects.exists()

    def test_outsider_cannot(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)

        assert Api(outsider).delete(f"memory/{memory.pk}").status_code == 404

    def test_whom_it_is_shared_with_cannot(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)
        share(memory, outsider, "change")

        assert Api(outsider).delete(f"memory/{memory.pk}").status_code == 403


class TestHistory:
    """Every version, who made it, and when."""

    def test_it_works(self, user: User, ceo: User) -> None:
        stored = Api(user).post(
            "memory/store", {"type": "chat", "content": {"message": "One"}}
        )
        path = f"memory/{stored.json()['id']}"
        change = {"content": {"message": "Two"}}
        Api(ceo).patch(path, change, **{"If-Match": '"1"'})

        versions = Api(user).get(f"{path}/history").json()["versions"]

        assert [(v["version"], v["title"]) for v in versions] == [
            (2, "Two"),
            (1, "One"),
        ]
        assert [version["by"]["email"] for version in versions] == [
            ceo.email,
            user.email,
        ]
        assert versions[1]["content"]["message"] == "One"

    def test_outsider_cannot(self, user: User, outsider: User) -> None:
        memory = make_memory(owner=user)

        assert Api(outsider).get(f"memory/{memory.pk}/history").status_code == 404
