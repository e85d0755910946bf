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
    """Makes the vectors of texts. What was encoded last is kept, under a hash.

    The model is loaded with the first text.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._parts: tuple[Any, Any] | None = None
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def states(self, texts: Sequence[str], *, together: bool = False) -> Vectors:
        """[texts, 4, 384]: the sentence vector, the word vectors, layers 3 and 5; length 1 each.

        Args:
            texts: what to encode.
            together: run them side by side, as far as they fit: faster for a message and its
                clauses. The 8-bit scale is then shared, which moves a vector by a cosine of
                about 0.99; alone, company changes no bit.
        """
        if not texts:
            return np.zeros((0, 4, WIDTH), np.float32)
        read = [text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        if together:
            return self._remembered(read)
        return np.concatenate([self._remembered([text]) for text in read])

    def sentences(self, texts: Sequence[str]) -> Vectors:
        """[texts, 384]: the sentence vectors, of length 1; their products are cosines."""
        return np.ascontiguousarray(self.states(texts)[:, 0])

    def _remembered(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts run together, from what is kept if they were run before."""
        data = "\0\0".join(texts).encode("utf-8")
        key = hashlib.blake2b(data, digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            tokenizer, session = self._load()
        ids = [tokenizer.encode(text).ids for text in texts]
        vectors = np.concatenate([_run(session, row) for row in _rows(ids)])
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
            options.enable_cpu_mem_arena = False  # 4 MB for nothing: a message needs little
            session = onnxruntime.InferenceSession(
                str(self._folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.enable_truncation(MAX_TOKENS)
            self._parts = tokenizer, session
        return self._parts


def _rows(ids: Sequence[list[int]]) -> list[list[list[int]]]:
    """The token lists of texts in rows of at most `MAX_TOKENS` tokens, in their order."""
    rows: list[list[list[int]]] = []
    for tokens in ids:
        if rows and sum(map(len, rows[-1])) + len(tokens) <= MAX_TOKENS:
            rows[-1].append(tokens)
        else:
            rows.append([tokens])
    return rows


def _run(session: Any, row: Sequence[list[int]]) -> Vectors:
    """[texts, 4, 384] for texts whose tokens stand side by side in one row."""
    lengths = [len(tokens) for tokens in row]
    text_of = np.repeat(np.arange(len(row)), lengths)
    share = (text_of == np.arange(len(row))[:, None]) / np.array(lengths, np.float32)[:, None]
    inputs = {
        "ids": np.concatenate(row).astype(np.int64)[None],
        "place": np.concatenate([np.arange(length) for length in lengths]).astype(np.int64),
        "text_of": text_of.astype(np.int64),
        "share": share.astype(np.float32),
    }
    vectors: Vectors = session.run(["vectors"], inputs)[0].transpose(1, 0, 2)
    return np.ascontiguousarray(vectors)


@lru_cache(maxsize=1)
def shared() -> Encoder:
    """The one encoder of this process: everything that needs vectors shares its model."""
    return Encoder()
