"""The API does what its OpenAPI document says, whoever calls it and whatever with."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts import tokens
from accounts.models import User
from memories.models import Memory
from memoryhub.wsgi import application
from tests.factories import make_memory, share

EXAMPLES = 4
EVERYBODY = ["ceo", "manager", "user", "outsider", "service", "nobody"]

type Operation = APIOperation[Any, Any, Any, Any]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the test's connection, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def document(db: None, _one_connection: None) -> BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture
def memory(user: User, service: User, outsider: User) -> Memory:
    memory = make_memory(owner=user, stored_by=service)
    share(memory, outsider)
    return memory


def operations(document: BaseSchema) -> Iterator[Operation]:
    for result in document.get_all_operations():
        assert isinstance(result, Ok)
        yield result.ok()


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(
    "who", ["ceo", "manager", "user", "outsider", "service", "nobody"]
)
def test_it_holds_for_everybody(
    who: str,
    mode: GenerationMode,
    document: BaseSchema,
    memory: Memory,
    request: pytest.FixtureRequest,
) -> None:
    headers = {}
    if who != "nobody":
        person = request.getfixturevalue(who)
        access = tokens.sign_in(user=person, now=timezone.now())["access"]
        headers["Authorization"] = f"Bearer {access}"

    for operation in operations(document):
        holds_for(operation, mode, headers)


def holds_for(
    operation: Operation, mode: GenerationMode, headers: dict[str, str]
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        # An empty list is not sent at all, so nothing was wrong with what came.
        assume([] not in (case.query or {}).values())
        case.call_and_validate(
            headers=headers,
            additional_checks=[says_what_is_wrong],
            excluded_checks=[positive_data_acceptance],
        )

    holds()


def says_what_is_wrong(
    context: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """Stand in for a check that what fits the document is never refused.

    A document cannot say that a content is to fit its type, that somebody is to have
    an account, or that a cursor is to be one of ours. So such a refusal is to say it.
    """
    if response.status_code == 400:
        faults = response.json().get("errors") or [response.json()]
        assert all(fault["detail"] for fault in faults)
