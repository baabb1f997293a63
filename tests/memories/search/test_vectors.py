"""memories.search.vectors: what is kept, what is compared, and with what."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from accounts.models import User
from memories import mediator
from memories.models import Embedding, Memory
from memories.schemas.draft import Amendment
from memories.search import vectors
from memories.search.embedding import Vector
from tests.conftest import acting
from tests.embedded.waiting import wait_until
from tests.factories import NOW, make_draft, make_memory
from tests.sessions import elsewhere, together, uncommitted

MODEL = "minilm-l6-v2-u8"
DIMENSIONS = 384
OTHER = "other@4"


def direction(*numbers: float, dimensions: int = DIMENSIONS) -> Vector:
    """Return a vector that begins with some numbers."""
    vector = np.zeros(dimensions, np.float32)
    vector[: len(numbers)] = numbers
    return vector / np.linalg.norm(vector)


def keep(memory: Memory, vector: Vector, *, version: int = 1) -> None:
    vectors.put({memory.pk: (version, vector)}, model=MODEL, dimensions=DIMENSIONS)


def kept_at(*angles: float) -> list[Memory]:
    """Make a memory for each angle, the smaller the nearer to one direction."""
    memories = [make_memory() for _ in angles]
    for memory, angle in zip(memories, angles, strict=True):
        keep(memory, direction(1, angle))
    return memories


def near(among: Any = None, limit: int = 10) -> list[UUID]:
    """Return the memories near to one direction, the nearest first."""
    found = vectors.compare(
        direction(1), model=MODEL, dimensions=DIMENSIONS, among=among, nearest=limit
    )
    return sorted(found.nearest, key=lambda one: -found.similarity[one])


def alike(*memories: Memory) -> Mapping[UUID, float]:
    ids = [memory.pk for memory in memories]
    found = vectors.compare(direction(1), model=MODEL, dimensions=DIMENSIONS, ids=ids)
    assert not found.nearest
    return found.similarity


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def look_anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget whether the table is there."""

    def forget() -> None:
        monkeypatch.setattr(vectors._Table, "is_there", False)
        monkeypatch.setattr(vectors._Table, "ask_again_at", 0.0)

    forget()
    return forget


@pytest.fixture
def without_extension(db: None, look_anew: Callable[[], None]) -> None:
    """A database that has not got pgvector; the test's transaction brings it back."""
    run("DROP TABLE memories_embedding", "DROP EXTENSION vector")


class TestPutting:
    pytestmark = pytest.mark.django_db

    def test_keeps_a_vector(self) -> None:
        memory = make_memory()

        keep(memory, direction(3, 4))

        kept = Embedding.objects.get()
        assert (kept.memory, kept.model, kept.version) == (memory, MODEL, 1)
        assert kept.vector[:3] == pytest.approx([0.6, 0.8, 0], abs=1e-3)

    def test_keeps_many_by_one_statement(self) -> None:
        memories = [make_memory() for _ in range(5)]

        with CaptureQueriesContext(connection) as queries:
            vectors.put(
                {memory.pk: (1, direction(1)) for memory in memories},
                model=MODEL,
                dimensions=DIMENSIONS,
            )

        assert len(queries) == 1
        assert Embedding.objects.count() == 5

    def test_keeps_that_of_the_version_of_today(self) -> None:
        memory = make_memory()
        keep(memory, direction(1))
        Memory.objects.filter(pk=memory.pk).update(version=2)

        for version in (2, 1, 3):
            keep(memory, direction(version, 1), version=version)

        assert Embedding.objects.get().version == 2
        assert Embedding.objects.get().vector[0] == pytest.approx(0.894, abs=1e-3)

    def test_leaves_out_what_was_changed_without_asking_for_it_again(self) -> None:
        changed, same = make_memory(version=2), make_memory()

        with CaptureQueriesContext(connection) as queries:
            vectors.put(
                {memory.pk: (1, direction(1)) for memory in (changed, same)},
                model=MODEL,
                dimensions=DIMENSIONS,
            )

        assert len(queries) == 1
        assert Embedding.objects.get().memory == same

    def test_leaves_out_what_is_not_there(self) -> None:
        there = make_memory()

        vectors.put(
            {uuid7(): (1, direction(1)), there.pk: (1, direction(1))},
            model=MODEL,
            dimensions=DIMENSIONS,
        )

        assert Embedding.objects.get().memory == there


def put_during(write: Callable[[], object], ids: Sequence[UUID]) -> None:
    """Put vectors in another session before a transaction that writes has ended."""
    made = {memory_id: (1, direction(1)) for memory_id in ids}

    def put() -> None:
        vectors.put(made, model=MODEL, dimensions=DIMENSIONS)

    with ThreadPoolExecutor(1) as pool:
        with uncommitted(write):
            putting = pool.submit(elsewhere, put)
            wait_until(lambda: somebody_waits_for_a_lock() or putting.done())
            assert not putting.done()
        putting.result()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        (waits,) = cursor.fetchone()
    return bool(waits)


