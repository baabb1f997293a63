"""connectors.registry: each connector is a folder with the same files."""

import re
from typing import Any

import pytest
from django.conf import settings

from connectors.base import Connector
from connectors.registry import NAMES, registry
from tests.reading import ROOT

FILES = {
    "__init__.py",
    "history.py",
    "reading.py",
    "rules.py",
    "sample.py",
    "shapes.py",
    "signature.py",
    "steps.py",
    "telling.py",
}


@pytest.fixture(params=NAMES)
def connector(request: pytest.FixtureRequest) -> Connector[Any]:
    return registry()[request.param]


def test_each_has_the_same_files(connector: Connector[Any]) -> None:
    there = {path.name for path in (ROOT / "connectors" / connector.name).glob("*.py")}

    assert there >= FILES


def test_each_goes_by_the_name_of_its_folder() -> None:
    assert [connector.name for connector in registry().values()] == list(NAMES)


def test_each_has_a_place_for_its_secret_and_its_api(connector: Connector[Any]) -> None:
    assert connector.name in settings.CONNECTOR_SECRETS
    assert settings.CONNECTOR_APIS[connector.name].keys() == {"url", "token"}


def test_each_has_rules_that_need_no_decision_and_are_described(
    connector: Connector[Any],
) -> None:
    assert connector.rules()
    for name, field in connector.rules.model_fields.items():
        assert field.description, name


def test_each_says_how_it_is_set_up_and_at_which_address(
    connector: Connector[Any],
) -> None:
    told = " ".join(step.text for step in connector.steps)

    assert "{url}" in told
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", told))
    assert named
    for variable in named:
        assert f"`{variable}`" in (ROOT / "docs/settings.md").read_text()
