"""Embeddings from a server that speaks OpenAI's API. The texts go to that server."""

import time
from collections.abc import Sequence

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, FiniteFloat, ValidationError

from memories.search.embedding import (
    EmbeddingUnavailableError,
    TextRefusedError,
    Vectors,
)

QUIET_SECONDS = 10.0
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 1.0
ANSWER_SECONDS_A_TEXT = 0.5

_WHAT_TO_CHECK = {
    401: "; check EMBEDDINGS_API_KEY",
    403: "; check EMBEDDINGS_API_KEY",
    404: "; check EMBEDDINGS_URL and EMBEDDINGS_MODEL",
}
_REFUSALS = {400, 413, 422}


type _Raw = NDArray[np.float64]


class _Row(BaseModel):
    index: int
    embedding: list[FiniteFloat]


class _Answer(BaseModel):
    data: list[_Row]


class OpenAICompatible:
    """A server's model. After a failure it is left alone for some seconds."""

    is_local = False

    def __init__(self, *, url: str, api_key: str, model: str, dimensions: int) -> None:
        self.model = f"{model}@{dimensions}"
        self.dimensions = dimensions
        self._name = model
        self._shortens = False
        self._quiet_until = 0.0
        self._failure = ""
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {api_key}"}
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector of length 1 for each text, in their order.

        Raises:
            EmbeddingUnavailableError: the server does not answer, or not usefully.
            TextRefusedError: the server calls the request bad.
        """
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        if time.monotonic() < self._quiet_until:
            raise EmbeddingUnavailableError(self._failure)
        try:
            return self._embed(texts)
        except TextRefusedError:
            raise
        except EmbeddingUnavailableError as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            self._failure = str(error)
            raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._ask(texts)
        if vectors.shape[1] > self.dimensions and not self._shortens:
            # Asked only where it is needed: many servers refuse `dimensions`.
            self._shortens = True
            vectors = self._ask(texts)
        if vectors.shape[1] != self.dimensions:
            msg = (
                f"the embeddings' server answers {vectors.shape[1]} dimensions and not "
                f"{self.dimensions}; check EMBEDDINGS_DIMENSIONS"
            )
            raise EmbeddingUnavailableError(msg)
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            msg = "the embeddings' server answers a vector without a direction"
            raise EmbeddingUnavailableError(msg)
        return (vectors / lengths).astype(np.float32)

    def _ask(self, texts: Sequence[str]) -> _Raw:
        """Return what the server answers, a row for each text."""
        request: dict[str, object] = {"model": self._name, "input": list(texts)}
        if self._shortens:
            request["dimensions"] = self.dimensions
        seconds = ANSWER_SECONDS + ANSWER_SECONDS_A_TEXT * len(texts)
        try:
            response = self._client.post(
                "embeddings",
                json=request,
                timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            )
        except httpx.HTTPError as error:
            msg = f"the embeddings' server does not answer: {type(error).__name__}"
            raise EmbeddingUnavailableError(msg) from error
        _refuse(response)
        return _rows(response, count=len(texts))


def _refuse(response: httpx.Response) -> None:
    """Raise what a status means; the body is not told, as it may repeat the texts."""
    if response.is_success:
        return
    status = response.status_code
    msg = f"the embeddings' server answers {status}{_WHAT_TO_CHECK.get(status, '')}"
    if status in _REFUSALS:
        raise TextRefusedError(msg)
    raise EmbeddingUnavailableError(msg)


def _rows(response: httpx.Response, *, count: int) -> _Raw:
    try:
        answer = _Answer.model_validate_json(response.content)
        rows = sorted(answer.data, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(count)):
            msg = f"the embeddings' server answers not one vector for each of {count}"
            raise EmbeddingUnavailableError(msg)
        return np.array([row.embedding for row in rows])
    except ValidationError as error:
        msg = "the embeddings' server answers something else than vectors"
        raise EmbeddingUnavailableError(msg) from error
    except ValueError as error:
        msg = "the embeddings' server answers vectors of several dimensions"
        raise EmbeddingUnavailableError(msg) from error
