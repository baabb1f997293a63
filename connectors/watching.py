"""How each connector fares: what came, what failed, what waits, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncHour

from connectors.base import Step
from connectors.models import Delivery
from connectors.registry import registry

HOURS = 24
SILENT = timedelta(days=1)
"""After so long without a delivery somebody should look, where there were some."""

_WAITS = Q(state=Delivery.State.RECEIVED)
_FAILED = Q(state=Delivery.State.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One connector at a moment."""

    name: str
    label: str
    is_set_up: bool
    last_at: datetime | None
    is_silent: bool
    waiting: int
    lag_seconds: float
    failed: int
    """In the last day, as all below."""
    hours: Sequence[tuple[datetime, int]]
    """How many came in each hour, the oldest first."""
    steps: Sequence[Step]

    @property
    def most(self) -> int:
        """The most that came in an hour, at least one."""
        return max([1, *(count for _, count in self.hours)])

    @property
    def came(self) -> int:
        """How many came."""
        return sum(count for _, count in self.hours)


def pulses(*, base_url: str, now: datetime) -> list[Pulse]:
    """Return how each connector fares; `base_url` is where its vendor finds us."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    recent = _genuine().filter(received_at__gte=hours[0])
    came = {
        (name, hour): count
        for name, hour, count in recent.values_list(
            "connector", TruncHour("received_at")
        ).annotate(count=Count("pk"))
    }
    states = _states(since=hours[0])
    return [
        Pulse(
            name=name,
            label=connector.label,
            is_set_up=bool(settings.CONNECTOR_SECRETS[name]),
            last_at=(state := states.get(name, _State())).last_at,
            is_silent=state.last_at is not None and now - state.last_at > SILENT,
            waiting=state.waiting,
            lag_seconds=(now - state.since).total_seconds() if state.since else 0.0,
            failed=state.failed,
            hours=[(hour, came.get((name, hour), 0)) for hour in hours],
            steps=[
                Step(title=step.title, text=step.text.replace("{url}", url))
                for url in [f"{base_url.rstrip('/')}/webhooks/{name}"]
                for step in connector.steps
            ],
        )
        for name, connector in registry().items()
    ]


def counts(*, now: datetime) -> Mapping[tuple[str, str], int]:
    """Count the deliveries of the last day by connector and state."""
    recent = _genuine().filter(received_at__gte=now - timedelta(hours=HOURS))
    rows = recent.values_list("connector", "state").annotate(count=Count("pk"))
    return {(name, state): count for name, state, count in rows}


def lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest delivery has waited for the worker."""
    oldest = Delivery.objects.filter(_WAITS).aggregate(at=Min("received_at"))["at"]
    return (now - oldest).total_seconds() if oldest else 0.0


def _genuine() -> QuerySet[Delivery]:
    """Return what vendors sent; a test of ours is no sign of them."""
    return Delivery.objects.filter(is_test=False)


@dataclass(frozen=True, slots=True)
class _State:
    last_at: datetime | None = None
    waiting: int = 0
    since: datetime | None = None
    failed: int = 0


def _states(*, since: datetime) -> Mapping[str, _State]:
    rows = (
        _genuine()
        .values_list("connector")
        .annotate(
            last_at=Max("received_at"),
            waiting=Count("pk", filter=_WAITS),
            since=Min("received_at", filter=_WAITS),
            failed=Count("pk", filter=_FAILED & Q(received_at__gte=since)),
        )
    )
    return {name: _State(*state) for name, *state in rows}
