"""memoryhub_client.signing_in: one token for all tasks, renewed before it runs out."""

import time
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.models import TokenFamily, User
from accounts.signing import SignedAccessToken
from memoryhub_client import AsyncMemoryClient, SignInError
from tests.memoryhub_client.bad_network import BadNetwork
from tests.memoryhub_client.conftest import PASSWORD, MakeClient

SIGN_IN, REFRESH = "POST /api/v1/auth/token", "POST /api/v1/auth/token/refresh"


def test_many_tasks_sign_in_once(
    client: MakeClient, network: BadNetwork, service: User
) -> None:
    async def ask_at_once() -> None:
        async with (
            AsyncMemoryClient(network.url, service.email, PASSWORD, spool=None) as hub,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(8):
                tasks.start_soon(hub.stats)

    # In a thread of its own: a browser's event loop may run in this one.
    with start_blocking_portal() as portal:
        portal.call(ask_at_once)

    assert network.asked.count(SIGN_IN) == 1


def test_a_token_is_renewed_before_it_runs_out(
    client: MakeClient, network: BadNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SignedAccessToken, "lifetime", timedelta(seconds=2))
    hub = client()
    hub.stats()

    time.sleep(1.1)
    hub.stats()

    assert network.asked.count(SIGN_IN) == 1
    assert network.asked.count(REFRESH) == 1


def test_it_signs_in_again_when_its_tokens_have_been_ended(
    client: MakeClient, network: BadNetwork
) -> None:
    hub = client()
    hub.stats()
    TokenFamily.objects.update(revoked_at=timezone.now())

    hub.stats()

    assert network.asked.count(SIGN_IN) == 2


def test_a_lost_answer_to_a_renewal_ends_nothing(
    client: MakeClient, network: BadNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SignedAccessToken, "lifetime", timedelta(seconds=2))
    hub = client()
    hub.stats()
    time.sleep(1.1)
    network.does("cut after")

    hub.stats()

    assert network.asked.count(REFRESH) == 1
    assert network.asked.count(SIGN_IN) == 2


def test_a_changed_secret_is_read_again(
    client: MakeClient, service: User, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{PASSWORD}\n")
    hub = client(secret=file)
    hub.stats()
    service.set_password("another one entirely")
    service.save()
    file.write_text("another one entirely")

    assert hub.stats().total == 0


def test_a_wrong_secret_is_not_tried_over_and_over(
    client: MakeClient, network: BadNetwork, live_server: LiveServer
) -> None:
    hub = client(secret="wrong")

    with pytest.raises(SignInError):
        hub.stats()

    assert network.asked == [SIGN_IN]
