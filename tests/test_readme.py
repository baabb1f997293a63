"""README.md: every command of the tour does what is shown there."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub_settings
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from memories.search.index import Index
from memoryhub.embedded.snowflake import connection_arguments
from tests.agents import serving
from tests.reading import ROOT
from tests.readme import Shell, differences, read_shown, shell, tour
from tests.sessions import settle
from warehouse import snowflake
from warehouse.flush import flush

PASSWORD = "a password for the tour"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a checkout with the hub up."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    state = tmp_path / ".local"
    state.mkdir()
    (state / "demo-password").write_text(f"{PASSWORD}\n")
    here: dict[str, Any] = hub_settings.SNOWFLAKE
    address = connection_arguments(here["port"], here["password"])
    address["database"] = here["database"]
    (state / "services.json").write_text(json.dumps({"snowflake": address}))
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="the tour needs curl")
@pytest.mark.django_db(transaction=True)
def test_the_tour_answers_as_it_shows(
    live_server: LiveServer, index: Index, checkout: Path, settings: Settings
) -> None:
    for role in (Role.CEO, Role.MANAGER, Role.USER):
        User.objects.create_user(f"{role.lower()}@demo.test", PASSWORD, role=role)
    User.objects.create_user("outsider@demo.test", PASSWORD)
    snowflake.migrate()

    with (
        serving(settings) as mcp,
        shell(checkout, HUB=live_server.url, MCP=mcp) as bash,
    ):
        answered = [walk(bash, number) for number in range(len(tour()))]

    assert answered.count(True) >= 12


def walk(bash: Shell, number: int) -> bool:
    """Run one step and compare; say whether an answer was shown."""
    step = tour()[number]
    if "services.json" in step.command:
        settle()
        flush(sink=snowflake.merge, now=timezone.now)
    printed = bash.run(step.command)
    if step.answer is None:
        assert printed == "", f"{step.command}\nprinted {printed}"
        return False
    found = list(differences(read_shown(step.answer), json.loads(printed)))
    assert found == [], f"{step.command}\nanswered {printed}"
    return True


class TestAnAnswer:
    """What the comparison lets pass, and what it does not."""

    @pytest.mark.parametrize(
        ("shown", "answered"),
        [
            ('{"id": ...}', {"id": 7}),
            ('{"at": "..."}', {"at": "2026-01-01"}),
            ('{"a": 1}', {"a": 1, "b": 2}),
            ('[{"a": 1}, ...]', [{"a": 1}, {"a": 2}]),
            ('{"text": "wait ... for it"}', {"text": "wait ... for it"}),
        ],
    )
    def test_fits(self, shown: str, answered: object) -> None:
        assert list(differences(read_shown(shown), answered)) == []

    @pytest.mark.parametrize(
        ("shown", "answered"),
        [
            ('{"id": ...}', {}),
            ('{"a": 1}', {"a": 2}),
            ('{"a": {"b": true}}', {"a": {"b": False}}),
            ("[1]", [1, 2]),
            ('[{"a": 1}, ...]', []),
            ("[]", {}),
        ],
    )
    def test_does_not_fit(self, shown: str, answered: object) -> None:
        assert list(differences(read_shown(shown), answered)) != []


def test_every_make_command_that_it_names_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for command in ("up", "down", "test", "lint"):
        assert f"`make {command}" in (ROOT / "README.md").read_text()
        assert f"\n{command}: ## " in makefile
