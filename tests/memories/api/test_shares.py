"""GET, POST and DELETE /memory/{id}/shares."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from audit.models import Record
from memories.models import Memory, MemoryUserPermission
from tests.conftest import Api, on_record_before
from tests.factories import make_memory, share


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


@pytest.fixture
def team(db: None) -> Group:
    return Group.objects.create(name="Sales & Success")


def address(memory: Memory) -> str:
    return f"memory/{memory.pk}/shares"


def unshare(by: User, memory: Memory, body: Any, query: str = "") -> Any:
    api = Api(by)
    return api.client.delete(
        f"/api/v1/{address(memory)}{query}",
        body,
        content_type="application/json",
        headers=api.headers,
    )


class TestPost:
    """Sharing."""

    def test_it_works(self, memory: Memory, user: User, outsider: User) -> None:
        answer = Api(user).post(
            address(memory), {"user": outsider.email, "can": "view"}
        )

        assert answer.status_code == 201
        assert answer.json() == {
            "user": {"id": outsider.pk, "email": outsider.email},
            "group": None,
            "can": "view",
        }
        assert Api(outsider).get(f"memory/{memory.pk}").status_code == 200

    def test_with_a_group(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        outsider.groups.add(team)

        answer = Api(user).post(address(memory), {"group": team.name, "can": "change"})

        assert answer.status_code == 201
        assert answer.json() == {
            "user": None,
            "group": {"id": team.pk, "name": team.name},
            "can": "change",
        }
        assert Api(outsider).get(f"memory/{memory.pk}").status_code == 200

    @pytest.mark.parametrize("can", ["view", "change"])
    def test_again_replaces_and_answers_200(
        self, memory: Memory, user: User, outsider: User, can: str
    ) -> None:
        api, whom = Api(user), {"user": outsider.email}
        api.post(address(memory), {**whom, "can": "view"})

        answer = api.post(address(memory), {**whom, "can": can})

        assert (answer.status_code, answer.json()["can"]) == (200, can)
        assert MemoryUserPermission.objects.count() == 1

    def test_who_was_given_change_changes_the_version_it_saw(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        share(memory, outsider)
        seen = Api(outsider).get(f"memory/{memory.pk}")["ETag"]
        Api(user).post(address(memory), {"user": outsider.email, "can": "change"})

        answer = Api(outsider).patch(
            f"memory/{memory.pk}", {"tags": ["mine"]}, **{"If-Match": seen}
        )

        assert (answer.status_code, answer.json()["version"]) == (200, 2)

    def test_it_is_counted(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        api = Api(user)
        api.post(address(memory), {"user": outsider.email, "can": "view"})
        api.post(address(memory), {"group": team.name, "can": "view"})

        def count() -> int:
            body = api.get(f"memory/{memory.pk}").json()
            return int(body["shared_with_count"])

        assert count() == 2
        unshare(user, memory, {"group": team.name})
        assert count() == 1

    @pytest.mark.parametrize(
        ("body", "pointers"),
        [
            ({}, {"/can"}),
            ({"can": "view"}, {"/user", "/group"}),
            (
                {"user": "outsider@example.com", "group": "CEO", "can": "view"},
                {"/user", "/group"},
            ),
            ({"user": "outsider@example.com"}, {"/can"}),
            ({"user": "outsider@example.com", "can": "delete"}, {"/can"}),
            ({"user": "outsider@example.com", "can": None}, {"/can"}),
            ({"user": "nobody", "can": "view"}, {"/user"}),
            ({"user": "who@example.com", "can": "view"}, {"/user"}),
            ({"user": "user@example.com", "can": "view"}, {"/user"}),
            ({"user": 7, "can": "view"}, {"/user"}),
            ({"user": ["outsider@example.com"], "can": "view"}, {"/user"}),
            ({"user": "a\x00@example.com", "can": "view"}, {"/user"}),
            ({"group": "Nobody", "can": "view"}, {"/group"}),
            ({"group": "Manager", "can": "view"}, {"/group"}),
            ({"group": "", "can": "view"}, {"/group"}),
            ({"group": "g" * 151, "can": "view"}, {"/group"}),
            ({"group": "a\ud800", "can": "view"}, {"/group"}),
            (
                {"user": "outsider@example.com", "can": "view", "until": "2027"},
                {"/until"},
            ),
            ([], {""}),
        ],
    )
    def test_a_bad_share_names_the_field(
        self, memory: Memory, user: User, outsider: User, body: Any, pointers: set[str]
    ) -> None:
        answer = Api(user).post(address(memory), body)

        assert answer.status_code == 400, answer.content
        assert {error["pointer"] for error in answer.json()["errors"]} == pointers
        assert not MemoryUserPermission.objects.exists()

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        hidden = Api(outsider).post(
            address(memory), {"user": outsider.email, "can": "change"}
        )
        missing = Api(outsider).post(
            f"memory/{uuid4()}/shares", {"user": outsider.email, "can": "change"}
        )

        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() == missing.json()

    def test_whom_it_is_shared_with_cannot_share_it_on(
        self, memory: Memory, outsider: User, manager: User
    ) -> None:
        share(memory, outsider, can="change")

        answer = Api(outsider).post(
            address(memory), {"user": manager.email, "can": "view"}
        )

        assert answer.status_code == 403
        assert "not share it" in answer.json()["detail"]

    def test_nobody_cannot(self, memory: Memory) -> None:
        answer = Api(None).post(address(memory), {"user": "a@b.c", "can": "view"})

        assert answer.status_code == 401

    def test_an_id_that_is_none_is_named(self, user: User) -> None:
        answer = Api(user).get("memory/no-uuid/shares")

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/id"


class TestGet:
    """With whom it is shared."""

    def test_it_works(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        share(memory, team)
        share(memory, outsider, can="change")

        answer = Api(user).get(address(memory))

        assert answer.status_code == 200
        assert answer.json() == {
            "shares": [
                {
                    "user": {"id": outsider.pk, "email": outsider.email},
                    "group": None,
                    "can": "change",
                },
                {
                    "user": None,
                    "group": {"id": team.pk, "name": team.name},
                    "can": "view",
                },
            ]
        }

    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        assert Api(outsider).get(address(memory)).status_code == 404

    def test_whom_it_is_shared_with_is_told_why_not(
        self, memory: Memory, outsider: User
    ) -> None:
        share(memory, outsider, can="change")

        answer = Api(outsider).get(address(memory))

        assert answer.status_code == 403
        assert "only who may share it" in answer.json()["detail"]

    def test_a_list_of_many_costs_as_much_as_one_of_few(
        self,
        memory: Memory,
        user: User,
        outsider: User,
        ceo: User,
        manager: User,
        django_assert_num_queries: Any,
    ) -> None:
        on_record_before(user)
        api = Api(user)
        for people in ([outsider], [ceo, manager]):
            for person in people:
                share(memory, person)
            with django_assert_num_queries(8):
                api.get(address(memory))


class TestDelete:
    """Taking a share back."""

    def test_it_works(self, memory: Memory, user: User, outsider: User) -> None:
        share(memory, outsider)

        answer = unshare(user, memory, {"user": outsider.email})

        assert (answer.status_code, answer.content) == (204, b"")
        assert Api(outsider).get(f"memory/{memory.pk}").status_code == 404

    def test_named_in_the_address(
        self, memory: Memory, user: User, outsider: User, team: Group
    ) -> None:
        share(memory, outsider, can="change")
        share(memory, team)

        person = Api(user).delete(f"{address(memory)}?user={outsider.email}&can=change")
        group = Api(user).delete(f"{address(memory)}?group=Sales%20%26%20Success")

        assert (person.status_code, group.status_code) == (204, 204)
        assert Api(user).get(address(memory)).json() == {"shares": []}

    def test_what_is_not_shared_is_not_found(
        self, memory: Memory, user: User, outsider: User
    ) -> None:
        answer = unshare(user, memory, {"user": outsider.email})

        assert answer.status_code == 404
        assert "not shared with outsider@example.com" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("body", "query", "pointers"),
        [
            ({}, "", {"/user", "/group"}),
            ({"user": "outsider@example.com"}, "?group=CEO", {"/user", "/group"}),
            ({"user": "outsider@example.com", "why": 1}, "", {"/why"}),
            ({"user": "outsider@example.com"}, "?why=1", {"/why"}),
            ({"user": "outsider@example.com", "can": "delete"}, "", {"/can"}),
            ([1], "", {""}),
        ],
    )
    def test_a_bad_one_names_the_field(
        self,
        memory: Memory,
        user: User,
        outsider: User,
        body: Any,
        query: str,
        pointers: set[str],
    ) -> None:
        share(memory, outsider)

        answer = unshare(user, memory, body, query)

        assert answer.status_code == 400, answer.content
        assert {error["pointer"] for error in answer.json()["errors"]} == pointers
        assert MemoryUserPermission.objects.exists()

    def test_outsider_cannot(self, memory: Memory, user: User, outsider: User) -> None:
        assert unshare(outsider, memory, {"user": user.email}).status_code == 404

    def test_whom_it_is_shared_with_cannot(
        self, memory: Memory, outsider: User
    ) -> None:
        share(memory, outsider, can="change")

        answer = unshare(outsider, memory, {"user": outsider.email})

        assert answer.status_code == 403
        assert MemoryUserPermission.objects.exists()


def test_each_call_leaves_one_audit_record(
    memory: Memory, user: User, outsider: User
) -> None:
    for by in (user, outsider):
        Api(by).post(address(memory), {"user": outsider.email, "can": "view"})
        Api(by).get(address(memory))
    unshare(user, memory, {"user": outsider.email})
    unshare(outsider, memory, {"user": outsider.email})

    records = Record.objects.exclude(action="sign_in").order_by("seq")
    assert [(one.actor, one.action, one.outcome, one.reason) for one in records] == [
        (user.email, "share", "allowed", ""),
        (user.email, "shares", "allowed", ""),
        (outsider.email, "share", "refused", "forbidden"),
        (outsider.email, "shares", "refused", "forbidden"),
        (user.email, "unshare", "allowed", ""),
        (outsider.email, "unshare", "refused", "not_found"),
    ]
    assert all(one.memory_ids == [memory.pk] for one in records)
