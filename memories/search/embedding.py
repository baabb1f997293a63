"""Texts as vectors: one interface, and the provider that the settings choose."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

type Vector = "NDArray[np.float32]"
"""One text: `dimensions` numbers, of length 1 together."""

type Vectors = "NDArray[np.float32]"
"""Some texts: a row for each."""

PROVIDERS = {
    "minilm": "memories.search.minilm.MiniLM",
    "openai": "memories.search.remote.OpenAICompatible",
}
"""Named, not imported: a hub that embeds nothing spares itself their libraries."""


class EmbeddingUnavailableError(Exception):
    """No vector can be had at the moment; the message says why."""


class TextRefusedError(EmbeddingUnavailableError):
    """The provider refused these texts; it may take others."""


class Embedder(Protocol):
    """What turns texts into vectors. Threads may share it."""

    @property
    def model(self) -> str:
        """The name kept beside each vector: vectors of two names do not compare."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    @property
    def is_local(self) -> bool:
        """Whether it works in this process, and is never waited for long."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector of length 1 for each text, in their order.

        Raises:
            EmbeddingUnavailableError: there are none to be had at the moment.
        """


def embedder() -> Embedder | None:
    """Return the provider that the settings choose; None where they choose none.

    One is made once a process. It loads its model when it first embeds.
    """
    chosen = settings.EMBEDDINGS
    if chosen["provider"] == "none":
        return None
    return _made(**chosen)


@cache
def _made(provider: str, **options: str | int) -> Embedder:
    made: Embedder = import_string(PROVIDERS[provider])(**options)
    return made
