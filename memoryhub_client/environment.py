"""What a client is not told, it finds in its environment."""

import hashlib
import os
from pathlib import Path

from .errors import MemoryHubError
from .signing_in import Secret


def default_spool(url: str, username: str) -> Path:
    """Return the file that is an account's spool where none is named."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    account = hashlib.sha256(f"{username} at {url}".encode()).hexdigest()[:16]
    return Path(state) / "memoryhub" / f"{account}.spool"


def given(value: str | None, name: str) -> str:
    """Return a setting, from the environment where it is not said.

    Raises:
        MemoryHubError: it is in neither.
    """
    found = value or os.environ.get(name)
    if not found:
        msg = f"Say it, or set {name} in the environment."
        raise MemoryHubError(msg)
    return found


def secret_of_environment() -> Secret:
    """Return the secret, or the file that has it.

    Raises:
        MemoryHubError: neither is named.
    """
    if path := os.environ.get("MEMORYHUB_PASSWORD_FILE"):
        return Path(path)
    return given(None, "MEMORYHUB_PASSWORD")
