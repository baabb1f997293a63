"""memoryhub.settings: a value that is bad stops the start, and is named.

What is missing is tested with the files of the deployment, in tests/test_deployment.py.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.reading import ROOT

LEAST = {
    "SECRET_KEY": "s" * 32,
    "JWT_SIGNING_KEY": "j" * 32,
    "AUDIT_SIGNING_KEY": "a" * 43,
    "ALLOWED_HOSTS": "hub.example.com",
    "DATABASE_URL": "postgres://hub:secret@db:5432/hub",
    "REDIS_URL": "redis://cache:6379/0",
}
ACCOUNT = {
    "SNOWFLAKE_ACCOUNT": "x",
    "SNOWFLAKE_USER": "x",
    "SNOWFLAKE_PASSWORD": "x",
}

SERVER = {
    "EMBEDDINGS": "openai",
    "EMBEDDINGS_URL": "https://api.example.com/v1",
    "EMBEDDINGS_API_KEY": "x",
    "EMBEDDINGS_MODEL": "small",
    "EMBEDDINGS_DIMENSIONS": "1536",
}


def start(directory: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Import the settings in a process that knows nothing but some variables."""
    return subprocess.run(
        [sys.executable, "-c", "import memoryhub.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HUB_STATE_DIR": str(directory), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "variables", [LEAST, LEAST | ACCOUNT, LEAST | SERVER, {"DEBUG": "true"}]
)
def test_the_hub_starts_with_the_least(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    services = {name: LEAST[name] for name in ("DATABASE_URL", "REDIS_URL")}

    assert start(tmp_path, **(services | variables)).stderr == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("JWT_SIGNING_KEY", "short"),
        ("AUDIT_SIGNING_KEY", "short"),
        ("AUDIT_VERIFY_KEYS", "short"),
        ("AUDIT_MONTHS", "11"),
        ("JWT_PREVIOUS_SIGNING_KEY", "short"),
        ("DEBUG", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "mysql://db/hub"),
        ("BROKER_URL", "amqp://broker"),
        ("SNOWFLAKE_PORT", "https"),
        ("SNOWFLAKE_PROTOCOL", "ftp"),
        ("SNOWFLAKE_DATABASE", "memory-hub"),
        ("SNOWFLAKE_USER", ""),
        ("SNOWFLAKE_PRIVATE_KEY_FILE", "/nowhere/key.pem"),
        ("API_LIMIT_PER_ACTOR", "600"),
        ("API_LIMIT_PER_ADDRESS", "0/minute"),
        ("SIGN_IN_LIMIT", "10/minute;100/hour"),
        ("SIGN_IN_FAILURES", "0"),
        ("LOCKOUT_MINUTES", "0"),
        ("SESSION_HOURS", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("ADMIN_TWO_FACTOR", "yes"),
        ("EMBEDDINGS", "cohere"),
        ("EMBEDDINGS_URL", "api.example.com"),
        ("EMBEDDINGS_URL", ""),
        ("EMBEDDINGS_API_KEY", ""),
        ("EMBEDDINGS_MODEL", ""),
        ("EMBEDDINGS_DIMENSIONS", ""),
        ("EMBEDDINGS_DIMENSIONS", "4001"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    given = LEAST | ACCOUNT | SERVER | {"HUB_STATE_DIR": str(tmp_path), name: value}
    monkeypatch.setattr(os, "environ", given)

    with pytest.raises(ImproperlyConfigured, match=name):
        runpy.run_path(str(ROOT / "memoryhub/settings.py"))
