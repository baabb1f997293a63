"""Seal the audit again and again, until ended, as beat and a worker do.

Usage: python -m benchmarks.sealing
"""

import time

import django
from django.utils import timezone

EVERY_SECONDS = 1.0


def main() -> None:
    """Seal every second, five times as often as beat."""
    django.setup()
    from memories.sealing import seal_audit  # noqa: PLC0415 - Django must be set up

    while True:
        seal_audit(now=timezone.now)
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
