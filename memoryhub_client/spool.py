"""What could not be brought to the hub yet, kept in order on this machine.

A draft is on disk, synchronised, when `put` returns. Drafts leave in parcels: each has
the key by which the hub knows it, written down before it is sent, so that what is sent
again, by whichever process, is done once.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from .errors import SpoolError
from .schemas.answers import ProblemAnswer

LIMIT_BYTES = 256 * 1024 * 1024
PARCEL_DRAFTS = 500
PARCEL_BYTES = 2 * 1024 * 1024
KEY_SECONDS = 23 * 3600.0
"""For how long the hub surely knows a key: it says 24 hours."""

_PAGE_BYTES = 4096
_SCHEMA = """
CREATE TABLE IF NOT EXISTS whose (account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    draft TEXT NOT NULL,
    behalf TEXT,
    spooled_at REAL NOT NULL,
    parcel TEXT,
    sent_at REAL
);
CREATE TABLE IF NOT EXISTS aside (
    seq INTEGER PRIMARY KEY,
    draft TEXT NOT NULL,
    behalf TEXT,
    spooled_at REAL NOT NULL,
    problem TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Parcel:
    """Drafts that go to the hub in one request, and the key of that request."""

    key: str
    drafts: Mapping[int, dict[str, Any]]
    behalf: str | None

    @property
    def is_single(self) -> bool:
        """Whether it is a request for one memory."""
        return self.key.startswith(_ONE)


@dataclass(frozen=True)
class SetAside:
    """A draft that the hub refused when it was delivered, and why."""

    seq: int
    draft: dict[str, Any]
    problem: ProblemAnswer


@dataclass(frozen=True)
class SpoolStatus:
    """How much waits, since when (seconds since 1970), and how much is set aside."""

    path: Path
    waiting: int
    since: float | None
    aside: int


_ONE, _MANY = "one-", "many-"


def key_of_one() -> str:
    """Return a key for a request that stores one memory."""
    return f"{_ONE}{uuid4()}"


def key_of_many() -> str:
    """Return a key for a request that stores a batch."""
    return f"{_MANY}{uuid4()}"


class Spool:
    """A file of drafts that wait for the hub; several processes may share it."""

    def __init__(
        self, path: Path, *, account: str, limit_bytes: int = LIMIT_BYTES
    ) -> None:
        """Open or make the file; a damaged one, or another account's, is refused.

        Raises:
            SpoolError: it cannot be opened, or belongs to another account.
        """
        self.path = path
        self._lock = RLock()
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            self._db.executescript(
                f"PRAGMA page_size = {_PAGE_BYTES};"
                "PRAGMA journal_mode = WAL;"
                "PRAGMA synchronous = FULL;"
                f"PRAGMA max_page_count = {max(16, limit_bytes // _PAGE_BYTES)};"
                f"{_SCHEMA}"
            )
        self._belongs_to(account)

    def close(self) -> None:
        """Close the file; what waits in it stays."""
        with self._lock:
            self._db.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits, put there by this process or another."""
        with self._lock:
            found = self._db.execute("SELECT 1 FROM waiting LIMIT 1").fetchone()
        return found is None

    @property
    def status(self) -> SpoolStatus:
        """How full it is."""
        with self._lock:
            waiting, since = self._db.execute(
                "SELECT count(*), min(spooled_at) FROM waiting"
            ).fetchone()
            (aside,) = self._db.execute("SELECT count(*) FROM aside").fetchone()
        return SpoolStatus(self.path, waiting, since, aside)

    def put(
        self,
        drafts: Iterable[Mapping[str, Any]],
        *,
        behalf: str | None,
        key: str | None = None,
    ) -> None:
        """Keep drafts behind what waits; `key` is that of a request that was tried.

        Raises:
            SpoolError: the spool or the disk is full.
        """
        now = time.time()
        rows = [
            (json.dumps(each), behalf, now, key, now if key else None)
            for each in drafts
        ]
        with self._changing() as db:
            db.executemany(
                "INSERT INTO waiting (draft, behalf, spooled_at, parcel, sent_at) "
                "VALUES (?, ?, ?, ?, ?)",
                rows,
            )

    def next_parcel(self) -> Parcel | None:
        """Return what is to be delivered next; it is the same until it is settled."""
        with self._changing() as db:
            while first := db.execute(
                "SELECT parcel, sent_at FROM waiting ORDER BY seq LIMIT 1"
            ).fetchone():
                key, sent_at = first
                if key is None:
                    return self._pack(db)
                if time.time() - sent_at < KEY_SECONDS:
                    return self._parcel(db, key)
                self._give_up_key(db, key)
            return None

    def settle(self, parcel: Parcel, refusals: Mapping[int, ProblemAnswer]) -> None:
        """Drop what the hub has answered, and set aside what it refused."""
        with self._changing() as db:
            for seq, problem in refusals.items():
                self._set_aside(db, seq, problem)
            db.execute("DELETE FROM waiting WHERE parcel = ?", [parcel.key])

    def split(self, parcel: Parcel) -> None:
        """Send each draft of a parcel for itself, since the hub refuses the whole."""
        with self._changing() as db:
            db.executemany(
                "UPDATE waiting SET parcel = ?, sent_at = ? WHERE seq = ?",
                [(key_of_one(), time.time(), seq) for seq in parcel.drafts],
            )

    def set_aside(self) -> Sequence[SetAside]:
        """Return what the hub refused when it was delivered."""
        with self._lock:
            found = self._db.execute(
                "SELECT seq, draft, problem FROM aside ORDER BY seq"
            ).fetchall()
        return [
            SetAside(seq, json.loads(draft), ProblemAnswer.model_validate_json(problem))
            for seq, draft, problem in found
        ]

    def try_again(self) -> int:
        """Put what was set aside behind what waits; returns how much that is."""
        with self._changing() as db:
            count = db.execute(
                "INSERT INTO waiting (draft, behalf, spooled_at) "
                "SELECT draft, behalf, spooled_at FROM aside ORDER BY seq"
            ).rowcount
            db.execute("DELETE FROM aside")
            return count

    def _belongs_to(self, account: str) -> None:
        with self._changing() as db:
            found = db.execute("SELECT account FROM whose").fetchone()
            if found is None:
                db.execute("INSERT INTO whose VALUES (?)", [account])
            elif found[0] != account:
                msg = (
                    f"{self.path} is the spool of {found[0]}, and not of {account}: "
                    f"give each account a file of its own."
                )
                raise SpoolError(msg)

    def _pack(self, db: sqlite3.Connection) -> Parcel:
        """Make a parcel of what waits first, and write down its key."""
        rows = db.execute(
            "SELECT seq, behalf, parcel, length(draft) FROM waiting "
            "ORDER BY seq LIMIT ?",
            [PARCEL_DRAFTS],
        ).fetchall()
        last, size = rows[0][0], 0
        for seq, behalf, parcel, length in rows:
            size += length
            if behalf != rows[0][1] or parcel or (size > PARCEL_BYTES and seq != last):
                break
            last = seq
        key = key_of_many()
        db.execute(
            "UPDATE waiting SET parcel = ?, sent_at = ? WHERE seq <= ?",
            [key, time.time(), last],
        )
        return self._parcel(db, key)

    def _parcel(self, db: sqlite3.Connection, key: str) -> Parcel:
        rows = db.execute(
            "SELECT seq, draft, behalf FROM waiting WHERE parcel = ? ORDER BY seq",
            [key],
        ).fetchall()
        drafts = {seq: json.loads(draft) for seq, draft, _ in rows}
        return Parcel(key, drafts, rows[0][2])

    def _give_up_key(self, db: sqlite3.Connection, key: str) -> None:
        """Part with a key that the hub may have forgotten.

        What has an id of its source is stored once without a key. Of the rest nobody
        can say whether the hub has it: somebody is to look.
        """
        for seq, draft in self._parcel(db, key).drafts.items():
            if draft.get("external_id") is None:
                self._set_aside(db, seq, _DOUBTFUL)
        db.execute(
            "UPDATE waiting SET parcel = NULL, sent_at = NULL WHERE parcel = ?", [key]
        )

    def _set_aside(
        self, db: sqlite3.Connection, seq: int, problem: ProblemAnswer
    ) -> None:
        db.execute(
            "INSERT INTO aside SELECT seq, draft, behalf, spooled_at, ? "
            "FROM waiting WHERE seq = ?",
            [problem.model_dump_json(), seq],
        )
        db.execute("DELETE FROM waiting WHERE seq = ?", [seq])

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _explained(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


_DOUBTFUL = ProblemAnswer(
    type="urn:memoryhub:client:doubtful",
    title="Doubtful",
    status=409,
    detail=(
        "It was sent, no answer came, and for longer than a day the hub could not be "
        "reached: it may be there already. Search for it before it is tried again."
    ),
)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        msg = f"The spool {path} cannot be used: {error}"
        raise SpoolError(msg) from error
