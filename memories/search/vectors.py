"""The vectors of memories: the only module that knows pgvector's SQL.

A vector is compared only with those of its own model. What is asked here says nothing
of who may see a memory; `among` and `ids` are to say that.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, ClassVar
from uuid import UUID

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, ProgrammingError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from pgvector import HalfVector

from memories.models import Embedding, Memory
from memories.querysets import MemoryQuerySet, as_text
from memories.search.embedding import Vector

LEAST_PGVECTOR = (0, 8)
"""The first that goes on through its index until a filter has left enough."""

EF_SEARCH = 64
MAX_SCAN_TUPLES = 4000
ASK_AGAIN_SECONDS = 30.0

type _Part = tuple[str, Sequence[Any]]
"""A part of a question, with its values: id, similarity, and whether it was found."""

_TABLE = """
    CREATE TABLE IF NOT EXISTS memories_embedding (
        memory_id uuid NOT NULL REFERENCES memories_memory (id) ON DELETE CASCADE,
        model text NOT NULL,
        dimensions smallint NOT NULL,
        version integer NOT NULL,
        vector halfvec NOT NULL,
        PRIMARY KEY (memory_id, model)
    )
"""

_PUT = """
    WITH present AS MATERIALIZED (
        SELECT id, version FROM memories_memory WHERE id = ANY(%(ids)s)
         ORDER BY id FOR KEY SHARE {skip_locked}
    ), written AS (
        INSERT INTO memories_embedding AS kept
               (memory_id, model, dimensions, version, vector)
        SELECT id, %(model)s, %(dimensions)s, version, given.vector::halfvec
          FROM unnest(%(ids)s::uuid[], %(versions)s::int[], %(vectors)s::text[])
               AS given (id, version, vector)
          JOIN present USING (id, version)
         ORDER BY id
            ON CONFLICT (memory_id, model) DO UPDATE
           SET dimensions = excluded.dimensions, version = excluded.version,
               vector = excluded.vector
         WHERE kept.version < excluded.version
    )
    SELECT id FROM present
"""


@receiver(connection_created)
def _set_up(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Say once a connection how the index is walked, whether or not there is one.

    A pgvector that is too old may refuse; what is to be done about it, `prepare` says.
    """
    with connection.cursor() as cursor, suppress(ProgrammingError):
        cursor.execute(
            """
            SELECT set_config('hnsw.ef_search', %s, false),
                   set_config('hnsw.iterative_scan', 'relaxed_order', false),
                   set_config('hnsw.max_scan_tuples', %s, false)
            """,
            [str(EF_SEARCH), str(MAX_SCAN_TUPLES)],
        )


class VectorsUnavailableError(Exception):
    """PostgreSQL keeps no vectors; the message says what is to be done about it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How alike memories are: 1 for the same direction, 0 for nothing alike."""

    similarity: Mapping[UUID, float]
    nearest: frozenset[UUID]
    """Which of them were found, rather than asked for."""


@contextmanager
def _reading() -> Iterator[CursorWrapper]:
    """Ask, and look for the table anew where it turns out to be gone."""
    try:
        with connection.cursor() as cursor:
            yield cursor
    except ProgrammingError:
        _Table.is_there = False
        raise


class _Table:
    """Whether the table was there when this process last looked."""

    is_there: ClassVar[bool] = False
    ask_again_at: ClassVar[float] = 0.0


def available() -> bool:
    """Say whether vectors can be kept and compared; a no is asked again in a while."""
    if not _Table.is_there and time.monotonic() >= _Table.ask_again_at:
        _Table.is_there = _exists("memories_embedding")
        _Table.ask_again_at = time.monotonic() + ASK_AGAIN_SECONDS
    return _Table.is_there


