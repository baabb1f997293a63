"""What was read, kept on this machine for when the hub is away."""

import sqlite3
import time
from pathlib import Path
from threading import RLock

from .errors import MemoryHubError

LIMIT_ANSWERS = 5_000
KEPT_SECONDS = 7 * 24 * 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (
    name TEXT PRIMARY KEY,
    at REAL NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_at ON answer (at);
"""


class Kept:
    """A file of answers by what was asked; the oldest leave it first."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            MemoryHubError: it cannot be opened.
        """
        self._lock = RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            self._db.executescript(
                f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {_SCHEMA}"
            )
        except (OSError, sqlite3.Error) as error:
            msg = f"What was read cannot be kept in {path}: {error}"
            raise MemoryHubError(msg) from error

    def close(self) -> None:
        """Close the file; what is kept in it stays."""
        with self._lock:
            self._db.close()

    def keep(self, name: str, body: str) -> None:
        """Keep an answer, and drop what is too old or too many."""
        now = time.time()
        with self._lock:
            self._db.execute(
                "INSERT INTO answer VALUES (?, ?, ?) "
                "ON CONFLICT (name) "
                "DO UPDATE SET at = excluded.at, body = excluded.body",
                [name, now, body],
            )
            self._db.execute(
                "DELETE FROM answer WHERE at < ? OR at < "
                "(SELECT at FROM answer ORDER BY at DESC LIMIT 1 OFFSET ?)",
                [now - KEPT_SECONDS, LIMIT_ANSWERS],
            )

    def find(self, name: str) -> tuple[str, float] | None:
        """Return a kept answer, and when it was read, in seconds since 1970."""
        with self._lock:
            found = self._db.execute(
                "SELECT body, at FROM answer WHERE name = ? AND at >= ?",
                [name, time.time() - KEPT_SECONDS],
            ).fetchone()
        return (found[0], found[1]) if found else None

    def drop(self, name: str) -> None:
        """Forget an answer."""
        with self._lock:
            self._db.execute("DELETE FROM answer WHERE name = ?", [name])
