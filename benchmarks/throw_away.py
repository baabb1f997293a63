"""The hub that benchmarks run on: services of their own, thrown away afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django

from memoryhub.embedded.environment import missing, open_state, variables


@contextmanager
def throw_away_hub() -> Iterator[None]:
    """Start the services that the environment does not name, and set Django up."""
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
        yield
