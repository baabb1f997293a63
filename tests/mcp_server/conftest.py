"""The hub's MCP as it is served, and agents that speak to it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import scopes
from accounts.models import User
from accounts.scopes import Scopes
from memoryhub.embedded.processes import free_port
from memoryhub.embedded.supervisor import answers
from tests.agents import Agent, bearer, serving
from tests.processes import environment
from tests.reading import ROOT

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
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    granian = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(port), "memoryhub.asgi:application"),
        ],
        cwd=ROOT,
        env=environment(MCP_URL=url),
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert granian.poll() is None, "MCP did not start"
            assert time.monotonic() < deadline, "MCP does not answer"
            time.sleep(0.1)
        yield url
    finally:
        granian.terminate()
        granian.wait()
