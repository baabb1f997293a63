"""Bring the whole hub up on this machine, keep it up, and take it down.

Usage: python -m memoryhub.embedded.supervisor up [--detach] | down

HUB_PORT and HUB_MCP_PORT move the addresses of the web and of MCP; HUB_STATE_DIR moves
data, passwords and logs (.local).
"""

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue

from memoryhub.embedded import lock
from memoryhub.embedded.console import Console
from memoryhub.embedded.environment import (
    SERVICES,
    Started,
    State,
    missing,
    open_state,
    variables,
    write_private,
)
from memoryhub.embedded.processes import ROOT, CannotStart, Process
from memoryhub.embedded.watch import KeepsDying, Watch

BIN = Path(sys.executable).parent

# The environment variable that moves each port, and the port without it.
PORTS = {"HUB_PORT": 8000, "HUB_MCP_PORT": 8001}

PREPARATIONS = {
    "Migrate the database": "migrate",
    "Migrate the warehouse": "warehouse_migrate",
}
SEED = {"Seed the demo company, once": "seed_demo"}

# Started in this order and stopped in the opposite one.
PROGRAMS = {
    "web": (
        "granian --interface wsgi --no-ws --host 127.0.0.1 --port {HUB_PORT} "
        "--workers 4 --blocking-threads 1 --workers-kill-timeout 2 "
        "--respawn-failed-workers "
        "memoryhub.wsgi:application"
    ),
    "mcp": (
        "granian --interface asgi --no-ws --host 127.0.0.1 --port {HUB_MCP_PORT} "
        "--workers 1 --workers-kill-timeout 2 --respawn-failed-workers "
        "memoryhub.asgi:application"
    ),
    "indexer": "python manage.py run_indexer",
    "worker": (
        "celery --quiet -A memoryhub worker -c 2 --loglevel info "
        "--without-gossip --without-mingle"
    ),
    "beat": "celery --quiet -A memoryhub beat --loglevel info --schedule {STATE}/beat",
}
LOGINS = (
    "ceo@demo.test",
    "manager@demo.test",
    "user@demo.test",
    "outsider@demo.test",
    "service-gong@demo.test",
)
DONE = "done:"
READY = "\0"
LINES_SHOWN = 12
SECONDS_TO_ANSWER = 60.0
# What a worker may take to end its task; Celery alone takes two.
SECONDS_TO_FINISH = 6.0
SECONDS_BETWEEN_LOOKS = 0.1


