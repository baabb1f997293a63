"""The official Python SDK's client: over HTTP and stdio, in both versions."""

import sys
from typing import Any

import httpx
import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from django.utils import timezone
from mcp import Client, StdioServerParameters
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import credentials
from accounts.models import User
from audit.models import Record
from tests.agents import VERSIONS, Agent, bearer, said
from tests.factories import make_memory
from tests.mcp_server.conftest import MakeAgent
from tests.processes import environment
from tests.reading import ROOT

INSIGHT = {"insight": "Champions who leave take the renewal with them"}
TOOLS = {
    "memory_annotate",
    "memory_related",
    "memory_retrieve",
    "memory_schemas",
    "memory_search",
    "memory_store",
}


async def use(client: Client) -> tuple[str, set[str], str, list[str]]:
    """List, store, search and read."""
    listed = {tool.name for tool in (await client.list_tools()).tools}
    draft = {"type": "insight", "content": INSIGHT}
    stored = (await client.call_tool("memory_store", draft)).structured_content
    found = await client.call_tool("memory_search", {"query": "champions renewal"})
    read = await client.read_resource(f"memory://{stored['memory']['id']}")
    text = str(getattr(read.contents[0], "text", ""))
    results = [each["id"] for each in found.structured_content["results"]]
    assert stored["memory"]["id"] in results
    return client.protocol_version, listed, text, results


@pytest.mark.parametrize("version", VERSIONS)
def test_lists_stores_searches_and_reads(
    agent: MakeAgent, user: User, version: str
) -> None:
    spoken, listed, text, _ = agent(user, version=version).does(use)

    assert (spoken, listed) == (version, TOOLS)
    assert INSIGHT["insight"] in text


@pytest.mark.parametrize("version", VERSIONS)
def test_does_so_as_it_is_deployed(process: str, user: User, version: str) -> None:
    spoken, listed, text, _ = Agent(process, bearer(user), version).does(use)

    assert (spoken, listed) == (version, TOOLS)
    assert INSIGHT["insight"] in text


def test_finds_nothing_as_an_outsider(
    agent: MakeAgent, user: User, outsider: User
) -> None:
    memory = make_memory(owner=user, content={"message": "The renewal is at risk"})
    stranger = agent(outsider)

    assert stranger.answer("memory_search", query="renewal")["total"] == 0
    assert stranger.answer("memory_retrieve", id=[str(memory.pk)]) == {
        "memories": [],
        "missing": [str(memory.pk)],
        "postponed": [],
    }
    assert "no such memory" in stranger.refusal("memory_related", id=str(memory.pk))
    assert "no such memory" in stranger.is_refused(
        lambda client: client.read_resource(f"memory://{memory.pk}")
    )


def test_is_led_to_the_metadata_without_a_token(served: str, db: None) -> None:
    refused = httpx.post(served, json={})

    header = refused.headers["WWW-Authenticate"]
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert header.startswith('Bearer realm="mcp", resource_metadata="')
    where = header.split('resource_metadata="')[1].split('"')[0]
    metadata = httpx.get(where).json()
    assert metadata["resource"] == served
    assert metadata["scopes_supported"] == ["memory:read", "memory:write"]


def test_finds_its_way_by_the_metadata_alone(
    served: str, live_server: LiveServer, settings: Settings
) -> None:
    """A service's agent knows MCP's address, its name and its secret: no more."""
    settings.HUB_URL = str(live_server.url)
    made = credentials.create(email="agent@example.com", now=timezone.now())

    async def run() -> Any:
        provider = ClientCredentialsOAuthProvider(
            server_url=served,
            storage=Storage(),
            client_id=made.service.email,
            client_secret=made.text,
            issuer=settings.HUB_URL,
        )
        async with (
            httpx2.AsyncClient(auth=provider, timeout=30) as http,
            Client(streamable_http_client(served, http_client=http)) as client,
        ):
            return await use(client)

    with start_blocking_portal() as portal:
        _, listed, _, _ = portal.call(run)

    assert listed == TOOLS
    assert Record.objects.filter(action="sign_in", outcome="allowed").count() == 1


class Storage:
    """Where the SDK keeps what it was given."""

    def __init__(self) -> None:
        self.tokens: Any = None
        self.client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


class TestStdio:
    """`manage.py mcp_stdio`, as an agent on the hub's machine starts it."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def speak(self, *words: str, version: str = "2026-07-28", work: Any = use) -> Any:
        server = StdioServerParameters(
            command=sys.executable,
            args=["manage.py", "mcp_stdio", *words],
            env=environment(),
            cwd=ROOT,
        )

        async def run() -> Any:
            async with Client(server, mode=VERSIONS[version]) as client:
                return await work(client)

        with start_blocking_portal() as portal:
            return portal.call(run)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_does_the_same(self, user: User, version: str) -> None:
        spoken, listed, text, _ = self.speak("--as", user.email, version=version)

        assert (spoken, listed) == (version, TOOLS)
        assert INSIGHT["insight"] in text
        assert Record.objects.filter(channel="mcp", action="store").count() == 1

    def test_has_the_rights_of_the_account(self, user: User, outsider: User) -> None:
        make_memory(owner=user)

        async def search(client: Client) -> Any:
            return (await client.call_tool("memory_search", {})).structured_content

        assert self.speak("--as", user.email, work=search)["total"] == 1
        assert self.speak("--as", outsider.email, work=search)["total"] == 0

    def test_acts_for_a_person(self, user: User, service: User) -> None:
        make_memory(owner=user)

        async def search(client: Client) -> Any:
            return (await client.call_tool("memory_search", {})).structured_content

        words = ("--as", service.email, "--on-behalf-of", user.email)
        assert self.speak(*words, work=search)["total"] == 1

    def test_may_be_let_in_to_read_alone(self, user: User) -> None:
        async def store(client: Client) -> str:
            draft = {"type": "insight", "content": INSIGHT}
            return said(await client.call_tool("memory_store", draft))

        words = ("--as", user.email, "--scope", "memory:read")
        assert "memory:write" in self.speak(*words, work=store)

    def test_refuses_an_account_that_there_is_not(self, db: None) -> None:
        async def search(client: Client) -> str:
            return said(await client.call_tool("memory_search", {}))

        said_ = self.speak("--as", "nobody@example.com", work=search)
        assert said_ == "No active account has the address nobody@example.com."
