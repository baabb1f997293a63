"""connectors.gong.rules: what an admin decides about Gong."""

import pytest
from pydantic import ValidationError

from connectors.gong.rules import GongRules


def test_watch_no_tracker_by_default() -> None:
    assert not GongRules().watch("Churn risk", mentions=99)


@pytest.mark.parametrize("name", ["Churn risk", "CHURN RISK", "Competitor: Orbit"])
def test_watch_trackers_by_name_in_any_case(name: str) -> None:
    rules = GongRules(trackers=["churn risk", "Competitor*"])

    assert rules.watch(name, mentions=1)
    assert not rules.watch(f"No {name}", mentions=1)


def test_watch_those_that_are_heard_often_enough() -> None:
    rules = GongRules(trackers=["*"], tracker_mentions=3)

    assert rules.watch("x", mentions=3)
    assert not rules.watch("x", mentions=2)


@pytest.mark.parametrize(
    "values", [{"sentiment_below": -2}, {"tracker_mentions": 0}, {"trackers": [" "]}]
)
def test_refuse_what_makes_no_sense(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GongRules.model_validate(values)
