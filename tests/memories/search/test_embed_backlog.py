"""manage.py embed_backlog: what lacks a vector gets one; what is in the way is said."""

from collections.abc import Sequence
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from memories.management.commands import embed_backlog
from memories.models import Embedding
from memories.search import vectorizer, vectors
from memories.search.embedding import Embedder, Vectors
from memories.search.minilm import MiniLM
from tests.factories import make_memory
from tests.fakes import FakeEmbedder

pytestmark = pytest.mark.django_db


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """A provider that the command finds chosen."""
    embedder = FakeEmbedder()
    choose(monkeypatch, embedder)
    monkeypatch.setattr(vectorizer, "BATCH", 2)
    return embedder


def choose(monkeypatch: pytest.MonkeyPatch, embedder: Embedder) -> None:
    monkeypatch.setattr(embed_backlog, "embedder", lambda: embedder)


def run() -> str:
    out = StringIO()
    call_command("embed_backlog", stdout=out)
    return out.getvalue()


def test_embeds_everything_with_the_model_that_is_chosen(settings: Settings) -> None:
    settings.EMBEDDINGS = {"provider": "minilm"}
    for _ in range(3):
        make_memory()

    said = run()

    assert Embedding.objects.filter(model=MiniLM.model).count() == 3
    assert "3 memories embedded by minilm-l6-v2-u8 in " in said
    assert "/s" in said


def test_embeds_only_what_is_lacking(embedder: FakeEmbedder) -> None:
    for _ in range(5):
        make_memory()
    run()
    make_memory(content={"message": "another"})

    said = run()

    assert said.startswith("1 memories embedded")
    assert len(embedder.texts) == 6


def test_leaves_the_vectors_of_another_model(
    embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_memory()
    run()
    other = FakeEmbedder(model="other@4", dimensions=4)
    choose(monkeypatch, other)

    run()

    assert {(one.model, len(one.vector)) for one in Embedding.objects.all()} == {
        (embedder.model, embedder.dimensions),
        ("other@4", 4),
    }


def test_passes_over_what_is_refused(
    embedder: FakeEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    for message in ("one", "poison", "two"):
        make_memory(content={"message": message})
    embedder.refuses = "poison"

    assert run().startswith("2 memories embedded")
    assert caplog.text.count("text_refused_by_embedder") == 1


def test_can_be_interrupted_and_goes_on(
    embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_memory()

    class Interrupted(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if self.texts:
                raise KeyboardInterrupt
            return super().embed(texts)

    choose(monkeypatch, Interrupted())
    with pytest.raises(CommandError, match="2 memories embedded; run this again"):
        run()

    choose(monkeypatch, embedder)
    assert run().startswith("3 memories embedded")


def test_says_that_the_provider_fails(embedder: FakeEmbedder) -> None:
    for _ in range(3):
        make_memory()
    embedder.fails_after = 2

    with pytest.raises(CommandError, match=r"2 memories embedded; then .* again"):
        run()


def test_says_that_no_provider_is_chosen(settings: Settings) -> None:
    settings.EMBEDDINGS = {"provider": "none"}

    with pytest.raises(CommandError, match="EMBEDDINGS is none"):
        run()


def test_sets_pgvector_up_where_it_was_missing(
    embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors._Table, "is_there", False)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE memories_embedding")
        cursor.execute("DROP EXTENSION vector")
    make_memory()

    assert run().startswith("1 memories embedded")


def test_says_what_to_do_where_pgvector_cannot_be_had(
    embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "LEAST_PGVECTOR", (99, 0))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE memories_embedding")

    with pytest.raises(CommandError, match="ALTER EXTENSION vector UPDATE"):
        run()
