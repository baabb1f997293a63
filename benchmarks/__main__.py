"""Run all benchmarks on throw-away services: `python -m benchmarks [ROWS]`."""

import sys

from benchmarks.throw_away import throw_away_hub


def main(rows: int) -> None:
    """Start the services, fill the hub, and measure."""
    with throw_away_hub():
        from benchmarks import run  # noqa: PLC0415 - Django must be set up

        run.everything(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
