"""The protocol's TypeScript clients and its conformance suite, from npm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock
from pytest_django import Settings
from starlette.types import ASGIApp, Receive, Scope, Send

from accounts.models import User
from tests.agents import bearer, serving
from tests.factories import make_memory
from tests.mcp_server.test_clients import INSIGHT, TOOLS

HERE = Path(__file__).parent
NPM = HERE / "npm"
CLIENTS = ("sdk", "client")
UNFIT: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (HERE / "conformance.yaml").read_text()
)


@pytest.fixture(scope="session")
def node() -> str:
    """The program that runs JavaScript, with all that package.json names beside it."""
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    lock, installed = NPM / "package-lock.json", NPM / "node_modules" / ".installed"
    with FileLock(NPM / ".lock"):
        if not installed.exists() or installed.read_text() != lock.read_text():
            npm = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund"],
                cwd=NPM,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            if npm.returncode != 0:
                pytest.skip(f"npm could not install: {npm.stderr[-500:]}")
            installed.write_text(lock.read_text())
    return str(NPM / "node_modules/.bin/node")


def speak(node: str, *words: str) -> Any:
    """Let an agent in TypeScript do its work; returns what it saw."""
    ran = subprocess.run(
        [node, "agent.mjs", *words],
        cwd=NPM,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(ran.stdout)


def token(user: User) -> str:
    return bearer(user)["Authorization"].removeprefix("Bearer ")


class TestTypeScript:
    @pytest.mark.parametrize("client", CLIENTS)
    def test_lists_stores_searches_and_reads(
        self, node: str, process: str, user: User, client: str
    ) -> None:
        saw = speak(node, client, process, token(user))

        assert set(saw["tools"]) == TOOLS
        assert (saw["before"], saw["after"]) == (0, [saw["id"]])
        assert INSIGHT["insight"] in saw["text"]
        assert INSIGHT["insight"] in saw["prompt"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_gets_401_without_a_token(
        self, node: str, served: str, client: str
    ) -> None:
        saw = speak(node, client, served)

        assert "401" in saw["error"] or "Unauthorized" in saw["error"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_finds_nothing_as_an_outsider(
        self, node: str, served: str, user: User, outsider: User, client: str
    ) -> None:
        make_memory(owner=user, type="insight", content=INSIGHT)

        saw = speak(node, client, served, token(outsider))

        assert (saw["before"], saw["after"]) == (0, [saw["id"]])


class WithToken:
    """Give every request a token: the conformance suite knows of none."""

    def __init__(self, app: ASGIApp, authorization: str) -> None:
        self.app = app
        self.header = (b"authorization", authorization.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], self.header]
        await self.app(scope, receive, send)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("version", UNFIT)
def test_conforms_in_all_that_fits(
    node: str, user: User, settings: Settings, tmp_path: Path, version: str
) -> None:
    """Every check of the official suite passes but those that are listed."""
    settings.API_LIMIT_PER_ACTOR = settings.API_LIMIT_PER_ADDRESS = None
    authorization = bearer(user)["Authorization"]

    with serving(settings, lambda app: WithToken(app, authorization)) as url:
        subprocess.run(
            [
                *(node, NPM / "node_modules/.bin/conformance", "server", "--url", url),
                *("--requirements", version, "--output-dir", tmp_path),
            ],
            capture_output=True,
            timeout=120,
            check=False,
        )

    checks = [
        check
        for file in tmp_path.glob("*/checks.json")
        for check in json.loads(file.read_text())
    ]
    failed = {
        check["id"]: check.get("errorMessage") or str(check.get("details"))
        for check in checks
        if check["status"] in {"FAILURE", "WARNING"}
    }
    unfit = {each for listed in UNFIT[version].values() for each in listed}
    assert {name: failed[name] for name in failed.keys() - unfit} == {}
    assert unfit - failed.keys() == set(), "these do fit: take them off the list"
    passed = {check["id"] for check in checks if check["status"] == "SUCCESS"}
    assert passed >= {"tools-list", "resources-list", "prompts-list"}
