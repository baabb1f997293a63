"""memories.search.vectorizer: what is stored gets its vector, whatever fails."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from journal import log
from journal.models import Cursor
from memories import mediator, tasks
from memories.models import Embedding, Memory
from memories.schemas.draft import Amendment
from memories.search import vectorizer, vectors
from memories.search.embedding import EmbeddingUnavailableError, Vectors
from memories.search.minilm import MiniLM
from tests.conftest import acting
from tests.factories import NOW, make_draft
from tests.fakes import FakeEmbedder
from tests.journal.writing import end
from tests.sessions import elsewhere, settle, together

pytestmark = pytest.mark.django_db(transaction=True)

REAL = MiniLM()


def follow(embedder: FakeEmbedder) -> int:
    settle()
    return vectorizer.follow(embedder, now=timezone.now)


def store(owner: User, message: str = "The renewal is at risk") -> Memory:
    return mediator.store(
        actor=acting(owner), draft=make_draft(content={"message": message}), now=NOW
    ).memory


def amend(memory: Memory, owner: User, message: str) -> None:
    mediator.amend(
        actor=acting(owner),
        memory_id=memory.pk,
        amendment=Amendment(content={"message": message}),
        expected_version=memory.version,
        now=NOW,
    )


class TestFollowing:
    def test_embeds_what_was_stored(self, user: User) -> None:
        memory = store(user)

        assert follow(FakeEmbedder()) == 1

        kept = Embedding.objects.get()
        assert (kept.memory, kept.version) == (memory, memory.version)
        assert log.position(vectorizer.CURSOR) == end()

    def test_embeds_title_and_content(self, user: User) -> None:
        mediator.store(actor=acting(user), draft=make_draft(title="Acme"), now=NOW)
        embedder = FakeEmbedder()

        follow(embedder)

        assert embedder.texts == ["Acme\nThe renewal is at risk"]

    def test_embeds_nothing_twice(self, user: User) -> None:
        store(user)
        embedder = FakeEmbedder()

        assert [follow(embedder), follow(embedder)] == [1, 0]
        Cursor.objects.all().delete()
        assert follow(embedder) == 0

        assert len(embedder.texts) == 1

    def test_embeds_what_was_changed_anew(self, user: User) -> None:
        memory = store(user)
        follow(FakeEmbedder())
        amend(memory, user, "The renewal is signed")
        embedder = FakeEmbedder()

        assert follow(embedder) == 1

        assert Embedding.objects.get().version == 2
        assert "signed" in embedder.texts[0]

    def test_asks_nothing_of_what_was_deleted(self, user: User) -> None:
        memory = store(user)
        mediator.forget(actor=acting(user), memory_id=memory.pk, now=NOW)
        embedder = FakeEmbedder()

        assert follow(embedder) == 0

        assert embedder.texts == []
        assert log.position(vectorizer.CURSOR) == end()

    def test_keeps_no_vector_of_what_is_deleted_while_it_is_embedded(
        self, user: User
    ) -> None:
        memory = store(user)

        class Slow(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Vectors:
                mediator.forget(actor=acting(user), memory_id=memory.pk, now=NOW)
                return super().embed(texts)

        follow(Slow())

        assert not Embedding.objects.exists()

    def test_leaves_a_newer_version_to_its_own_entry(self, user: User) -> None:
        memory = store(user)

        class Slow(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Vectors:
                if not self.texts:
                    amend(memory, user, "The renewal is signed")
                return super().embed(texts)

        slow = Slow()
        follow(slow)
        follow(slow)

        assert Embedding.objects.get().version == 2
        assert len(slow.texts) == 2

    def test_keeps_no_vector_of_what_is_amended_while_it_is_embedded(
        self, user: User
    ) -> None:
        memory = store(user)

        class Slow(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Vectors:
                amend(memory, user, "The renewal is signed")
                return super().embed(texts)

        next(vectorizer.backlog(Slow()))

        assert not Embedding.objects.exists()
        assert follow(FakeEmbedder()) == 1
        assert Embedding.objects.get().version == 2

    def test_holds_no_transaction_open_while_it_embeds(self, user: User) -> None:
        store(user)

        class Watching(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Vectors:
                assert not connection.in_atomic_block
                elsewhere(settle)
                return super().embed(texts)

        assert follow(Watching()) == 1

    def test_embeds_once_when_two_do_it_at_once(self, user: User) -> None:
        for number in range(40):
            store(user, f"message {number}")
        settle()
        embedder = FakeEmbedder()

        counts = together(2, lambda: vectorizer.follow(embedder, now=timezone.now))

        assert sorted(counts) == [0, 40]
        assert len(embedder.texts) == 40

    def test_leaves_the_rest_to_the_next_run(
        self, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vectorizer, "RUN_SECONDS", 0.0)
        store(user)

        assert follow(FakeEmbedder()) == 0
        assert vectorizer.lag(now=timezone.now()) > 0

        monkeypatch.undo()
        assert follow(FakeEmbedder()) == 1
        assert vectorizer.lag(now=timezone.now()) == 0

    def test_lets_a_paraphrase_be_found(self, user: User) -> None:
        about, _ = (
            store(user, "Their server was down again"),
            store(user, "Lunch is at noon"),
        )
        settle()
        vectorizer.follow(REAL, now=timezone.now)

        (asked,) = REAL.embed(["an outage of the machine"])
        found = vectors.compare(
            asked, model=REAL.model, dimensions=REAL.dimensions, nearest=1
        )

        assert found.nearest == {about.pk}


class TestAProviderThatFails:
    def test_loses_nothing(self, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vectorizer, "BATCH", 2)
        for number in range(5):
            store(user, f"message {number}")
        embedder = FakeEmbedder(fails_after=2)

        with pytest.raises(EmbeddingUnavailableError):
            follow(embedder)
        assert Embedding.objects.count() == 2
        assert log.position(vectorizer.CURSOR) < end()

        embedder.fails_after = None
        assert follow(embedder) == 3
        assert Embedding.objects.count() == 5

    def test_may_refuse_one_text_without_stopping_the_others(
        self, user: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        for message in ("one", "poison", "two"):
            store(user, message)

        assert follow(FakeEmbedder(refuses="poison")) == 2

        assert log.position(vectorizer.CURSOR) == end()
        assert "text_refused_by_embedder" in caplog.text
        assert "poison" not in caplog.text

    def test_is_not_believed_when_it_refuses_all(self, user: User) -> None:
        store(user, "one")

        with pytest.raises(EmbeddingUnavailableError):
            follow(FakeEmbedder(refuses=""))

        assert log.position(vectorizer.CURSOR) < end()


class TestTheTask:
    @pytest.fixture(autouse=True)
    def _real(self, settings: Settings) -> None:
        settings.EMBEDDINGS = {"provider": "minilm"}

    def test_embeds(self, user: User) -> None:
        store(user)
        settle()

        assert tasks.embed() == 1

        assert Embedding.objects.get().model == REAL.model

    def test_says_that_the_provider_fails_and_tries_again(
        self,
        user: User,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        store(user)
        settle()
        monkeypatch.setattr(tasks, "embedder", lambda: FakeEmbedder(fails_after=0))

        assert tasks.embed() == 0
        assert "embeddings_unavailable" in caplog.text

        monkeypatch.undo()
        assert tasks.embed() == 1

    def test_holds_the_journal_back_for_nobody_when_there_is_no_provider(
        self, user: User, settings: Settings
    ) -> None:
        store(user)
        settle()
        tasks.embed()
        settings.EMBEDDINGS = {"provider": "none"}

        assert tasks.embed() == 0

        assert not Cursor.objects.filter(name=vectorizer.CURSOR).exists()

    def test_says_once_that_there_is_no_pgvector(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(**_: object) -> None:
            msg = "PostgreSQL lacks pgvector"
            raise vectors.VectorsUnavailableError(msg)

        monkeypatch.setattr(vectors, "prepare", refuse)
        tasks._say_once.cache_clear()

        assert [tasks.embed(), tasks.embed()] == [0, 0]

        assert caplog.text.count("PostgreSQL lacks pgvector") == 1
        assert not Cursor.objects.filter(name=vectorizer.CURSOR).exists()