class TestPuttingBesideOthers:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_leaves_out_what_is_deleted_meanwhile(self) -> None:
        gone, stays = make_memory(), make_memory()

        put_during(gone.delete, [gone.pk, stays.pk])

        assert Embedding.objects.get().memory == stays

    def test_leaves_out_what_is_amended_meanwhile(self, ceo: User) -> None:
        amended, stays = make_memory(), make_memory()
        change = Amendment(content={"message": "The renewal is signed"})

        put_during(
            lambda: mediator.amend(
                actor=acting(ceo),
                memory_id=amended.pk,
                amendment=change,
                expected_version=1,
                now=NOW,
            ),
            [amended.pk, stays.pk],
        )

        assert Embedding.objects.get().memory == stays

    def test_waits_for_a_memory_that_is_locked(self) -> None:
        locked, free = make_memory(), make_memory()
        lock = Memory.objects.select_for_update().filter(pk=locked.pk)

        put_during(lambda: list(lock), [locked.pk, free.pk])

        assert Embedding.objects.count() == 2

    def test_does_so_twice_at_once(self) -> None:
        memories = [make_memory() for _ in range(50)]

        def put() -> None:
            vectors.put(
                {memory.pk: (1, direction(1)) for memory in memories},
                model=MODEL,
                dimensions=DIMENSIONS,
            )

        together(4, put)

        assert Embedding.objects.count() == 50


class TestDeletingAMemory:
    pytestmark = pytest.mark.django_db

    def test_deletes_its_vectors_in_the_same_transaction(self, ceo: User) -> None:
        memory = mediator.store(actor=acting(ceo), draft=make_draft(), now=NOW).memory
        keep(memory, direction(1))

        mediator.forget(actor=acting(ceo), memory_id=memory.pk, now=NOW)

        assert not Embedding.objects.exists()

    def test_asks_nothing_of_the_table(self, without_extension: None) -> None:
        make_memory().delete()

        assert not Memory.objects.exists()


class TestNearest:
    pytestmark = pytest.mark.django_db

    @pytest.fixture(autouse=True)
    def _empty_index(self, db: None) -> None:
        """Begin without what other tests took back, which stays in an index's graph.

        Hundreds of vectors that all but coincide leave no way to one that lies apart.
        """
        run("TRUNCATE memories_embedding")

    def test_gives_the_nearest_first(self) -> None:
        _, nearest, nearer = kept_at(2, 0, 1)

        assert near(limit=2) == [nearest.pk, nearer.pk]

    def test_are_found_beside_those_that_are_asked_for(self) -> None:
        nearest, _, far = kept_at(0, 1, 2)

        found = vectors.compare(
            direction(1),
            model=MODEL,
            dimensions=DIMENSIONS,
            ids=[far.pk, nearest.pk],
            nearest=1,
        )

        assert found.nearest == {nearest.pk}
        assert found.similarity == pytest.approx(
            {nearest.pk: 1, far.pk: 0.447}, abs=1e-3
        )

    def test_are_the_nearest_of_some_where_these_are_given(self) -> None:
        _, nearer, far = kept_at(0, 1, 2)

        found = vectors.compare(
            direction(1),
            model=MODEL,
            dimensions=DIMENSIONS,
            nearest=1,
            only=[far.pk, nearer.pk],
        )

        assert found.nearest == {nearer.pk}

    def test_keeps_to_what_may_be_seen(self, user: User) -> None:
        own, foreign = make_memory(owner=user), make_memory()
        keep(own, direction(1, 5))
        keep(foreign, direction(1))

        assert near(Memory.objects.visible_to(acting(user))) == [own.pk]

    def test_finds_nothing_among_nothing(self) -> None:
        keep(make_memory(), direction(1))

        assert near(Memory.objects.none()) == []

    def test_goes_on_until_a_filter_has_left_enough(self) -> None:
        """An index that gave its first 100 and no more would find none of them."""
        for number in range(400):
            source = "far" if number >= 350 else "api"
            keep(make_memory(source=source), direction(1, number / 100))
        run("SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off")

        assert len(near(Memory.objects.filter(source="far"))) == 10

    @pytest.mark.parametrize("narrowed", [False, True])
    def test_walks_the_index(self, narrowed: bool) -> None:
        for number in range(300):
            keep(make_memory(), direction(1, number))
        run("SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off")
        among = Memory.objects.of_type("chat") if narrowed else None

        with CaptureQueriesContext(connection) as queries:
            near(among)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert f"Index Scan using {vectors.index_name(MODEL)}" in plan

    def test_never_compares_two_models(self) -> None:
        of_one, of_other = make_memory(), make_memory()
        keep(of_one, direction(1))
        vectors.prepare(model=OTHER, dimensions=4)
        vectors.put(
            {of_other.pk: (1, direction(1, dimensions=4))}, model=OTHER, dimensions=4
        )

        assert near() == [of_one.pk]
        assert alike(of_one, of_other).keys() == {of_one.pk}


