"""Figures for Prometheus, measured when they are asked for."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors import watching
from connectors.receiving import FORGED
from memoryhub import health


class _Dependencies(Collector):
    """What /readyz says, as numbers, and what flows in."""

    def collect(self) -> Iterator[Metric]:
        """Measure every dependency once."""
        up = GaugeMetricFamily(
            "hub_dependency_up", "1 when nobody needs to look at it", labels=["name"]
        )
        lag = GaugeMetricFamily(
            "hub_journal_lag_seconds",
            "Age of the oldest journal entry that a reader has not dealt with",
            labels=["reader"],
        )
        states = list(health.states())
        for state in states:
            up.add_metric([state.name], float(state.is_well))
            if state.lag_seconds is not None:
                lag.add_metric([state.name], state.lag_seconds)
        yield up
        yield lag
        if all(state.is_well for state in states if state.vital):
            yield _deliveries()


def _deliveries() -> Metric:
    came = GaugeMetricFamily(
        "hub_deliveries",
        "What the tools delivered in the last day, by how far it has come",
        labels=["connector", "state"],
    )
    for (connector, state), count in watching.counts(now=timezone.now()).items():
        came.add_metric([connector, state], count)
    return came


REGISTRY = CollectorRegistry()
REGISTRY.register(_Dependencies())
REGISTRY.register(FORGED)


def expose(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus."""
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
