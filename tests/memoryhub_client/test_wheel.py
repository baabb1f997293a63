"""The client installed alone: into an empty environment, of the oldest Python too."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from memories.models import Memory
from tests.memoryhub_client.conftest import PASSWORD
from tests.reading import ROOT

PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"


def python(version: str) -> Path:
    """Return a Python of a version; a test that cannot have it is skipped, and says."""
    found = shutil.which(f"python{version}")
    candidates = [Path(found)] if found else []
    candidates += sorted(PYENV.glob(f"{version}.*/bin/python3"))
    for candidate in candidates:
        # A name on PATH may be a shim of pyenv's that leads nowhere.
        tried = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if tried.returncode == 0:
            return candidate
    pytest.skip(f"no Python {version} here: install it (pyenv install {version})")


def pip(environment: Path, *arguments: str) -> None:
    """Run pip; where nothing answers where packages come from, the test is skipped."""
    program = str(environment / "bin/pip")
    command = [program, "--disable-pip-version-check", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Failed to establish a new connection" in ran.stderr:
        pytest.skip(f"no package index answers: {ran.stderr.splitlines()[-1]}")
    assert ran.returncode == 0, ran.stderr


def readme(url: str, username: str) -> str:
    """Return the README's ten lines, said to a hub and an account."""
    text = (ROOT / "memoryhub_client/README.md").read_text()
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found
    return (
        found[1]
        .replace("http://127.0.0.1:8000", url)
        .replace("service-gong@demo.test", username)
        .replace('"secret"', f'"{PASSWORD}"')
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_the_wheel_does_what_its_readme_shows(
    version: str, tmp_path: Path, live_server: LiveServer, service: User
) -> None:
    service.set_password(PASSWORD)
    service.save()
    environment = tmp_path / "environment"
    subprocess.run([python(version), "-m", "venv", environment], check=True)

    pip(environment, "install", "--quiet", str(ROOT / "memoryhub_client"))
    lines = readme(str(live_server.url), service.email)
    ran = subprocess.run(
        [environment / "bin/python", "-W", "error", "-c", lines],
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert ran.stdout.endswith(" We keep the price for Acme\n")
    assert Memory.objects.get().external_id == "acme-price"
