"""Give a test run throw-away services before Django reads its settings.

A pytest plugin, loaded by `-p tests.throw_away`. What the environment names already
(DATABASE_URL, REDIS_URL, SNOWFLAKE_ACCOUNT) is used as it is. Under pytest-xdist the
controller starts the services and each worker keeps to its own part of them.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from memoryhub.embedded.environment import (
    Service,
    Started,
    missing,
    open_state,
    start_postgres,
    variables,
)
from memoryhub.embedded.processes import CannotStart

EMBEDDED = "HUB_TESTS_EMBEDDED"
"""The services that the controller started, for its workers."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None]:
    """Set the variables. A wrapper runs before pytest-django, which reads them."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        keep_to_own_part(early_config, int(worker.removeprefix("gw")))
    else:
        start_services(early_config)
    return (yield)


def start_services(config: pytest.Config) -> None:
    directory = Path(tempfile.mkdtemp(prefix="memoryhub-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(directory))
    state = open_state(directory, durable=False)

    def start(service: Service) -> Started:
        started = service.start(state)
        for process in started.processes:
            config.add_cleanup(process.stop)
        return started

    try:
        with ThreadPoolExecutor() as pool:
            started = list(pool.map(start, missing(os.environ)))
    except CannotStart as error:
        raise pytest.UsageError(str(error)) from error
    os.environ[EMBEDDED] = " ".join(service.name for service in missing(os.environ))
    os.environ |= variables(state, started)
    os.environ["HUB_STATE_DIR"] = str(directory)
    # A live server's threads would keep their connections past the test database.
    os.environ["DATABASE_CONN_MAX_AGE"] = "0"
    os.environ["DEMO_PASSWORD"] = secrets.token_urlsafe()


def keep_to_own_part(config: pytest.Config, worker: int) -> None:
    """Give one xdist worker databases of its own.

    PostgreSQL even runs once more: the journal's horizon waits for every transaction of
    a cluster, so that two workers on one would wait for each other.
    """
    if "PostgreSQL" in os.environ.get(EMBEDDED, ""):
        directory = Path(os.environ["HUB_STATE_DIR"]) / f"gw{worker}"
        postgres = start_postgres(open_state(directory, durable=False))
        for process in postgres.processes:
            config.add_cleanup(process.stop)
        os.environ |= postgres.variables
    for name in ("REDIS_URL", "BROKER_URL"):
        if url := os.environ.get(name):
            os.environ[name] = urlsplit(url)._replace(path=f"/{worker}").geturl()
    database = os.environ.get("SNOWFLAKE_DATABASE", "MEMORY_HUB")
    os.environ["SNOWFLAKE_DATABASE"] = f"{database}_GW{worker}"
    os.environ["SEARCH_INDEX_DIR"] += f"/gw{worker}"
