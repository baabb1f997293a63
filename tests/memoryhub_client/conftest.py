"""A hub that listens, a bad network before it, and clients that go through it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from memoryhub_client import MemoryClient, transport
from tests.memoryhub_client.bad_network import BadNetwork

PASSWORD = "correct horse battery staple"

MakeClient = Callable[..., MemoryClient]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here) and "live_server" in item.fixturenames:  # type: ignore[attr-defined]  # of functions
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(autouse=True)
def _patient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests sign in as often as they like, and wait for short."""
    settings.SIGN_IN_LIMIT = settings.API_LIMIT_PER_ACTOR = None
    settings.API_LIMIT_PER_ADDRESS = None
    monkeypatch.setattr(transport, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(transport, "OPEN_SECONDS", 1)
    logging.getLogger("stamina").setLevel(logging.ERROR)


@pytest.fixture
def network(live_server: LiveServer) -> Iterator[BadNetwork]:
    with BadNetwork(str(live_server.url)).open() as network:
        yield network


@pytest.fixture
def client(network: BadNetwork, service: User, tmp_path: Path) -> Iterator[MakeClient]:
    """Make a client of the service, whose spool is a file of the test's own."""
    service.set_password(PASSWORD)
    service.save()
    with ExitStack() as stack:

        def make(**options: object) -> MemoryClient:
            settled = {
                "url": network.url,
                "username": service.email,
                "secret": PASSWORD,
                "spool": tmp_path / "spool",
                "seconds": 60.0,
                **options,
            }
            made = MemoryClient(**settled)  # type: ignore[arg-type]  # of a test
            return stack.enter_context(made)

        yield make
