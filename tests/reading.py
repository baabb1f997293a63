"""What the project's own files say, for the tests that hold its documents to it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def settings_read() -> set[str]:
    """Return the names of all environment variables that the settings read."""
    tree = ast.parse((ROOT / "memoryhub/settings.py").read_text())
    return set(_names(tree))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env")),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(
                func=ast.Name(id="secret"), args=[ast.Constant(value=str(name))]
            ):
                yield name
