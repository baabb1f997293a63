"""The hub's MCP as it is served, and agents that speak to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import scopes
from accounts.models import User
from accounts.scopes import Scopes
from tests.agents import Agent, bearer, serving
from tests.processes import Granian

MakeAgent = Callable[..., Agent]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if str(item.path).startswith(here) and {"served", "process"} & set(fixtures):
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture
def served(settings: Settings) -> Iterator[str]:
    """MCP's address."""
    settings.API_LIMIT_PER_ACTOR = settings.API_LIMIT_PER_ADDRESS = None
    with serving(settings) as url:
        yield url


@pytest.fixture
def agent(served: str) -> MakeAgent:
    """Make an agent of somebody: `agent(user).answer("memory_search")`."""

    def make(
        user: User,
        *,
        may: Scopes = scopes.ALL,
        behalf: str = "",
        version: str = "2026-07-28",
    ) -> Agent:
        return Agent(served, bearer(user, may=may, behalf=behalf), version)

    return make


@pytest.fixture
def process() -> Iterator[str]:
    """MCP's address, served as `make up` and the image do, by a process of its own."""
    server = Granian("memoryhub.asgi:application")
    try:
        yield f"{server.url}/mcp"
    finally:
        server.kill()
