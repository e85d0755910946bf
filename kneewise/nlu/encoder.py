"""Texts to vectors: the sentence encoder in `assets/encoder`, run with onnxruntime."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "encoder"
MODEL, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "encoder.json"
WIDTH = 384
MAX_TOKENS = 256
MAX_CHARS = 4096  # more can hardly fit into the tokens, and need not be read
KEPT = 256


class NotBuilt(RuntimeError):
    """The encoder's files are not there, or not whole."""


def identity(folder: Path = FOLDER) -> str:
    """What the encoder in a folder is: the hashes of its files, as written when it was built.

    Raises:
        NotBuilt: there is none.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return f"{card['model']}-{card['tokenizer']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotBuilt(f"no encoder in {folder}: run `python -m kneewise build`") from error


class Encoder:
    """Makes the vectors of texts; each text by itself, so that company changes nothing.

    The model is loaded with the first text. What was encoded last is kept, under a hash.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._parts: tuple[Any, Any] | None = None
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def states(self, texts: Sequence[str]) -> Vectors:
        """[texts, 4, 384]: the sentence vector, the word vectors, layers 3 and 5; length 1 each."""
        if not texts:
            return np.zeros((0, 4, WIDTH), np.float32)
        return np.stack([self._one(text) for text in texts])

    def sentences(self, texts: Sequence[str]) -> Vectors:
        """[texts, 384]: the sentence vectors, of length 1; their products are cosines."""
        return np.ascontiguousarray(self.states(texts)[:, 0])

    def _one(self, text: str) -> Vectors:
        data = text[:MAX_CHARS].encode("utf-8", "replace")
        key = hashlib.blake2b(data, digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            tokenizer, session = self._load()
        ids = tokenizer.encode(data.decode("utf-8")).ids
        vectors: Vectors = session.run(["vectors"], {"ids": np.array([ids], np.int64)})[0]
        vectors.flags.writeable = False
        with self._lock:
            self._kept[key] = vectors
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return vectors

    def _load(self) -> tuple[Any, Any]:
        """The tokenizer and the session, made once; one thread, as a message is short."""
        if self._parts is None:
            identity(self._folder)
            import onnxruntime
            from tokenizers import Tokenizer

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(
                str(self._folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.enable_truncation(MAX_TOKENS)
            self._parts = tokenizer, session
        return self._parts


@lru_cache(maxsize=1)
def shared() -> Encoder:
    """The one encoder of this process: everything that needs vectors shares its model."""
    return Encoder()
