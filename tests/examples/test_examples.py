"""The examples do what they say, against a hub that listens."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from examples import nightly_digest
from memories.models import Memory
from memoryhub_client import MemoryClient
from tests.reading import ROOT

PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environ(live_server: LiveServer, service: User, tmp_path: Path) -> dict[str, str]:
    service.set_password(PASSWORD)
    service.save()
    return {
        "MEMORYHUB_URL": str(live_server.url),
        "MEMORYHUB_USERNAME": service.email,
        "MEMORYHUB_PASSWORD": PASSWORD,
        "XDG_STATE_HOME": str(tmp_path),
    }


def test_the_digest_of_a_day_is_one_memory(
    environ: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with MemoryClient() as hub:
        for number, hour in enumerate((9, 15)):
            hub.store(
                type="decision",
                content={"decision": f"Decision {number}"},
                occurred_at=datetime(2026, 6, 1, hour, tzinfo=UTC),
            )

    nightly_digest.main(["2026-06-01"])
    nightly_digest.main(["2026-06-01"])
    nightly_digest.main(["2026-06-02"])

    assert capsys.readouterr().out.splitlines() == [
        "2026-06-01: 2 decided, stored.",
        "2026-06-01: 2 decided, unchanged.",
        "2026-06-02: nothing was decided.",
    ]
    insight = Memory.objects.get(type="insight")
    assert len(insight.content["evidence"]) == 2


def test_the_ticket_desk_remembers_how_a_ticket_was_solved(
    environ: Mapping[str, str],
) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "examples.ticket_desk"],
        env=dict(environ),
        cwd=ROOT,
    )

    async def talk() -> list[str]:
        async with Client(server) as agent:
            said = []
            for name, arguments in (
                ("open_ticket", {"problem": "The export of invoices hangs"}),
                ("close_ticket", {"number": 1, "solution": "restart the queue"}),
                ("open_ticket", {"problem": "The export of invoices hangs again"}),
            ):
                result = await agent.call_tool(name, arguments)
                said.append(str(getattr(result.content[0], "text", "")))
            return said

    # In a thread of its own: a browser's event loop may run in this one.
    with start_blocking_portal() as portal:
        opened, closed, again = portal.call(talk)

    assert opened == "Ticket 1 is open."
    assert closed == "Ticket 1 is closed; how it was solved is stored."
    assert "restart the queue" in again