class StopRequested(BaseException):
    """Somebody asked the hub to stop: Ctrl-C, a signal, or `make down`."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="supervisor", description=__doc__)
    parser.add_argument("verb", choices=("up", "down"))
    parser.add_argument("--detach", action="store_true", help="return once it is up")
    parser.add_argument("--announce", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    directory = Path(os.environ.get("HUB_STATE_DIR") or ROOT / ".local").resolve()
    if options.detach:
        return detach(directory)
    announce = None if options.announce is None else os.fdopen(options.announce, "w")
    console = Console(announce)
    try:
        if options.verb == "down":
            was_up = lock.ask_holder_to_stop(directory)
            console.say("The hub is stopped." if was_up else "The hub is not running.")
        else:
            up(directory, console, os.environ)
    except StopRequested:
        console.say("The hub is stopped.")
    except (CannotStart, KeepsDying, TimeoutError, PermissionError) as error:
        console.say(f"\n{error}")
        return 1
    return 0


def detach(directory: Path) -> int:
    """Start the hub in the background; return when it is ready or has failed."""
    reader, writer = os.pipe()
    supervisor = subprocess.Popen(  # noqa: S603 (this very program)
        [sys.executable, "-m", __spec__.name, "up", f"--announce={writer}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=(writer,),
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as news:
            for line in news:
                if line.startswith(READY):
                    return 0
                sys.stdout.write(line)
                sys.stdout.flush()
        return supervisor.wait() or 1
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait()
        return 130


def up(directory: Path, console: Console, environ: Mapping[str, str]) -> None:
    """Start everything in order, then keep it up until asked to stop."""
    ports = choose_ports(environ)
    stop_on_signals()
    with ExitStack() as cleanup:
        held = cleanup.enter_context(lock.hold(directory))
        console.keep_in(directory / "hub.log")
        for name, port in ports.items():
            check_port_is_free(name, port)
        state = open_state(directory, hold=(held,))
        started = start_services(state, console, environ, cleanup)
        environ = write_addresses(state, started, environ, ports, cleanup)
        prepare(state, console, environ)
        programs = start_programs(state, console, environ, ports, cleanup)
        services = [process for service in started for process in service.processes]
        for process in services:
            process.on_line = partial(console.log, process.name)
            cleanup.callback(setattr, process, "on_line", None)
        now = time.monotonic()
        watches = [Watch(process, console, now) for process in (*services, *programs)]
        with console.step(f"Start {name_all(PROGRAMS)}"):
            wait_until_ready(ports.values(), watches)
        welcome(console, environ)
        for watch in watches:
            watch.persevere()
        keep_up(watches, until=lambda: False)


def start_services(
    state: State, console: Console, environ: Mapping[str, str], cleanup: ExitStack
) -> list[Started]:
    """Start what the environment does not give."""
    lacking = missing(environ)
    for service in SERVICES:
        if service not in lacking:
            console.say(f"  ✓ {service.name} is given by {service.given_by}")
    all_started = []
    for service in lacking:
        with console.step(service.name) as step:
            started = service.start(state)
            step.title = started.title
        cleanup.callback(stop, console, f"Stop {service.name}", started.processes)
        all_started.append(started)
    return all_started


def write_addresses(
    state: State,
    started: Iterable[Started],
    environ: Mapping[str, str],
    ports: Mapping[str, int],
    cleanup: ExitStack,
) -> dict[str, str]:
    """Write where the services are, for people and for `manage.py`, while they run.

    Return the environment of the hub's processes: what was given goes first.
    """
    found = variables(state, started) | {
        "HUB_URL": f"http://127.0.0.1:{ports['HUB_PORT']}",
        "MCP_URL": f"http://127.0.0.1:{ports['HUB_MCP_PORT']}/mcp",
    }
    if any("database_url" in service.addresses for service in started):
        found["DEMO_PASSWORD"] = demo_password(state, environ)
    addresses: dict[str, object] = {}
    for service in started:
        addresses |= service.addresses
    files = {
        "hub.env": "".join(f"{name}={value}\n" for name, value in found.items()),
        "services.json": json.dumps(addresses, indent=2) + "\n",
    }
    for name, text in files.items():
        cleanup.callback((state.directory / name).unlink)
        write_private(state.directory / name, text)
    # Where a demo is wanted, its password is among what was found; it asks for one.
    given = {
        name: value
        for name, value in environ.items()
        if value and name != "DEMO_PASSWORD"
    }
    return found | given | {"HUB_STATE_DIR": str(state.directory)}


def demo_password(state: State, environ: Mapping[str, str]) -> str:
    """Return the demo's password: the given one, the kept one, or a fresh one."""
    path = state.directory / "demo-password"
    kept = path.read_text().strip() if path.exists() else ""
    password = environ.get("DEMO_PASSWORD") or kept or secrets.token_urlsafe(12)
    write_private(path, f"{password}\n")
    return password


def prepare(state: State, console: Console, environ: Mapping[str, str]) -> None:
    """Run the commands that must have ended well before the programs start."""
    commands = PREPARATIONS | (SEED if "DEMO_PASSWORD" in environ else {})
    lines: SimpleQueue[str] = SimpleQueue()
    process = Process(
        "prepare",
        [
            *words("python -m memoryhub.embedded.prepare"),
            *(DONE, *commands.values()),
        ],
        environ=environ,
        hold=state.hold,
        on_line=lines.put,
    )
    try:
        for title, name in commands.items():
            with console.step(title):
                wait_for_command(name, process, lines)
    finally:
        process.stop()


def wait_for_command(name: str, process: Process, lines: SimpleQueue[str]) -> None:
    """Wait for the line that says that a command ended well.

    Raises CannotStart when the process ends without it.
    """
    said: list[str] = []
    while True:
        with suppress(Empty):
            line = lines.get(timeout=SECONDS_BETWEEN_LOOKS)
            if line == f"{DONE}{name}":
                return
            said.append(line)
            continue
        if process.exit_code is None:
            continue
        process.wait()
        if lines.empty():
            message = (
                f"`manage.py {name}` failed. Its last lines:\n"
                f"{'\n'.join(said[-LINES_SHOWN:])}\n"
                f"Repair what they say, then run `make up` again."
            )
            raise CannotStart(message)


