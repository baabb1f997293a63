"""How fast what the tools deliver is taken, and how soon all of it is memory."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from django.db.models import QuerySet

from benchmarks.measuring import clock, percentile, show
from benchmarks.programs import running
from connectors.models import Delivery
from connectors.slack.signature import signature
from memories.models import Memory

A_SECOND, SECONDS = 200, 60
SENDERS = 64
CHANNELS = 40
LIMIT_MS = 200
WARMING = 32
LONGEST_SECONDS = 1_800
SECRET = "what-slack-signs-with"  # noqa: S105 - of the benchmark alone

type Taken = tuple[int, float]
"""The status of an answer, and after how many milliseconds it came."""


def measure() -> None:
    """Have Slack deliver for a minute, then wait until all of it is memory."""
    count, before = A_SECOND * SECONDS, Memory.objects.count()
    with running(
        *("web", "indexer", "worker", "beat"), SLACK_SIGNING_SECRET=SECRET
    ) as port:
        _warm_up(port)
        with clock() as sending:
            taken = _deliver(port, count)
        waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED)
        left = waiting.count()
        with clock() as draining:
            _wait_until_drained(waiting)
    times = [milliseconds for _, milliseconds in taken]
    statuses = Counter(status for status, _ in taken)
    show(
        f"deliveries, {A_SECOND} a second for {SECONDS} s",
        f"{count / sending.seconds:,.0f} a second",
        f"none refused; answered {dict(statuses)}",
    )
    show(
        "    answered after (p50 / p95 / p99)",
        " / ".join(f"{percentile(times, each):.0f}" for each in (50, 95, 99)) + " ms",
        f"p95 {LIMIT_MS} ms, counted from when each was due",
    )
    show(
        f"    the {left:,} that were left, worked on",
        f"{draining.seconds:,.0f} s",
        "drained",
    )
    states = Counter(Delivery.objects.values_list("state", flat=True))
    show(
        "    have become",
        f"{Memory.objects.count() - before:,} memories",
        f"{count:,}; deliveries {dict(states)}",
    )


def _warm_up(port: int) -> None:
    """Have each web process load what a delivery needs."""
    for _ in range(WARMING):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/webhooks/slack")
        connection.getresponse().read()


def _deliver(port: int, count: int) -> Sequence[Taken]:
    """Send each delivery when it is due, from many senders at once."""
    began = time.perf_counter() + 1

    def send(sender: int) -> Iterator[Taken]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(sender, count, SENDERS):
            due = began + number / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            body = json.dumps(_message(number)).encode()
            sent_at = str(int(time.time()))
            headers = {
                "Content-Type": "application/json",
                "X-Slack-Request-Timestamp": sent_at,
                "X-Slack-Signature": signature(SECRET, sent_at, body),
            }
            connection.request("POST", "/webhooks/slack", body, headers)
            answer = connection.getresponse()
            answer.read()
            yield answer.status, (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(SENDERS) as senders:
        by_sender = senders.map(lambda sender: list(send(sender)), range(SENDERS))
        return [each for some in by_sender for each in some]


def _message(number: int) -> dict[str, object]:
    """Return a message; every third begins a thread that the next two go on with."""
    first, now = number - number % 3, int(time.time())
    at = f"{now}.{number:06d}"
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": f"Ev{number:09d}",
        "event_time": now,
        "event": {
            "type": "message",
            "channel": f"C{first // 3 % CHANNELS}",
            "channel_type": "channel",
            "user": f"U{number % 50}",
            "text": f"The renewal of order {number} waits for the carrier",
            "ts": at,
            "event_ts": at,
            "thread_ts": f"1767225600.{first:06d}",
        },
    }


def _wait_until_drained(waiting: QuerySet[Delivery]) -> None:
    until = time.monotonic() + LONGEST_SECONDS
    while waiting.exists():
        if time.monotonic() > until:
            msg = f"{waiting.count()} deliveries still wait after {LONGEST_SECONDS} s"
            raise TimeoutError(msg)
        time.sleep(0.2)
