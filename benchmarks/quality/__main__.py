"""Measure how well search answers: `python -m benchmarks.quality`."""

import argparse

from benchmarks.throw_away import throw_away_hub


def main() -> None:
    """Start the services, load the corpus, and ask."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality", description=__doc__)
    parser.add_argument(
        "--failures",
        metavar="ARM",
        nargs="?",
        const="blend",
        help="list what an arm (the blend) does not find, of the tune half alone",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="keep the blend's figures as those that it must not fall below",
    )
    asked = parser.parse_args()
    with throw_away_hub():
        from benchmarks.quality import run  # noqa: PLC0415 - Django must be set up

        run.everything(failures_of=asked.failures, record=asked.record)


if __name__ == "__main__":
    main()