def start_programs(
    state: State,
    console: Console,
    environ: Mapping[str, str],
    ports: Mapping[str, int],
    cleanup: ExitStack,
) -> list[Process]:
    processes: list[Process] = []
    cleanup.callback(stop, console, f"Stop {name_all(PROGRAMS)}", processes)
    for name, command in PROGRAMS.items():
        process = Process(
            name,
            words(command, STATE=state.directory, **ports),
            environ={**environ, "PYTHONUNBUFFERED": "1"},
            grace=SECONDS_TO_FINISH,
            hold=state.hold,
            on_line=partial(console.log, name),
        )
        processes.append(process)
    return processes


def name_all(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"


def words(command: str, **values: object) -> list[str]:
    """Split a command, fill its words in, and take its program from the venv."""
    program, *rest = command.split()
    return [str(BIN / program), *(word.format(**values) for word in rest)]


def wait_until_ready(ports: Collection[int], watches: Sequence[Watch]) -> None:
    """Wait until web and MCP answer and nothing has died for a while."""
    deadline = time.monotonic() + SECONDS_TO_ANSWER

    def is_ready() -> bool:
        now = time.monotonic()
        silent = [port for port in ports if not answers(port)]
        if silent and now > deadline:
            message = (
                f"http://127.0.0.1:{silent[0]}/healthz did not answer 200 within "
                f"{SECONDS_TO_ANSWER:g} s. The log of `web` or `mcp` says why."
            )
            raise CannotStart(message)
        return all(watch.is_steady(now) for watch in watches) and not silent

    keep_up(watches, until=is_ready)


def answers(port: int) -> bool:
    inquiry = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        inquiry.request("GET", "/healthz")
        return inquiry.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        inquiry.close()


def keep_up(watches: Sequence[Watch], *, until: Callable[[], bool]) -> None:
    while not until():
        for watch in watches:
            watch.look(time.monotonic())
        time.sleep(SECONDS_BETWEEN_LOOKS)


def stop(console: Console, title: str, processes: Sequence[Process]) -> None:
    """Ask all to end, the last started first; then wait for all of them."""
    with console.step(title):
        for process in reversed(processes):
            process.let_go()
        for process in reversed(processes):
            process.stop()


def stop_on_signals() -> None:
    """Let a request to stop interrupt whatever runs; a second one changes nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def request_stop(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise StopRequested

    for number in numbers:
        # Under nohup a hangup is to be ignored.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, request_stop)


def choose_ports(environ: Mapping[str, str]) -> dict[str, int]:
    ports: dict[str, int] = {}
    for name, default in PORTS.items():
        text = environ.get(name) or str(default)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            message = f"{name} must be a port, a number from 1 to 65535: not {text}."
            raise CannotStart(message)
        if int(text) in ports.values():
            message = f"{name} must be a port of its own: {text} is taken already."
            raise CannotStart(message)
        ports[name] = int(text)
    return ports


def check_port_is_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = (
                f"Port {port} cannot be used: {error.strerror}. "
                f"Choose another: make up {name}={port + 10}"
            )
            raise CannotStart(message) from error


def welcome(console: Console, environ: Mapping[str, str]) -> None:
    address = environ["HUB_URL"]
    console.say("\nMemory Hub is ready.\n")
    console.say(f"  address   {address}/")
    console.say(f"  admin     {address}/admin/")
    console.say(f"  API docs  {address}/api/docs/")
    console.say(f"  MCP       {environ['MCP_URL']}")
    if "DEMO_PASSWORD" in environ:
        console.say(f"\n  logins    {LOGINS[0]}")
        for login in LOGINS[1:]:
            console.say(f"            {login}")
        console.say(f"  password  {environ['DEMO_PASSWORD']}")
    console.say("\nStop it with `make down`, or with Ctrl-C where it runs.\n")
    console.end_announcement(READY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
