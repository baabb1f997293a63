"""What the API answers while PostgreSQL does not."""

import pytest
from django.db import connection

from accounts.models import User
from tests.conftest import Api


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_a_503(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(user)
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    answer = api.get("stats")

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "5"
    assert "try again" in answer.json()["detail"]
