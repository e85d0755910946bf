"""Multinomial logistic regression on sentence vectors and n-gram counts, without Rasa.

Four views of a text are joined: its sentence vector, the centred inner vectors, its n-grams, and
how near it is to each training text. It is trained on the products of all pairs of texts (the
kernel), which is exact and much faster than on 14,000 columns; what is kept are plain weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular

from kneewise.nlu import grams

Floats = npt.NDArray[np.float32]
WIDTH = 384
_JITTER = 1e-2


@dataclass(frozen=True)
class Settings:
    """How much each view counts, and how the regression is trained; docs/adr/0005 has why."""

    sentence: float = 8.0
    inner: float = 5.0
    grams: float = 8.0
    near: float = 8.0
    sharpness: float = 5.0
    strength: float = 1.0
    balance: float = 0.5
    temperature: float = 1.0


@dataclass(frozen=True)
class Weights:
    """A trained regression: arrays only."""

    labels: npt.NDArray[np.str_]
    vocabulary: npt.NDArray[np.str_]
    bias: Floats
    dense: Floats
    grams: Floats
    near: Floats
    vectors: Floats
    label_of: npt.NDArray[np.int32]
    centre: Floats
    settings: Floats

    def save(self, path: Path) -> None:
        """Write the arrays to one .npz file."""
        np.savez_compressed(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read the arrays; a file with anything else in it is refused."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


def _dense_rows(states: Floats, centre: Floats, settings: Settings) -> Floats:
    """The sentence vector and the centred inner ones, scaled, side by side."""
    inner = states[:, WIDTH:].reshape(len(states), -1, WIDTH) - centre
    inner /= np.maximum(np.linalg.norm(inner, axis=2, keepdims=True), 1e-9)
    parts = [settings.sentence * states[:, :WIDTH], settings.inner * inner.reshape(len(states), -1)]
    rows: Floats = np.concatenate(parts, axis=1).astype(np.float32)
    return rows


def _nearness(cosines: Floats, settings: Settings) -> Floats:
    """How near texts are, from their cosines: 1 for the same text, falling fast."""
    rows: Floats = settings.near**2 * np.exp(settings.sharpness * (cosines - 1.0))
    return rows.astype(np.float32)


def _balanced(labels: list[str], balance: float) -> Mapping[str, float]:
    """Rare labels count more: 0 leaves all examples alike, 1 makes all labels alike."""
    names, counts = np.unique(labels, return_counts=True)
    return dict(zip(names, (len(labels) / len(names) / counts) ** balance, strict=True))


def _regress(kernel: Floats, labels: list[str], settings: Settings) -> tuple[Any, Floats, Floats]:
    """Labels, bias, and the weight of each training text for each label."""
    from sklearn.linear_model import LogisticRegression

    root = cholesky(kernel + _JITTER * np.eye(len(kernel), dtype=np.float32), lower=True)
    model = LogisticRegression(
        C=settings.strength,
        max_iter=200,
        tol=1e-2,
        multi_class="multinomial",
        class_weight=_balanced(labels, settings.balance),
    ).fit(root, labels)
    of_text = solve_triangular(root, model.coef_.T, lower=True, trans="T")
    return model.classes_, model.intercept_.astype(np.float32), of_text.astype(np.float32)


def fit(states: Floats, texts: Sequence[str], labels: list[str], settings: Settings) -> Weights:
    """Train on texts with known labels (two or more different ones).

    Args:
        states: the four vectors of each text, side by side.
        texts: the texts themselves.
        labels: the label of each text.
        settings: scales and strength.
    """
    centre = states[:, WIDTH:].reshape(len(states), -1, WIDTH).mean(axis=0)
    dense = _dense_rows(states, centre, settings)
    known = grams.vocabulary(texts)
    sparse = grams.rows(texts, {gram: at for at, gram in enumerate(known)}) * settings.grams
    vectors: Floats = np.ascontiguousarray(states[:, :WIDTH])
    cosines: Floats = np.matmul(vectors, vectors.T)
    near = _nearness(cosines, settings)
    kernel = dense @ dense.T + (sparse @ sparse.T).toarray() + near
    names, bias, of_text = _regress(kernel, labels, settings)
    return Weights(
        labels=np.array([str(name) for name in names]),
        vocabulary=np.array(known),
        bias=bias,
        dense=dense.T @ of_text,
        grams=np.asarray(sparse.T @ of_text, np.float32),
        near=of_text,
        vectors=vectors,
        label_of=np.searchsorted(names, labels).astype(np.int32),
        centre=centre.astype(np.float32),
        settings=np.array(list(vars(settings).values()), np.float32),
    )


class Regression:
    """Ready to judge texts."""

    def __init__(self, weights: Weights) -> None:
        self.labels: list[str] = weights.labels.tolist()
        self._column_of = {gram: at for at, gram in enumerate(weights.vocabulary.tolist())}
        self._weights = weights
        self._settings = Settings(*weights.settings.tolist())
        # The training texts in the order of their labels, so that a label is one slice.
        order = np.argsort(weights.label_of, kind="stable")
        self._vectors, self._near = weights.vectors[order].T.copy(), weights.near[order]
        self._starts = np.searchsorted(weights.label_of[order], np.arange(len(self.labels)))

    def judge(self, states: Floats, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """For each text and label: the probability, and the cosine of the nearest example."""
        weights, settings = self._weights, self._settings
        cosines = states[:, :WIDTH] @ self._vectors
        scores = _dense_rows(states, weights.centre, settings) @ weights.dense + weights.bias
        scores += settings.grams * (grams.rows(texts, self._column_of) @ weights.grams)
        scores += _nearness(cosines, settings) @ self._near
        scores /= settings.temperature
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        nearest = np.maximum.reduceat(cosines, self._starts, axis=1)
        return powers / powers.sum(axis=1, keepdims=True), np.clip(nearest, 0.0, 1.0)
