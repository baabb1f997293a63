"""GET /memory/{id}/access."""

from uuid import uuid4

import pytest

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.conftest import Api
from tests.factories import make_memory, share


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user)


def address(memory: Memory) -> str:
    return f"memory/{memory.pk}/access"


def test_it_works(memory: Memory, ceo: User, user: User, outsider: User) -> None:
    share(memory, outsider)

    answer = Api(user).get(address(memory))

    assert answer.status_code == 200
    assert answer.json() == {
        "readers": [
            {
                "user": {"id": ceo.pk, "email": ceo.email},
                "role": "CEO",
                "because": [{"rule": "role", "through": "CEO"}],
                "may": ["read", "change", "delete", "annotate", "share"],
            },
            {
                "user": {"id": outsider.pk, "email": outsider.email},
                "role": "User",
                "because": [{"rule": "share", "through": None}],
                "may": ["read", "annotate"],
            },
            {
                "user": {"id": user.pk, "email": user.email},
                "role": "User",
                "because": [{"rule": "owner", "through": None}],
                "may": ["read", "change", "delete", "annotate", "share"],
            },
        ],
        "is_whole": True,
        "looks": None,
    }


def test_who_may_not_share_it_learns_of_themselves_alone(
    memory: Memory, ceo: User, outsider: User
) -> None:
    share(memory, outsider)

    answer = Api(outsider).get(address(memory)).json()

    assert [one["user"]["email"] for one in answer["readers"]] == [outsider.email]
    assert answer["is_whole"] is False


@pytest.mark.parametrize(("who", "is_whole"), [("user", True), ("manager", False)])
def test_a_service_learns_what_the_person_would_that_it_acts_for(
    memory: Memory,
    service: User,
    who: str,
    is_whole: bool,
    request: pytest.FixtureRequest,
) -> None:
    person = request.getfixturevalue(who)
    headers = {"X-On-Behalf-Of": person.email}

    theirs = Api(person).get(address(memory)).json()
    acting = Api(service).get(address(memory), **headers).json()

    assert theirs == acting
    assert acting["is_whole"] is is_whole


def test_a_share_that_was_taken_back_is_told_no_more(
    memory: Memory, user: User, outsider: User
) -> None:
    share(memory, outsider)
    Api(user).delete(f"memory/{memory.pk}/shares?user={outsider.email}")

    readers = Api(user).get(address(memory)).json()["readers"]

    assert [one["user"]["email"] for one in readers] == [user.email]


class TestTheLooks:
    def test_are_for_the_ceo(self, memory: Memory, ceo: User, user: User) -> None:
        Api(user).get(f"memory/{memory.pk}")

        looks = Api(ceo).get(address(memory)).json()["looks"]

        assert [(one["actor"], one["action"], one["outcome"]) for one in looks] == [
            (user.email, "retrieve", "allowed")
        ]

    def test_are_not_for_a_manager(self, memory: Memory, manager: User) -> None:
        assert Api(manager).get(address(memory)).json()["looks"] is None

    def test_name_the_refused_and_the_searches(
        self, memory: Memory, ceo: User, user: User, outsider: User
    ) -> None:
        Api(outsider).get(f"memory/{memory.pk}")
        Api(user).post("memory/search", {"query": "renewal"})

        looks = Api(ceo).get(address(memory)).json()["looks"]

        assert [(one["actor"], one["action"], one["outcome"]) for one in looks] == [
            (user.email, "search", "allowed"),
            (outsider.email, "retrieve", "refused"),
        ]


class TestARefusal:
    def test_outsider_cannot(self, memory: Memory, outsider: User) -> None:
        hidden = Api(outsider).get(address(memory))
        missing = Api(outsider).get(f"memory/{uuid4()}/access")

        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["detail"] == missing.json()["detail"]
        assert set(Record.objects.values_list("action", "outcome")) == {
            ("access", "refused")
        }

    def test_nobody_without_a_token(self, memory: Memory) -> None:
        assert Api(None).get(address(memory)).status_code == 401
