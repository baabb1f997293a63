"""memoryhub.metrics: figures that Prometheus can read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from journal.models import Entry
from memories.search.index import Index
from memoryhub.embedded.valkey import Valkey
from tests.connectors.delivering import make_delivery
from tests.journal.writing import append

pytestmark = pytest.mark.django_db


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Return each figure by its name and its one label."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        # This counts for as long as a process lives, other tests included.
        if not family.name.startswith("hub_deliveries_refused")
    }


def test_every_dependency_is_up(client: Client, index: Index) -> None:
    found = figures(client)

    assert found == {
        ("hub_dependency_up", "postgresql"): 1,
        ("hub_dependency_up", "redis"): 1,
        ("hub_dependency_up", "broker"): 1,
        ("hub_dependency_up", "search_index"): 1,
        ("hub_dependency_up", "embeddings"): 1,
        ("hub_dependency_up", "audit_seal"): 1,
        ("hub_dependency_up", "audit_heads"): 1,
        ("hub_dependency_up", "audit_log"): 1,
        ("hub_dependency_up", "deliveries"): 1,
        ("hub_dependency_up", "snowflake"): 1,
        ("hub_journal_lag_seconds", "search_index"): 0,
        ("hub_journal_lag_seconds", "embeddings"): 0,
        ("hub_journal_lag_seconds", "audit_seal"): 0,
        ("hub_journal_lag_seconds", "audit_heads"): 0,
        ("hub_journal_lag_seconds", "audit_log"): 0,
        ("hub_journal_lag_seconds", "deliveries"): 0,
        ("hub_journal_lag_seconds", "snowflake"): 0,
    }


def test_a_dependency_that_is_down_is_nought(
    client: Client, index: Index, own_redis: Valkey
) -> None:
    own_redis.process.stop()

    found = figures(client)

    assert found["hub_dependency_up", "redis"] == 0
    assert found["hub_dependency_up", "postgresql"] == 1


def test_a_reader_that_is_behind_says_how_far(client: Client, index: Index) -> None:
    append(1)
    Entry.objects.update(at=timezone.now() - timedelta(seconds=90))

    found = figures(client)

    assert found["hub_dependency_up", "snowflake"] == 0
    assert 90 <= found["hub_journal_lag_seconds", "snowflake"] < 120


def test_figures_are_measured_when_they_are_asked_for(
    client: Client, index: Index
) -> None:
    before = figures(client)
    append(1)
    Entry.objects.update(at=timezone.now() - timedelta(seconds=90))

    assert figures(client) != before


def test_deliveries_are_counted_by_how_far_they_have_come(
    client: Client, index: Index
) -> None:
    make_delivery(received_at=timezone.now())
    make_delivery(received_at=timezone.now() - timedelta(days=2))

    assert figures(client)["hub_deliveries", "slack", "failed"] == 1
