"""GET and POST /memory/{id}/annotations."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from audit.models import Record
from memories.models import Annotation, Memory
from tests.conftest import Api, on_record_before
from tests.factories import NOW, make_memory, share


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


def address(memory: Memory) -> str:
    return f"memory/{memory.pk}/annotations"


class TestPost:
    """Remarking."""

    def test_it_works(self, memory: Memory, user: User) -> None:
        answer = Api(user).post(address(memory), {"body": "The price was right"})

        assert answer.status_code == 201
        annotation = Annotation.objects.get()
        assert answer.json() == {
            "id": annotation.pk,
            "kind": "note",
            "body": "The price was right",
            "author": {"id": user.pk, "email": user.email},
            "created_at": annotation.created_at.isoformat().replace("+00:00", "Z"),
        }

    @pytest.mark.parametrize("kind", ["note", "confirm", "dispute", "correction"])
    def test_of_each_kind(self, memory: Memory, user: User, kind: str) -> None:
        answer = Api(user).post(address(memory), {"body": "So", "kind": kind})

        assert (answer.status_code, answer.json()["kind"]) == (201, kind)

    def test_it_is_counted_and_keeps_the_version(
        self, memory: Memory, user: User
    ) -> None:
        api = Api(user)
        for body in ("One", "Two"):
            api.post(address(memory), {"body": body})

        found = api.get(f"memory/{memory.pk}").json()

        assert (found["annotations_count"], found["version"]) == (2, 1)

    def test_a_repeat_with_its_key_is_done_once(
        self, memory: Memory, user: User
    ) -> None:
        api, key = Api(user), {"Idempotency-Key": "k-1"}
        first = api.post(address(memory), {"body": "Once"}, **key)

        again = api.post(address(memory), {"body": "Once"}, **key)
        other = api.post(address(memory), {"body": "Twice"}, **key)

        assert (again.status_code, again.json()) == (201, first.json())
        assert again["Idempotency-Replayed"] == "true"
        assert other.status_code == 422
        assert Annotation.objects.count() == 1
        assert Record.objects.get(action="replay").memory_ids == [memory.pk]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/body"),
            ({"kind": "note"}, "/body"),
            ({"body": ""}, "/body"),
            ({"body": " \n"}, "/body"),
            ({"body": None}, "/body"),
            ({"body": 7}, "/body"),
            ({"body": "a\x00b"}, "/body"),
            ({"body": "a\ud800b"}, "/body"),
            ({"body": "x" * 8193}, "/body"),
            ({"body": "é" * 4097}, "/body"),
            ({"body": "So", "kind": "rumour"}, "/kind"),
            ({"body": "So", "kind": None}, "/kind"),
            ({"body": "So", "author": "ceo@example.com"}, "/author"),
            ([], ""),
        ],
    )
    def test_a_bad_one_names_the_field(
        self, memory: Memory, user: User, body: Any, pointer: str
    ) -> None:
        answer = Api(user).post(address(memory), body)

        assert answer.status_code == 400, answer.content
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert not Annotation.objects.exists()

    def test_the_limits_error_names_the_limit(self, memory: Memory, user: User) -> None:
        answer = Api(user).post(address(memory), {"body": "x" * 8193})

        assert "8 KiB" in answer.json()["errors"][0]["detail"]

    @pytest.mark.parametrize("text", ["x", "x" * 8192, "漢字 🙂\n<b>not bold</b>"])
    def test_text_is_kept_to_the_letter(
        self, memory: Memory, user: User, text: str
    ) -> None:
        answer = Api(user).post(address(memory), {"body": text})

        assert (answer.status_code, answer.json()["body"]) == (201, text)

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        hidden = Api(outsider).post(address(memory), {"body": "So"})
        missing = Api(outsider).post(f"memory/{uuid4()}/annotations", {"body": "So"})

        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() == missing.json()
        assert not Annotation.objects.exists()

    def test_whom_it_is_shared_with_can(self, memory: Memory, outsider: User) -> None:
        share(memory, outsider)

        answer = Api(outsider).post(address(memory), {"body": "So"})

        assert answer.status_code == 201

    def test_a_service_is_told_that_it_cannot(self, service: User) -> None:
        memory = make_memory(stored_by=service)

        answer = Api(service).post(address(memory), {"body": "So"})

        assert answer.status_code == 403
        assert "not annotate it" in answer.json()["detail"]


class TestGet:
    """What was remarked."""

    def test_it_works(self, memory: Memory, user: User, ceo: User) -> None:
        Api(user).post(address(memory), {"body": "One"})
        Api(ceo).post(address(memory), {"body": "Two", "kind": "dispute"})

        body = Api(user).get(address(memory)).json()

        found = [
            (one["body"], one["kind"], one["author"]["email"])
            for one in body["annotations"]
        ]
        assert found == [("One", "note", user.email), ("Two", "dispute", ceo.email)]
        assert body["next_cursor"] is None

    def test_a_remark_outlives_its_author(self, memory: Memory, user: User) -> None:
        memory.annotations.create(body="So", created_at=NOW)

        (annotation,) = Api(user).get(address(memory)).json()["annotations"]

        assert annotation["author"] is None

    def test_comes_a_page_at_a_time(self, memory: Memory, user: User) -> None:
        for number in range(3):
            memory.annotations.create(body=str(number), created_at=NOW)
        api = Api(user)

        first = api.get(address(memory), {"limit": 2}).json()
        cursor = first["next_cursor"]
        memory.annotations.create(body="3", created_at=NOW)
        rest = api.get(address(memory), {"limit": 2, "cursor": cursor}).json()

        found = [one["body"] for one in first["annotations"] + rest["annotations"]]
        assert found == ["0", "1", "2", "3"]
        assert rest["next_cursor"] is None

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"limit": 0}, "/limit"),
            ({"limit": 101}, "/limit"),
            ({"limit": "all"}, "/limit"),
            ({"cursor": "x"}, "/cursor"),
            ({"cursor": "9" * 19}, "/cursor"),
            ({"cursor": "1\n"}, "/cursor"),
            ({"surprise": "1"}, "/surprise"),
        ],
    )
    def test_a_bad_parameter_is_named(
        self, memory: Memory, user: User, query: Any, pointer: str
    ) -> None:
        answer = Api(user).get(address(memory), query)

        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        assert Api(outsider).get(address(memory)).status_code == 404

    def test_many_cost_as_much_as_few(
        self, memory: Memory, user: User, ceo: User, django_assert_num_queries: Any
    ) -> None:
        on_record_before(user)
        api = Api(user)
        for author in (user, ceo):
            for _ in range(3):
                memory.annotations.create(body="So", author=author, created_at=NOW)
            with django_assert_num_queries(6):
                api.get(address(memory))


def test_each_call_leaves_one_audit_record(
    memory: Memory, user: User, outsider: User
) -> None:
    for by in (user, outsider):
        Api(by).post(address(memory), {"body": "So"})
        Api(by).get(address(memory))

    records = Record.objects.exclude(action="sign_in").order_by("seq")
    assert [(one.actor, one.action, one.reason) for one in records] == [
        (user.email, "annotate", ""),
        (user.email, "annotations", ""),
        (outsider.email, "annotate", "not_found"),
        (outsider.email, "annotations", "not_found"),
    ]
    assert all(one.memory_ids == [memory.pk] for one in records)
