"""The connectors there are, each in the folder of its name."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from connectors.base import Connector

NAMES = ("slack", "github", "linear", "gong")


@cache
def registry() -> Mapping[str, Connector[Any]]:
    """Return every connector by its name, which its address ends with."""
    return {name: import_module(f"connectors.{name}").CONNECTOR for name in NAMES}
