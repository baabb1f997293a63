"""docs/client.md: it says what the docstrings say."""

import runpy

from tests.reading import ROOT


def test_is_as_it_is_made() -> None:
    made = runpy.run_path(str(ROOT / "bin/client-reference"))["reference"]()

    shown = (ROOT / "docs/client.md").read_text()
    assert shown == made, "run bin/client-reference"
