"""Run several of the hub's commands, one after another, in one process.

Usage: python -m memoryhub.embedded.prepare MARK COMMAND...

It takes Django about two seconds to start, which is paid once here. After each command
that ended well comes a line of MARK and its name; the first that fails ends it all.
"""

import os
import sys

import django
from django.core.management import CommandError, call_command


def main(mark: str, names: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")
    django.setup()
    for name in names:
        try:
            call_command(name, skip_checks=False)
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stdout.write(f"{mark}{name}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
