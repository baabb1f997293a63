"""GET /stats."""

from accounts.models import User
from tests.conftest import Api
from tests.factories import make_memory


def test_it_works(ceo: User) -> None:
    make_memory(type="chat", source="slack")
    make_memory(type="decision", source="github")
    make_memory(type="decision", source="slack")

    body = Api(ceo).get("stats").json()

    assert body["total"] == 3
    assert body["by_type"] == {"chat": 1, "decision": 2}
    assert body["by_source"] == {"github": 1, "slack": 2}


def test_counts_only_what_the_asker_may_see(user: User, outsider: User) -> None:
    make_memory(owner=user)
    make_memory(owner=outsider)

    assert Api(user).get("stats").json()["total"] == 1
