"""Run all benchmarks on throw-away services: `python -m benchmarks [ROWS]`."""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import django

from memoryhub.embedded.environment import missing, open_state, variables


def main(rows: int) -> None:
    """Start the services, fill the hub, and measure."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        state = open_state(Path(directory))
        started = []
        for service in missing(os.environ):
            started.append(service.start(state))
            for process in started[-1].processes:
                stack.callback(process.stop)
        os.environ |= variables(state, started)
        os.environ["HUB_STATE_DIR"] = directory
        os.environ["LOG_LEVEL"] = "WARNING"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")
        django.setup()
        from benchmarks import run  # noqa: PLC0415 - Django must be set up

        run.everything(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
