"""POST /memory/store."""

from tests.conftest import Api
from accounts.models import User
from memories.models import Memory


def test_it_works(user: User) -> None:
    answer = Api(user).post(
        "memory/store", {"type": "chat", "content": {"message": "Hello"}}
    )

    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "stored"
    assert body["version"] == 1
    assert body["owner"]["email"] == user.email
    assert Memory.objects.get(pk=body["id"]).content["message"] == "Hello"
