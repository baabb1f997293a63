"""Whether the time of an answer tells what is hidden from what does not exist."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from benchmarks.measuring import clock, percentile, show
from memories.models import Memory

TIMES = 400


def measure(*, outsider: User) -> None:
    """Ask by turns for what is hidden from somebody and for what is not there."""
    access = tokens.sign_in(user=outsider, now=timezone.now())["access"]
    client = Client(headers={"Authorization": f"Bearer {access}", "Host": "localhost"})
    theirs = Memory.objects.exclude(owner=outsider).values_list("pk", flat=True)
    asked = [(memory_id, uuid4()) for memory_id in theirs[:TIMES]]

    def ask(memory_id: UUID) -> float:
        with clock() as taken:
            answer = client.get(f"/api/v1/memory/{memory_id}")
        if answer.status_code != 404:
            msg = f"{memory_id} answered {answer.status_code}"
            raise RuntimeError(msg)
        return taken.seconds * 1000

    pairs = [(ask(hidden), ask(missing)) for hidden, missing in asked]
    hidden, missing = zip(*pairs, strict=True)
    show(
        "GET of what is hidden (p50 / p90)", _both(hidden), _both(missing) + " missing"
    )


def _both(times: Sequence[float]) -> str:
    return f"{percentile(times, 50):.2f} / {percentile(times, 90):.2f} ms"
