"""The command `memoryhub`: store, search, get, import, export, spool.

Who it is stands in MEMORYHUB_URL, MEMORYHUB_USERNAME and MEMORYHUB_PASSWORD (or the
file that MEMORYHUB_PASSWORD_FILE names), or in the options of the same names.

It ends with 0 when all went well, 1 when the hub refused, 2 when the command is wrong,
3 when nobody signs in so, 4 when there is no such memory, 5 when the hub cannot be
reached, 6 when some of many were refused, and 7 when it was kept in the spool.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from memoryhub_client.blocking import MemoryClient
from memoryhub_client.cli import showing
from memoryhub_client.cli.exporting import export
from memoryhub_client.cli.importing import CannotReadError, bring
from memoryhub_client.errors import (
    InvalidError,
    MemoryHubError,
    NotFoundError,
    ProblemError,
    SignInError,
    UnavailableError,
    UnreachableError,
)
from memoryhub_client.results import Spooled

Command: TypeAlias = Callable[[MemoryClient, argparse.Namespace], int]

REFUSED, USAGE, SIGN_IN, NOT_FOUND, AWAY, SOME_REFUSED, SPOOLED = range(1, 8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return how it ended."""
    options = _parser().parse_args(arguments)
    try:
        with MemoryClient(
            options.url,
            options.username,
            options.password_file,
            spool=options.spool or "default",
        ) as hub:
            me = hub.on_behalf_of(options.behalf) if options.behalf else hub
            run: Command = options.run
            return run(me, options)
    except (MemoryHubError, CannotReadError) as error:
        showing.trouble(error, as_json=options.json)
        return _ending(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def store(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Store one memory: a JSON object, or a type and what it says."""
    if options.type:
        draft = {"type": options.type, "content": {options.field: options.text}}
        named = {name: getattr(options, name) for name in ("source", "external_id")}
        draft |= {name: value for name, value in named.items() if value}
        draft |= {"tags": options.tag} if options.tag else {}
    else:
        draft = _object(sys.stdin.read() if options.text == "-" else options.text)
    outcome = hub.store(draft)
    showing.outcome(outcome, as_json=options.json)
    return SPOOLED if isinstance(outcome, Spooled) else 0


def search(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Show what a query finds."""
    page = hub.search(" ".join(options.query), limit=options.limit)
    showing.page(page, as_json=options.json)
    return 0


def get(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Show one memory."""
    showing.memory(hub.retrieve(options.id), as_json=options.json)
    return 0


def import_file(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Store what is in a file; the same command goes on where it was cut off."""
    counts = bring(hub, options.file, quiet=options.json)
    showing.counts(counts, as_json=options.json)
    return SOME_REFUSED if counts["refused"] else 0


def export_all(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Write what a query finds as NDJSON, as `import` reads it."""
    count = export(hub, " ".join(options.query), options.output, whole=options.whole)
    if options.output:
        showing.counts({"exported": count}, as_json=options.json)
    return 0


def spool_status(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Show what waits for the hub."""
    showing.spool(hub.spooled(), as_json=options.json)
    return 0


def spool_flush(hub: MemoryClient, options: argparse.Namespace) -> int:
    """Deliver what waits; with --again what the hub has refused, too."""
    if options.again:
        hub.try_again()
    hub.flush()
    status = hub.spooled()
    showing.spool(status, as_json=options.json)
    return SOME_REFUSED if status.aside else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="memoryhub",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help="the hub's address")
    parser.add_argument("--username", help="the account's address")
    parser.add_argument("--password-file", type=Path, help="the file with its secret")
    parser.add_argument("--behalf", help="whom a service acts for, by address")
    parser.add_argument("--spool", type=Path, help="the file that keeps what waits")
    parser.add_argument("--json", action="store_true", help="answer for programs")
    commands = parser.add_subparsers(required=True, metavar="command")

    one = _command(commands, "store", store)
    one.add_argument("text", help="a JSON object, - for standard input, or the text")
    one.add_argument("--type", help="the type, where the text is what it says")
    one.add_argument("--field", default="message", help="the field that the text is")
    one.add_argument("--source")
    one.add_argument("--external-id")
    one.add_argument("--tag", action="append")

    found = _command(commands, "search", search)
    found.add_argument("query", nargs="*")
    found.add_argument("--limit", type=int, default=20)

    _command(commands, "get", get).add_argument("id")

    brought = _command(commands, "import", import_file)
    brought.add_argument("file", type=Path, help="NDJSON, or CSV by its name")

    written = _command(commands, "export", export_all)
    written.add_argument("query", nargs="*")
    written.add_argument("--output", type=Path, help="a file instead of the screen")
    written.add_argument(
        "--whole", action="store_true", help="memories as they are read, with their ids"
    )

    spool = commands.add_parser("spool", help="what waits for the hub")
    kinds = spool.add_subparsers(required=True, metavar="status|flush")
    _command(kinds, "status", spool_status)
    flush = _command(kinds, "flush", spool_flush)
    flush.add_argument("--again", action="store_true", help="what was refused, too")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Command,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
    parser.set_defaults(run=run)
    return parser


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        msg = f"This is no JSON: {error}. To store a text, name its --type."
        raise CannotReadError(msg) from None
    if not isinstance(found, dict):
        msg = "A memory is a JSON object, with a type and a content."
        raise CannotReadError(msg)
    return found


def _ending(error: Exception) -> int:
    endings: Sequence[tuple[type[Exception], int]] = (
        (CannotReadError, USAGE),
        (InvalidError, REFUSED),
        (SignInError, SIGN_IN),
        (NotFoundError, NOT_FOUND),
        (UnavailableError, AWAY),
        (UnreachableError, AWAY),
        (ProblemError, REFUSED),
    )
    return next((code for kind, code in endings if isinstance(error, kind)), USAGE)


if __name__ == "__main__":
    sys.exit(main())
