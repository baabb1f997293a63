"""The documents: what they name is there, and what there is they name."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.reading import ROOT, settings_read

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|yml|in|txt))`")
_COMMAND = re.compile(r"manage\.py (\w+)")
_MADE_AT_RUNTIME = (".local/", "secrets/", "search/")


def named(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    """Return what a pattern finds in the documents and is to be in the checkout."""
    return [
        (document, name)
        for document in DOCUMENTS
        for name in sorted(set(pattern.findall(document.read_text())))
        if not name.startswith(("http", *_MADE_AT_RUNTIME))
    ]


def in_short(value: Path | str) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else value


@pytest.mark.parametrize(("document", "target"), named(_LINK), ids=in_short)
def test_every_link_leads_somewhere(document: Path, target: str) -> None:
    assert (document.parent / target).exists()


@pytest.mark.parametrize(("document", "path"), named(_PATH), ids=in_short)
def test_every_file_that_is_named_is_there(document: Path, path: str) -> None:
    anywhere = [path] if "/" in path else [path, f"*/{path}", f"*/*/{path}"]

    assert any(found for one in anywhere for found in ROOT.glob(one)), path


@pytest.mark.parametrize(("document", "command"), named(_COMMAND), ids=in_short)
def test_every_command_that_is_named_is_one(document: Path, command: str) -> None:
    assert command in get_commands()


def test_every_setting_is_listed_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.M)

    assert sorted(rows) == sorted(settings_read())


def test_every_setting_that_is_required_says_so() -> None:
    text = (ROOT / "docs/settings.md").read_text()

    for name in (
        "SECRET_KEY",
        "JWT_SIGNING_KEY",
        "AUDIT_SIGNING_KEY",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
    ):
        assert f"| `{name}` | *required* |" in text


def test_every_decision_is_in_their_list() -> None:
    decisions = ROOT / "docs/decisions"
    listed = _LINK.findall((decisions / "README.md").read_text())

    assert listed == sorted(
        path.name for path in decisions.glob("*.md") if path.name != "README.md"
    )


def test_every_recipe_and_page_is_named_in_the_readme() -> None:
    linked = _LINK.findall((ROOT / "README.md").read_text())

    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in linked
