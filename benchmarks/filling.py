"""Filling the hub by COPY, and its vectors: what is measured later is not this."""

import json
import random
from collections.abc import Sequence
from datetime import datetime
from itertools import batched

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray
from pgvector import HalfVector
from uuid_utils.compat import uuid7

from accounts.models import User
from benchmarks.corpus import PROSE, drafts
from memories.models import Memory
from memories.search import vectorizer, vectors
from memories.search.embedding import embedder

OWN, SHARED = 200, 200
NOISES = 997
NOISE = 0.25
"""How far a drawn vector lies from the real one that it is drawn from."""

_COLUMNS = (
    "id, type, schema_version, version, title, content, metadata, tags, source,"
    " external_id, owner_id, occurred_at, created_at, updated_at, legal_hold"
)


def fill(rows: int, *, owners: Sequence[User], user: User, now: datetime) -> None:
    """Copy memories into the table; 200 of them are the user's, 200 shared with it."""
    chance = random.Random(3)  # noqa: S311 - whose it is, not a secret
    every = max(1, rows // (OWN + SHARED))
    shared: list[object] = []
    own = 0
    with connection.cursor() as cursor:
        copying = f"COPY memories_memory ({_COLUMNS}) FROM STDIN"
        with cursor.copy(copying) as copy:
            for number, draft in enumerate(drafts(rows, seed=9)):
                memory_id, owner = uuid7(), chance.choice(owners)
                if number % every == 0 and own < OWN:
                    owner, own = user, own + 1
                elif number % every == 1 and len(shared) < SHARED:
                    shared.append(memory_id)
                text = draft.content[PROSE[draft.type]]
                copy.write_row(
                    (
                        *(memory_id, draft.type, 1, 1, text[:120]),
                        *(json.dumps(draft.content), "{}", list(draft.tags or ())),
                        *(draft.source, draft.external_id, owner.pk),
                        *(draft.occurred_at, now, now, False),
                    )
                )
        cursor.execute(
            """
            INSERT INTO memories_memoryuserpermission
                   (content_object_id, user_id, permission_id)
            SELECT unnest(%s::uuid[]), %s, id FROM auth_permission
             WHERE codename = 'view_memory'
            """,
            [shared, user.pk],
        )
        cursor.execute("VACUUM (ANALYZE)")


def embed(rows: int) -> int:
    """Give every memory a vector: real ones for some, near ones to these for the rest.

    Embedding a million texts takes hours on two cores. Returns how many are real.
    """
    chosen = embedder()
    if chosen is None:
        return 0
    vectors.prepare(model=chosen.model, dimensions=chosen.dimensions)
    real = max(1000, rows // 50)
    oldest = list(Memory.objects.order_by("pk")[:real])
    texts = [vectorizer.passage(memory) for memory in oldest]
    known = np.concatenate([chosen.embed(chunk) for chunk in batched(texts, 500)])
    noise = np.random.default_rng(5).normal(size=(NOISES, chosen.dimensions))
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    with connection.cursor() as cursor:
        _keep(cursor, "bench_real", known)
        _keep(cursor, "bench_noise", noise.astype(np.float32))
        index = vectors.index_name(chosen.model)
        cursor.execute(f"DROP INDEX {index}")
        cursor.execute(
            """
            INSERT INTO memories_embedding
                   (memory_id, model, dimensions, version, vector)
            SELECT one.id, %s, %s, 1, l2_normalize(real.vector + noise.vector)
              FROM (SELECT id, row_number() OVER (ORDER BY id) AS number
                      FROM memories_memory) AS one
              JOIN bench_real AS real ON real.number = one.number %% %s
              JOIN bench_noise AS noise ON noise.number = one.number %% %s
                ON CONFLICT DO NOTHING
            """,
            [chosen.model, chosen.dimensions, len(known), NOISES],
        )
        cursor.execute("SET maintenance_work_mem = '3GB'")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
        cursor.execute(vectors.index_statement(chosen.model, chosen.dimensions))
        cursor.execute("RESET maintenance_work_mem")
        # What was just loaded would be tidied up while something is measured.
        cursor.execute("VACUUM (ANALYZE) memories_embedding")
    return len(known)


def _keep(cursor: CursorWrapper, table: str, rows: NDArray[np.float32]) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE {table} (number int, vector halfvec)")
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for number, row in enumerate(rows):
            copy.write_row((number, HalfVector(row).to_text()))
