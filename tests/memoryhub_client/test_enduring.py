"""memoryhub_client: what returned is in the hub once and in order, whatever dies."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from accounts import credentials
from journal.models import Entry
from memories.models import Memory
from tests.memoryhub_client.bad_network import BadNetwork, Fault
from tests.processes import Granian
from tests.reading import ROOT

TASKS, COUNT = 20, 500
FAULTS: tuple[Fault, ...] = ("cut", "cut after", "half", "refuse", "busy", "slow")


def acknowledged(path: Path) -> dict[str, list[str]]:
    """Return what has returned to each task, in order."""
    found = defaultdict(list)
    for line in path.read_text().splitlines():
        found[line.partition(" ")[0]].append(line)
    return found


def stored() -> dict[str, list[str]]:
    """Return what the hub has of each source, in the order in which it came."""
    said = {
        memory.pk: (memory.source, memory.content["message"])
        for memory in Memory.objects.all()
    }
    found = defaultdict(list)
    for key in Entry.objects.order_by("seq").values_list("key", flat=True):
        source, message = said[key]
        found[source].append(message)
    return found


@pytest.fixture
def hub(transactional_db: None) -> Iterator[Granian]:
    """A hub that can be killed."""
    hub = Granian("memoryhub.wsgi:application")
    yield hub
    hub.kill()


@pytest.fixture
def network(hub: Granian) -> Iterator[BadNetwork]:
    with BadNetwork(hub.url).open() as network:
        yield network


@pytest.mark.slow
def test_what_returned_is_there_once_and_in_order(
    hub: Granian, network: BadNetwork, tmp_path: Path
) -> None:
    made = credentials.create(email="writer@example.com", now=timezone.now())
    chance = random.Random(6)  # noqa: S311 - no secret

    began = time.monotonic()

    def fault() -> Fault | None:
        """Be away for half of the time, and bad for a tenth of the rest."""
        if (time.monotonic() - began) % 5 > 2.5:
            return "cut"
        return chance.choice(FAULTS) if chance.random() < 0.1 else None

    network.fault = fault
    returned = tmp_path / "acknowledged"
    command = [sys.executable, "-m", "tests.memoryhub_client.writer"]
    command += [str(tmp_path / "spool"), str(returned), str(TASKS), str(COUNT)]
    environ = os.environ | {
        "MEMORYHUB_URL": network.url,
        "MEMORYHUB_USERNAME": made.service.email,
        "MEMORYHUB_PASSWORD": made.text,
    }

    for _ in range(3):
        writer = subprocess.Popen(command, cwd=ROOT, env=environ)
        time.sleep(2)
        hub.kill()
        time.sleep(1)
        hub.start()
        time.sleep(1)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    network.fault = lambda: None
    subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=120)

    assert any("batch" in each for each in network.asked), "nothing was spooled"
    there = stored()
    for source, messages in acknowledged(returned).items():
        among = [each for each in there[source] if each in set(messages)]
        assert among == messages
