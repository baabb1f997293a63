"""memories.search.embedding: MiniLM on this machine, and servers that may misbehave."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytest_django import Settings

from memories.search import minilm, remote
from memories.search.embedding import (
    EmbeddingUnavailableError,
    TextRefusedError,
    Vectors,
    embedder,
)
from memories.search.minilm import MiniLM
from memories.search.remote import OpenAICompatible
from memoryhub.embedded.processes import free_port
from tests.fakes import FakeEmbeddingServer, fake_hung_server


class TestChoosing:
    def test_gives_what_the_settings_name(self, settings: Settings) -> None:
        settings.EMBEDDINGS = {"provider": "minilm"}
        assert isinstance(embedder(), MiniLM)

        settings.EMBEDDINGS = {"provider": "none"}
        assert embedder() is None

    def test_gives_a_server_its_options(self, settings: Settings) -> None:
        settings.EMBEDDINGS = {
            "provider": "openai",
            "url": "http://127.0.0.1:1/v1",
            "api_key": "secret",
            "model": "small",
            "dimensions": 8,
        }

        chosen = embedder()

        assert isinstance(chosen, OpenAICompatible)
        assert (chosen.model, chosen.dimensions) == ("small@8", 8)
        chosen.close()

    def test_makes_one_a_process(self, settings: Settings) -> None:
        settings.EMBEDDINGS = {"provider": "minilm"}

        assert embedder() is embedder()


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


class TestMiniLM:
    @pytest.mark.parametrize(
        ("text", "paraphrase", "other"),
        [
            (
                "We deny access to anyone without a badge",
                "People who carry no pass are not let in",
                "The badge design uses our new colours",
            ),
            (
                "The server was down for two hours",
                "An outage made the machine unreachable all afternoon",
                "The waiter was kind and the food was good",
            ),
            (
                "Acme will probably not renew",
                "That customer is likely to leave us",
                "Lunch is at noon on Fridays",
            ),
        ],
    )
    def test_puts_a_paraphrase_nearer_than_another_subject(
        self, model: MiniLM, text: str, paraphrase: str, other: str
    ) -> None:
        one, same, apart = model.embed([text, paraphrase, other])

        assert one @ same > one @ apart

    def test_gives_vectors_of_length_one(self, model: MiniLM) -> None:
        vectors = model.embed(["short", "rather a longer text than that", ""])

        assert vectors.shape == (3, model.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])

    def test_gives_the_same_whatever_stands_beside(self, model: MiniLM) -> None:
        alone = model.embed(["Why did the customer leave?"])
        beside = model.embed(["a " * 300, "Why did the customer leave?"])

        assert (alone[0] == beside[1]).all()

    def test_reads_the_beginning_of_a_long_text(self, model: MiniLM) -> None:
        one, two = model.embed(["renewal " * 400, "renewal " * 4000 + "apples"])

        assert (one == two).all()

    def test_takes_text_that_no_encoding_has(self, model: MiniLM) -> None:
        assert model.embed(["half a pair: \ud83d"]).shape == (1, 384)

    def test_gives_nothing_for_nothing(self, model: MiniLM) -> None:
        assert model.embed([]).shape == (0, 384)

    def test_multiplies_by_its_weights_in_whole_numbers(
        self, model: MiniLM, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texts = ["Why did the customer leave?", "Tickets wait for the carrier. " * 20]
        monkeypatch.setattr(minilm, "in_integers", lambda path: path.read_bytes())

        as_they_came = MiniLM().embed(texts)

        alike = (model.embed(texts) * as_they_came).sum(axis=1)
        assert (alike > 0.98).all()
        assert (alike < 0.999).all()

    def test_says_that_its_weights_are_missing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(minilm, "WEIGHTS", ("no_such_package", "model.onnx"))

        with pytest.raises(EmbeddingUnavailableError, match="missing"):
            MiniLM().embed(["text"])

    def test_refuses_other_weights_than_those_reviewed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(minilm, "SHA256", "0" * 64)

        with pytest.raises(EmbeddingUnavailableError, match="reviewed"):
            MiniLM().embed(["text"])


@pytest.fixture
def server() -> Iterator[FakeEmbeddingServer]:
    with FakeEmbeddingServer() as server:
        yield server


@pytest.fixture
def client(server: FakeEmbeddingServer) -> Iterator[OpenAICompatible]:
    yield from _client(server.url)


def _client(url: str) -> Iterator[OpenAICompatible]:
    client = OpenAICompatible(url=url, api_key="secret", model="small", dimensions=3)
    yield client
    client.close()


def fails(client: OpenAICompatible, *, match: str) -> Vectors | None:
    with pytest.raises(EmbeddingUnavailableError, match=match):
        return client.embed(["one", "two"])
    return None


class TestAServer:
    def test_is_asked_as_openai_is(
        self, server: FakeEmbeddingServer, client: OpenAICompatible
    ) -> None:
        vectors = client.embed(["one", "three"])

        assert server.path == "/v1/embeddings"
        assert server.headers["Authorization"] == "Bearer secret"
        assert server.asked == [{"model": "small", "input": ["one", "three"]}]
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1])
        assert vectors.dtype == np.float32

    def test_may_answer_in_any_order(
        self, server: FakeEmbeddingServer, client: OpenAICompatible
    ) -> None:
        straight = client.embed(["one", "three"])
        server.reverse = True

        assert (client.embed(["one", "three"]) == straight).all()

    def test_is_asked_to_shorten_only_what_is_too_long(
        self, server: FakeEmbeddingServer, client: OpenAICompatible
    ) -> None:
        server.dimensions = 5

        assert client.embed(["one"]).shape == (1, 3)
        assert client.embed(["two"]).shape == (1, 3)

        assert ["dimensions" in each for each in server.asked] == [False, True, True]

    @pytest.mark.parametrize(
        ("status", "match"),
        [
            (401, "EMBEDDINGS_API_KEY"),
            (404, "EMBEDDINGS_MODEL"),
            (429, "429"),
            (500, "500"),
            (302, "302"),
        ],
    )
    def test_may_refuse(
        self,
        server: FakeEmbeddingServer,
        client: OpenAICompatible,
        status: int,
        match: str,
    ) -> None:
        server.status = status

        fails(client, match=match)

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_may_refuse_a_text_and_take_the_next(
        self, server: FakeEmbeddingServer, client: OpenAICompatible, status: int
    ) -> None:
        server.status = status
        with pytest.raises(TextRefusedError):
            client.embed(["one"])
        server.status = 200

        assert client.embed(["two"]).shape == (1, 3)

    @pytest.mark.parametrize(
        ("answer", "match"),
        [
            ({"data": [{"index": 0, "embedding": [1, 0, 0]}]}, "one vector for each"),
            ({"data": [{"index": 0, "embedding": [1, 0, 0]}] * 2}, "one vector for"),
            ({"data": []}, "one vector for each"),
            (
                {"data": [{"index": at, "embedding": [1, 0]} for at in (0, 1)]},
                "EMBEDDINGS_DIMENSIONS",
            ),
            (
                {
                    "data": [
                        {"index": 0, "embedding": [1, 0]},
                        {"index": 1, "embedding": [1, 0, 0]},
                    ]
                },
                "several dimensions",
            ),
            (
                {"data": [{"index": at, "embedding": [0, 0, 0]} for at in (0, 1)]},
                "without a direction",
            ),
            (
                {"data": [{"index": at, "embedding": [1e300] * 3} for at in (0, 1)]},
                "without a direction",
            ),
            (
                {"data": [{"index": at, "embedding": ["a"] * 3} for at in (0, 1)]},
                "something else",
            ),
            ({"error": "none today"}, "something else"),
            ("not even JSON", "something else"),
        ],
    )
    def test_may_answer_nonsense(
        self,
        server: FakeEmbeddingServer,
        client: OpenAICompatible,
        answer: object,
        match: str,
    ) -> None:
        server.answer = answer

        fails(client, match=match)

    def test_may_not_be_there(self) -> None:
        for client in _client(f"http://127.0.0.1:{free_port()}"):
            fails(client, match="ConnectError")

    def test_may_hang(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remote, "ANSWER_SECONDS", 0.2)
        monkeypatch.setattr(remote, "ANSWER_SECONDS_A_TEXT", 0.0)

        with fake_hung_server() as port:
            for client in _client(f"http://127.0.0.1:{port}"):
                fails(client, match="ReadTimeout")

    def test_is_left_alone_after_a_failure_and_then_asked_again(
        self,
        server: FakeEmbeddingServer,
        client: OpenAICompatible,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        server.status = 500
        fails(client, match="500")
        server.status = 200
        fails(client, match="500")
        assert len(server.asked) == 1

        monkeypatch.setattr(client, "_quiet_until", 0.0)

        assert client.embed(["one"]).shape == (1, 3)

    def test_keeps_its_key_and_the_texts_out_of_the_reason(
        self, server: FakeEmbeddingServer, client: OpenAICompatible
    ) -> None:
        server.status = 500
        server.answer = {"error": "secret; one, two"}

        with pytest.raises(EmbeddingUnavailableError) as failure:
            client.embed(["one", "two"])

        assert "secret" not in str(failure.value)
        assert "one" not in str(failure.value)

    def test_is_asked_nothing_about_nothing(
        self, server: FakeEmbeddingServer, client: OpenAICompatible
    ) -> None:
        assert client.embed([]).shape == (0, 3)
        assert server.asked == []
