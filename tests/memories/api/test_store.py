"""POST /memory/store."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from journal.models import Entry
from memories.models import Annotation, Memory
from tests.conftest import Api
from tests.factories import make_memory

CHAT: dict[str, Any] = {"type": "chat", "content": {"message": "Hello"}}
KEYED = {**CHAT, "source": "slack", "external_id": "C1-1"}


def test_it_works(user: User) -> None:
    answer = Api(user).post("memory/store", CHAT)

    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "stored"
    assert body["version"] == 1
    assert body["owner"] == {"id": user.pk, "email": user.email}
    assert Memory.objects.get(pk=body["id"]).content["message"] == "Hello"


def test_answers_without_the_prefix_too(user: User) -> None:
    api = Api(user)

    answer = api.client.post(
        "/memory/store", CHAT, content_type="application/json", headers=api.headers
    )

    assert answer.status_code == 201


def test_leaves_one_journal_entry_and_one_audit_record(user: User) -> None:
    body = Api(user).post("memory/store", CHAT).json()

    entry = Entry.objects.get()
    assert (str(entry.key), entry.version, entry.op) == (body["id"], 1, "put")
    record = Record.objects.get(action="store")
    assert (record.actor, record.outcome) == (user.email, "allowed")
    assert [str(memory_id) for memory_id in record.memory_ids] == [body["id"]]


def test_fills_in_the_defaults_of_the_schema(user: User) -> None:
    draft = {"type": "decision", "content": {"decision": "Go"}}

    content = Api(user).post("memory/store", draft).json()["content"]

    assert content["status"] == "proposed"
    assert content["priority"] == "medium"


def test_takes_the_title_from_the_content(user: User) -> None:
    draft = {"type": "chat", "content": {"message": "First line\nsecond line"}}

    assert Api(user).post("memory/store", draft).json()["title"] == "First line"


def test_keeps_what_a_full_draft_says(user: User) -> None:
    draft = {
        **KEYED,
        "title": "A title",
        "metadata": {"team": {"size": 3}},
        "tags": ["pricing", "Renewal"],
        "occurred_at": "2026-01-31T09:30:00Z",
        "owner": user.email.upper(),
        "schema_version": 1,
    }

    body = Api(user).post("memory/store", draft).json()

    for field in ("title", "metadata", "tags", "occurred_at", "source", "external_id"):
        assert body[field] == draft[field]


def test_ends_a_memory_with_its_own_life(user: User) -> None:
    body = Api(user).post("memory/store", {**CHAT, "ttl_seconds": 60}).json()

    life = _moment(body["expires_at"]) - _moment(body["created_at"])
    assert life == timedelta(seconds=60)


def test_never_ends_a_memory_after_its_types_retention(user: User) -> None:
    century = 100 * 365 * 86400

    body = Api(user).post("memory/store", {**CHAT, "ttl_seconds": century}).json()

    life = _moment(body["expires_at"]) - _moment(body["created_at"])
    assert life == timedelta(days=365)


def test_the_same_external_id_unchanged_keeps_its_version(user: User) -> None:
    api = Api(user)
    first = api.post("memory/store", KEYED).json()
    Annotation.objects.create(
        memory_id=first["id"], body="x", created_at=timezone.now()
    )

    again = api.post("memory/store", KEYED)

    assert again.status_code == 200
    assert again.json()["status"] == "unchanged"
    assert again.json()["annotations_count"] == 1
    assert (again.json()["id"], again.json()["version"]) == (first["id"], 1)
    assert Entry.objects.count() == 1


def test_the_same_external_id_changed_is_the_next_version(user: User) -> None:
    api = Api(user)
    first = api.post("memory/store", KEYED).json()

    changed = api.post("memory/store", {**KEYED, "content": {"message": "Bye"}})

    assert changed.status_code == 200
    assert changed.json()["status"] == "updated"
    assert (changed.json()["id"], changed.json()["version"]) == (first["id"], 2)
    assert changed.json()["title"] == "Bye"
    assert Memory.objects.get().content["message"] == "Bye"


def test_what_a_second_draft_does_not_name_stays(user: User) -> None:
    api = Api(user)
    api.post("memory/store", {**KEYED, "tags": ["a"], "metadata": {"b": 1}})

    changed = api.post("memory/store", {**KEYED, "content": {"message": "Bye"}})

    assert changed.json()["tags"] == ["a"]
    assert changed.json()["metadata"] == {"b": 1}


def test_a_type_does_not_change(user: User) -> None:
    api = Api(user)
    api.post("memory/store", KEYED)

    draft = {**KEYED, "type": "insight", "content": {"insight": "x"}}
    answer = api.post("memory/store", draft)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/type"


def test_an_expired_memory_gives_its_external_id_free(user: User) -> None:
    past = datetime.fromisoformat("2020-01-01T00:00:00Z")
    old = make_memory(owner=user, source="slack", external_id="C1-1", expires_at=past)

    answer = Api(user).post("memory/store", KEYED)

    assert answer.status_code == 201
    assert answer.json()["id"] != str(old.pk)
    assert list(Memory.objects.values_list("pk", flat=True)) != [old.pk]


class TestOwnership:
    """Who may store for whom."""

    def test_a_user_stores_for_nobody_else(self, user: User, outsider: User) -> None:
        answer = Api(user).post("memory/store", {**CHAT, "owner": outsider.email})

        assert answer.status_code == 403

    def test_a_ceo_stores_for_anyone(self, ceo: User, user: User) -> None:
        answer = Api(ceo).post("memory/store", {**CHAT, "owner": user.email})

        assert answer.json()["owner"]["email"] == user.email

    def test_a_ceo_is_told_of_an_unknown_owner(self, ceo: User) -> None:
        answer = Api(ceo).post("memory/store", {**CHAT, "owner": "who@example.com"})

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/owner"

    def test_a_manager_stores_insights_for_anyone(
        self, manager: User, user: User
    ) -> None:
        draft = {"type": "insight", "content": {"insight": "x"}, "owner": user.email}

        answer = Api(manager).post("memory/store", draft)

        assert answer.json()["owner"]["email"] == user.email

    def test_a_manager_stores_chats_for_nobody_else(
        self, manager: User, user: User
    ) -> None:
        answer = Api(manager).post("memory/store", {**CHAT, "owner": user.email})

        assert answer.status_code == 403

    def test_a_service_stores_for_whom_it_names(
        self, service: User, user: User
    ) -> None:
        answer = Api(service).post("memory/store", {**CHAT, "owner": user.email})

        assert answer.json()["owner"]["email"] == user.email

    def test_a_services_unknown_owner_leaves_it_unassigned(self, service: User) -> None:
        answer = Api(service).post("memory/store", {**CHAT, "owner": "x@example.com"})

        assert answer.status_code == 201
        assert answer.json()["owner"] is None

    def test_somebody_elses_external_id_answers_as_if_there_were_none(
        self, user: User, outsider: User
    ) -> None:
        Api(user).post("memory/store", KEYED)

        answer = Api(outsider).post("memory/store", KEYED)

        assert answer.status_code == 404
        assert Memory.objects.get().version == 1

    def test_a_service_updates_its_own_that_the_person_sees_whom_it_acts_for(
        self, service: User, user: User, outsider: User
    ) -> None:
        Api(service).post("memory/store", {**KEYED, "owner": user.email})

        def stored_for(person: User) -> Any:
            changed = {**KEYED, "tags": [person.email]}
            headers = {"X-On-Behalf-Of": person.email}
            return Api(service).post("memory/store", changed, **headers)

        assert stored_for(outsider).status_code == 404
        assert stored_for(user).json()["status"] == "updated"

    def test_a_seen_memory_that_may_not_be_changed_is_forbidden(
        self, user: User, manager: User
    ) -> None:
        Api(user).post("memory/store", KEYED)

        answer = Api(manager).post("memory/store", {**KEYED, "tags": ["mine"]})

        assert answer.status_code == 403
        assert Memory.objects.get().tags == []


def test_nobody_stores_without_a_token(db: None) -> None:
    answer = Api(None).post("memory/store", CHAT)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["get", "delete"])
def test_other_methods_are_not_allowed(user: User, method: str) -> None:
    answer = getattr(Api(user), method)("memory/store")

    assert answer.status_code == 405
    assert answer.json()["status"] == 405


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
