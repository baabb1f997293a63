"""GET /schemas, /schemas/{type} and /schemas/{type}/{version}."""

import pytest
from jsonschema import Draft202012Validator

from accounts.models import User
from memories.schemas.registry import registry
from tests.conftest import Api
from tests.factories import CONTENTS


def test_it_works(user: User) -> None:
    schemas = Api(user).get("schemas").json()["schemas"]

    assert {each["type"]: each["latest"] for each in schemas} == {
        "chat": 1,
        "event": 1,
        "insight": 1,
        "decision": 1,
    }


@pytest.mark.parametrize("type_", registry().types)
def test_each_type_is_json_schema_that_its_content_fits(user: User, type_: str) -> None:
    schema = Api(user).get(f"schemas/{type_}").json()

    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(CONTENTS[type_])
    assert not validator.is_valid({})
    assert not validator.is_valid({**CONTENTS[type_], "surprise": 1})


def test_a_version_is_the_same_as_the_newest_while_there_is_one(user: User) -> None:
    api = Api(user)

    assert api.get("schemas/chat/1").json() == api.get("schemas/chat").json()


@pytest.mark.parametrize("path", ["schemas/rumour", "schemas/chat/2", "schemas/x/1"])
def test_what_is_not_there_is_not_found(user: User, path: str) -> None:
    answer = Api(user).get(path)

    assert answer.status_code == 404
    assert "known are" in answer.json()["detail"]


def test_nobody_reads_them_without_a_token(db: None) -> None:
    assert Api(None).get("schemas").status_code == 401
