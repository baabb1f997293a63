"""Numbers in an address."""

from accounts.models import User
from tests.conftest import Api


def test_a_number_of_any_length_is_named_and_breaks_nothing(user: User) -> None:
    answer = Api(user).get("memory/search", {"limit": "9" * 5000})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/limit"
