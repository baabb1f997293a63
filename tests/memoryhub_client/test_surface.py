"""MemoryClient: it has what AsyncMemoryClient has."""

import inspect

from memoryhub_client import AsyncMemoryClient, MemoryClient


def public(kind: type) -> set[str]:
    return {
        name
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_surface_is_the_same() -> None:
    assert public(MemoryClient) == public(AsyncMemoryClient)


def test_both_are_made_of_the_same() -> None:
    blocking = inspect.signature(MemoryClient).parameters
    asynchronous = inspect.signature(AsyncMemoryClient).parameters

    assert set(asynchronous) - set(blocking) == {"http"}
