"""connectors.rules: what an admin decided, and what holds where nobody did."""

import pytest
from pydantic import ValidationError

from connectors.models import Rules
from connectors.rules import decide, rules_of
from connectors.slack import CONNECTOR

pytestmark = pytest.mark.django_db


def test_are_the_defaults_until_somebody_decides() -> None:
    assert rules_of(CONNECTOR) == CONNECTOR.rules()


def test_hold_once_they_are_decided() -> None:
    decide(CONNECTOR, {"channels": ["deal-*"]})

    assert rules_of(CONNECTOR).channels == ["deal-*"]
    assert rules_of(CONNECTOR).decision_reactions == ["decision"]


def test_keep_only_what_is_not_the_default() -> None:
    decide(CONNECTOR, {"channels": ["*"], "decision_shortcut": "keep"})

    kept = Rules.objects.get(pk=CONNECTOR.name)
    assert kept.values == {"decision_shortcut": "keep"}


@pytest.mark.parametrize(
    "values", [{"channels": "*"}, {"channel": []}, {"channels": [""]}]
)
def test_are_refused_where_they_make_no_sense(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        decide(CONNECTOR, values)