def prepare(*, model: str, dimensions: int) -> None:
    """Make what the vectors of a model need, where it is missing.

    Several processes may do so at once.

    Raises:
        VectorsUnavailableError: PostgreSQL lacks pgvector, or the hub's role a right.
    """
    index = index_name(model)
    if not _exists(index):
        _check_extension()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                    ["memories_embedding"],
                )
                cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
                cursor.execute(_TABLE)
                # Not concurrently: a model's index is made before its first vector.
                cursor.execute(index_statement(model, dimensions))
        except (NotSupportedError, ProgrammingError) as error:
            reason = str(error).partition("\n")[0]
            msg = (
                f"pgvector cannot be set up: {reason}. Let a superuser run CREATE "
                "EXTENSION vector in the hub's database, and then: python manage.py "
                "embed_backlog"
            )
            raise VectorsUnavailableError(msg) from error
    _Table.is_there = True


def put(
    vectors: Mapping[UUID, tuple[int, Vector]], *, model: str, dimensions: int
) -> None:
    """Keep each memory's (version, vector), if that is its version still.

    What was changed or deleted meanwhile is left out. To be called outside of
    transactions: a memory that somebody has locked is waited for alone, while no other
    is held. Whoever changes a memory locks it FOR UPDATE, and so is waited for.
    """
    there = _put(vectors, model, dimensions, skip_locked=True)
    for memory_id in vectors.keys() - there:
        _put({memory_id: vectors[memory_id]}, model, dimensions, skip_locked=False)


def compare(
    vector: Vector,
    *,
    model: str,
    dimensions: int,
    ids: Collection[UUID] = (),
    nearest: int = 0,
    among: MemoryQuerySet | None = None,
    only: Collection[UUID] | None = None,
) -> Compared:
    """Compare some memories exactly, and find about the `nearest` so many.

    Those without a vector are left out. `only` some are compared one by one. `among`
    narrows the nearest as the index is walked, which ends after MAX_SCAN_TUPLES, so few
    among many are better given by their ids: of 100,000 vectors, 5,000 took 23 ms, and
    the index about that to find 200 among a twentieth of them.
    """
    wanted = _text(vector)
    parts: list[_Part] = []
    if ids:
        parts.append(_each(wanted, model, ids))
    if nearest and only is not None:
        parts.append(_nearest_of(wanted, model, only, limit=nearest))
    elif nearest:
        with suppress(EmptyResultSet):
            parts.append(_walk(wanted, model, dimensions, among, limit=nearest))
    statement = " UNION ALL ".join(sql for sql, _ in parts)
    if not statement:
        return Compared({}, frozenset())
    with transaction.atomic(savepoint=False), _reading() as cursor:
        if nearest > EF_SEARCH:
            walked = str(min(nearest, 1000))
            cursor.execute("SELECT set_config('hnsw.ef_search', %s, true)", [walked])
        cursor.execute(statement, [each for _, params in parts for each in params])
        rows = cursor.fetchall()
    return Compared(
        {memory_id: similarity for memory_id, similarity, _ in rows},
        frozenset(memory_id for memory_id, _, is_found in rows if is_found),
    )


def forget(ids: Collection[UUID]) -> None:
    """Drop the vectors of memories that say something else by now."""
    if ids and available():
        with _reading() as cursor:
            cursor.execute(
                "DELETE FROM memories_embedding WHERE memory_id = ANY(%s)", [list(ids)]
            )


def of(memory_id: UUID, *, model: str) -> Vector | None:
    """Return a memory's vector; None where it has none yet."""
    with _reading() as cursor:
        cursor.execute(
            "SELECT vector::text FROM memories_embedding"
            " WHERE model = %s AND memory_id = %s",
            [model, memory_id],
        )
        row = cursor.fetchone()
    return HalfVector.from_text(row[0]).to_numpy().astype("float32") if row else None


def lacking(*, model: str) -> MemoryQuerySet:
    """Keep the memories whose version of today has no vector of a model."""
    made = Embedding.objects.filter(
        memory=OuterRef("pk"), model=model, version__gte=OuterRef("version")
    )
    return Memory.objects.filter(~Exists(made))


def _exists(relation: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [relation])
        (there,) = cursor.fetchone()
    return bool(there)