class TestSimilarities:
    pytestmark = pytest.mark.django_db

    def test_are_exact(self) -> None:
        same, apart = make_memory(), make_memory()
        keep(same, direction(1))
        keep(apart, direction(3, 4))

        found = alike(same, apart)

        assert found == pytest.approx({same.pk: 1, apart.pk: 0.6}, abs=1e-3)

    def test_leave_out_what_has_no_vector(self) -> None:
        assert alike(make_memory()) == {}

    def test_never_walk_the_index(self) -> None:
        memories = [make_memory() for _ in range(50)]
        for memory in memories:
            keep(memory, direction(1))
        run("SET LOCAL enable_seqscan = off")

        with CaptureQueriesContext(connection) as queries:
            alike(*memories)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "memories_embedding_pkey" in plan


class TestLacking:
    pytestmark = pytest.mark.django_db

    def test_is_what_has_no_vector_of_its_version_by_the_model(self) -> None:
        done, changed, of_other, bare = (make_memory() for _ in range(4))
        for memory in (done, changed):
            keep(memory, direction(1))
        Memory.objects.filter(pk=changed.pk).update(version=2)
        vectors.prepare(model=OTHER, dimensions=4)
        vectors.put(
            {of_other.pk: (1, direction(1, dimensions=4))}, model=OTHER, dimensions=4
        )

        lacking = vectors.lacking(model=MODEL).order_by("pk")

        assert list(lacking) == [changed, of_other, bare]


class TestWithoutTheExtension:
    pytestmark = pytest.mark.django_db

    def test_says_so(self, without_extension: None) -> None:
        assert not vectors.available()

    def test_is_set_up_once_it_may_be(
        self, without_extension: None, look_anew: Callable[[], None]
    ) -> None:
        assert not vectors.available()

        vectors.prepare(model=MODEL, dimensions=DIMENSIONS)

        assert vectors.available()
        keep(make_memory(), direction(1))
        assert len(near()) == 1

    def test_looks_again_only_after_a_while(
        self, without_extension: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vectors.available()

        with CaptureQueriesContext(connection) as queries:
            assert not vectors.available()
        assert len(queries) == 0

        monkeypatch.setattr(vectors._Table, "ask_again_at", 0.0)
        run("CREATE TABLE memories_embedding ()")
        assert vectors.available()

    def test_says_what_to_do_where_it_cannot_be_had(
        self, without_extension: None, fake_catalogue: Callable[[str], None]
    ) -> None:
        fake_catalogue("SELECT ''::text, ''::text, ''::text WHERE false")

        with pytest.raises(vectors.VectorsUnavailableError, match="Install it"):
            vectors.prepare(model=MODEL, dimensions=DIMENSIONS)

    def test_says_what_to_do_where_it_is_too_old(
        self, without_extension: None, fake_catalogue: Callable[[str], None]
    ) -> None:
        fake_catalogue("SELECT 'vector', '0.7.4', NULL::text")

        with pytest.raises(
            vectors.VectorsUnavailableError, match=r"0\.7\.4 is too old"
        ):
            vectors.prepare(model=MODEL, dimensions=DIMENSIONS)

    def test_says_what_to_do_where_the_hub_may_not(
        self, without_extension: None
    ) -> None:
        run(
            "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM PUBLIC, %I',"
            " current_database(), current_user); END $$"
        )

        with pytest.raises(vectors.VectorsUnavailableError, match="CREATE EXTENSION"):
            vectors.prepare(model=MODEL, dimensions=DIMENSIONS)

        assert not vectors.available()


@pytest.fixture
def fake_catalogue() -> Callable[[str], None]:
    """Let PostgreSQL say something else of the extensions that it could have."""

    def say(rows: str) -> None:
        run(
            "CREATE TEMPORARY VIEW pg_available_extensions"
            f" (name, default_version, installed_version) AS {rows}",
            "SET LOCAL search_path = pg_temp, public, pg_catalog",
        )

    return say


class TestPreparing:
    @pytest.mark.django_db(transaction=True)
    def test_may_be_done_by_several_at_once(self) -> None:
        run("DROP TABLE memories_embedding")

        together(4, lambda: vectors.prepare(model=MODEL, dimensions=DIMENSIONS))

        keep(make_memory(), direction(1))
        assert len(near()) == 1

    @pytest.mark.django_db
    def test_is_one_question_where_all_is_there(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            vectors.prepare(model=MODEL, dimensions=DIMENSIONS)

        assert len(queries) == 1

    @pytest.mark.django_db
    def test_makes_an_index_for_each_model(self) -> None:
        vectors.prepare(model="it's@3", dimensions=3)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'memories_embedding'"
            )
            made = "\n".join(definition for (definition,) in cursor.fetchall())
        assert "halfvec(3)) halfvec_cosine_ops) WHERE (model = 'it''s@3'::text)" in made
        assert f"halfvec({DIMENSIONS})) halfvec_cosine_ops)" in made

    @pytest.mark.django_db(transaction=True)
    def test_goes_with_the_migrations_forth_and_back(self) -> None:
        call_command("migrate", "memories", "0001", verbosity=0)
        there_without = vectors._exists("memories_embedding")
        call_command("migrate", "memories", verbosity=0)

        assert not there_without
        assert vectors._exists("memories_embedding")
