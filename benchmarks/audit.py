"""What the audit costs: sealing beside who stores, and verifying what was sealed."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from itertools import islice
from statistics import median

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.actor import Actor
from audit.models import Block, Record
from benchmarks.corpus import drafts
from benchmarks.measuring import clock, rate, show
from memories import mediator
from memories.sealing import seal_audit
from memoryhub.embedded.processes import Process

ROUNDS = 9
SINGLES = 400
LIMIT_SECONDS_A_MILLION = 60


def measure(actor: Actor, *, records: int, now: datetime) -> None:
    """Store with and without a sealer beside, then seal and verify `records`."""
    _store_beside_sealing(actor, now=now)
    _fill(records)
    with clock() as sealing:
        blocks = seal_audit(now=timezone.now)
    show(
        f"seal, {records:,} records in {blocks:,} blocks",
        f"{records / sealing.seconds:,.0f} records/s",
        "-",
    )
    out = StringIO()
    with clock() as verifying:
        call_command("audit_verify", stdout=out, stderr=StringIO())
    verified = sum(len(seqs) for seqs in Block.objects.values_list("seqs", flat=True))
    show(
        f"audit_verify, {verified:,} records",
        f"{verifying.seconds:,.1f} s",
        f"{LIMIT_SECONDS_A_MILLION * verified / 1_000_000:,.1f} s",
    )


def _store_beside_sealing(actor: Actor, *, now: datetime) -> None:
    """Alternate, so that a slower minute of the machine's slows both."""
    singles = drafts((2 * ROUNDS + 1) * SINGLES, seed=11)

    def store() -> None:
        for draft in islice(singles, SINGLES):
            mediator.store(actor=actor, draft=draft, now=now)

    store()
    alone, beside = [], []
    for _ in range(ROUNDS):
        alone.append(rate(SINGLES, store))
        with _sealer():
            beside.append(rate(SINGLES, store))
    slower = median(1 - one / other for one, other in zip(beside, alone, strict=True))
    show(
        "store with sealing, one a transaction",
        f"{median(beside):,.0f} rows/s, {-100 * slower:+.1f} %",
        f"15 % less than {median(alone):,.0f} rows/s without",
    )


@contextmanager
def _sealer() -> Iterator[None]:
    """Seal in a process of its own, once it has begun to."""
    already = Block.objects.count()
    command = [sys.executable, "-m", "benchmarks.sealing"]
    process = Process("sealer", command, environ=dict(os.environ))
    try:
        while Block.objects.count() == already:
            time.sleep(0.05)
        yield
    finally:
        process.stop()


def _fill(records: int) -> None:
    """Copy one record that is there as often as asked.

    Of the same moment, which what it says of a person is locked to.
    """
    seq = Record.objects.latest("seq").pk
    columns = [
        str(field.column)
        for field in Record._meta.local_concrete_fields
        if field.column not in {"seq", "xid"}
    ]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_record ({names}) "  # noqa: S608 - the model's own
            f"SELECT {names} FROM audit_record, generate_series(1, %s) WHERE seq = %s",
            [records, seq],
        )
        cursor.execute("ANALYZE audit_record")