def _check_extension() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(installed_version, default_version)
              FROM pg_available_extensions WHERE name = 'vector'
            """
        )
        row = cursor.fetchone()
    if row is None:
        msg = (
            "PostgreSQL lacks pgvector. Install it on the database's machine, such as "
            "the package postgresql-18-pgvector, and then: python manage.py "
            "embed_backlog"
        )
        raise VectorsUnavailableError(msg)
    if tuple(map(int, row[0].split(".")[:2])) < LEAST_PGVECTOR:
        msg = (
            f"pgvector {row[0]} is too old: 0.8 is needed. Install it, run ALTER "
            "EXTENSION vector UPDATE in the hub's database if it has the extension, "
            "and then: python manage.py embed_backlog"
        )
        raise VectorsUnavailableError(msg)


def _each(wanted: str, model: str, ids: Collection[UUID]) -> _Part:
    """Ask how alike some memories are."""
    sql = """
        SELECT memory_id, 1 - (vector <=> %s::halfvec) AS similarity, false
          FROM memories_embedding
         WHERE model = %s AND memory_id = ANY(%s::uuid[])
    """
    return sql, [wanted, model, as_text(ids)]


def _nearest_of(wanted: str, model: str, ids: Collection[UUID], *, limit: int) -> _Part:
    """Ask for the nearest of some memories."""
    sql = """
        (SELECT memory_id, 1 - (vector <=> %s::halfvec) AS similarity, true
           FROM memories_embedding
          WHERE model = %s AND memory_id = ANY(%s::uuid[])
          ORDER BY similarity DESC LIMIT %s)
    """
    return sql, [wanted, model, as_text(ids), limit]


def _walk(
    wanted: str,
    model: str,
    dimensions: int,
    among: MemoryQuerySet | None,
    *,
    limit: int,
) -> _Part:
    """Ask the index for about the nearest of all that fit.

    Raises:
        EmptyResultSet: nothing fits.
    """
    narrowing, narrowed_by = "", ()
    if among is not None:
        sql, narrowed_by = among.order_by().values("pk").query.sql_with_params()
        narrowing = f"AND memory_id IN ({sql})"
    # Typed to the dimension, as the index's expression is.
    typed = f"halfvec({int(dimensions)})"
    distance = f"vector::{typed} <=> %s::{typed}"
    sql = f"""
        (SELECT memory_id, 1 - ({distance}), true
           FROM memories_embedding
          WHERE model = %s {narrowing}
          ORDER BY {distance} LIMIT %s)
    """  # noqa: S608 - nothing in it was typed by anybody
    return sql, [wanted, model, *narrowed_by, wanted, limit]


def index_name(model: str) -> str:
    """Return the name of a model's index."""
    return f"memories_embedding_{blake2b(model.encode(), digest_size=6).hexdigest()}"


def index_statement(model: str, dimensions: int) -> str:
    """Return the statement that makes a model's index; it takes no parameters."""
    quoted = model.replace("'", "''")
    return f"""
        CREATE INDEX IF NOT EXISTS {index_name(model)} ON memories_embedding
         USING hnsw ((vector::halfvec({int(dimensions)})) halfvec_cosine_ops)
         WHERE model = '{quoted}'
    """


def _put(
    vectors: Mapping[UUID, tuple[int, Vector]],
    model: str,
    dimensions: int,
    *,
    skip_locked: bool,
) -> set[UUID]:
    """Return the memories that are there, and were locked by nobody else.

    PostgreSQL reads the version anew once it has the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT.format(skip_locked="SKIP LOCKED" if skip_locked else ""),
            {
                "ids": list(vectors),
                "versions": [version for version, _ in vectors.values()],
                "vectors": [_text(vector) for _, vector in vectors.values()],
                "model": model,
                "dimensions": dimensions,
            },
        )
        return {memory_id for (memory_id,) in cursor.fetchall()}


def _text(vector: Vector) -> str:
    return _text_of(vector.astype(np.float32).tobytes())


@lru_cache(maxsize=16)
def _text_of(floats: bytes) -> str:
    """Write a vector out; one search asks for the same vector several times."""
    return str(HalfVector(np.frombuffer(floats, np.float32)).to_text())
