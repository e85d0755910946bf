"""Kernel ridge regression on sentence vectors and n-gram counts, without Rasa.

Four views of a text are joined: its sentence vector, the centred inner vectors, its n-grams, and
how near it is to each training text. The fit is one linear system, and what every training text
would have been taken for, had it not been trained on, follows from it in closed form: from that
the probabilities are calibrated. What is kept are plain weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kneewise.nlu import grams

Floats = npt.NDArray[np.float32]
WIDTH = 384
AXES, MANY = 128, 2000
_SHARPEST = 60.0


@dataclass(frozen=True)
class Settings:
    """How much each view counts, and how strongly the fit is held back; docs/adr/0005 has why."""

    sentence: float = 8.0
    inner: float = 5.0
    grams: float = 10.0
    near: float = 8.0
    sharpness: float = 3.0
    ridge: float = 15.0
    balance: float = 0.5


@dataclass(frozen=True)
class Weights:
    """A trained regression: arrays only."""

    labels: npt.NDArray[np.str_]
    vocabulary: npt.NDArray[np.str_]
    dense: Floats
    grams: Floats
    near: Floats
    axes: Floats
    vectors: Floats
    label_of: npt.NDArray[np.int32]
    centre: Floats
    settings: Floats
    scale: Floats

    def save(self, path: Path) -> None:
        """Write the arrays to one .npz file."""
        np.savez_compressed(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read the arrays; a file with anything else in it is refused."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class LeftOut:
    """What the training texts are taken for by a fit that has not seen them.

    `probabilities` and `nearest` [texts, labels], `label_of` [texts] the true place in `labels`.
    """

    labels: tuple[str, ...]
    probabilities: Floats
    nearest: Floats
    label_of: npt.NDArray[np.int32]


def _dense_rows(states: Floats, centre: Floats, settings: Settings) -> Floats:
    """The sentence vector and the centred inner ones, scaled, side by side."""
    inner = states[:, WIDTH:].reshape(len(states), -1, WIDTH) - centre
    inner /= np.maximum(np.linalg.norm(inner, axis=2, keepdims=True), 1e-9)
    parts = [settings.sentence * states[:, :WIDTH], settings.inner * inner.reshape(len(states), -1)]
    rows: Floats = np.concatenate(parts, axis=1).astype(np.float32)
    return rows


def _axes(vectors: Floats) -> Floats:
    """[384, axes]: the directions in which the sentence vectors of the training texts differ most.

    Of many texts, nearness is measured along the first `AXES` of these only: a third of the work,
    and as right (docs/adr/0005).
    """
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    count = AXES if len(vectors) >= MANY else WIDTH
    axes: Floats = np.ascontiguousarray(directions[:, -count:])
    return axes


def _along(vectors: Floats, axes: Floats) -> Floats:
    """Sentence vectors by their places on the axes, of length 1."""
    places = vectors @ axes
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
    along: Floats = places.astype(np.float32)
    return along


def _nearness(cosines: Floats, settings: Settings) -> Floats:
    """How near texts are, from their cosines: 1 for the same text, falling fast."""
    rows: Floats = settings.near**2 * np.exp(settings.sharpness * (cosines - 1.0))
    return rows.astype(np.float32)


def _held_back(label_of: npt.NDArray[np.int32], count: int, settings: Settings) -> Floats:
    """How strongly each text is held back: less if its label is rare."""
    counts = np.bincount(label_of, minlength=count)
    weight = (len(label_of) / count / counts) ** settings.balance
    held: Floats = (settings.ridge / weight[label_of]).astype(np.float32)
    return held


def _softmax(scores: Floats, scale: float) -> Floats:
    """Scores as probabilities; the larger the scale, the surer."""
    powers = np.exp(scale * (scores - scores.max(axis=1, keepdims=True)))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares.astype(np.float32)


def _calibrated(scores: Floats, label_of: npt.NDArray[np.int32]) -> float:
    """The scale at which the probabilities of left-out texts come true as often as they say."""
    from scipy.optimize import minimize_scalar

    def surprise(scale: float) -> float:
        true = _softmax(scores, scale)[np.arange(len(scores)), label_of]
        return float(-np.log(true + 1e-9).mean())

    return float(minimize_scalar(surprise, bounds=(1.0, _SHARPEST), method="bounded").x)


def _solve(kernel: Floats, held: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """The weight of each training text for each label, and the scores of left-out texts."""
    # Imported here, and above: what only serves does without.
    from scipy.linalg import cho_solve, cholesky
    from scipy.linalg.lapack import strtri

    kernel[np.diag_indices_from(kernel)] += held
    root = cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
    of_text = cho_solve((root, True), wanted, check_finite=False).astype(np.float32)
    inverse, _ = strtri(root, lower=1, overwrite_c=1)
    # The diagonal of the inverse of the whole is the column sums of the root's, squared.
    own = np.einsum("ij,ij->j", inverse, inverse)
    return of_text, (wanted - of_text / own[:, None]).astype(np.float32)


def _nearest(cosines: Floats, label_of: npt.NDArray[np.int32], count: int) -> Floats:
    """[rows, labels]: the cosine of the nearest text of each label."""
    nearest = np.stack([cosines[:, label_of == at].max(axis=1) for at in range(count)], axis=1)
    clipped: Floats = np.clip(nearest, 0.0, 1.0).astype(np.float32)
    return clipped


def fit(
    states: Floats, texts: Sequence[str], labels: Sequence[str], settings: Settings
) -> tuple[Weights, LeftOut]:
    """Train on texts with known labels (two or more different ones).

    Args:
        states: [texts, 4 * 384], the four vectors of each text, side by side.
        texts: the texts themselves.
        labels: the label of each text.
        settings: scales and strength.
    """
    names, places = np.unique(list(labels), return_inverse=True)
    label_of = places.astype(np.int32)
    centre = states[:, WIDTH:].reshape(len(states), -1, WIDTH).mean(axis=0)
    dense = _dense_rows(states, centre, settings)
    known = grams.vocabulary(texts)
    sparse = grams.rows(texts, {gram: at for at, gram in enumerate(known)}) * settings.grams
    axes = _axes(states[:, :WIDTH])
    vectors = _along(states[:, :WIDTH], axes)
    cosines: Floats = np.matmul(vectors, vectors.T)
    kernel = dense @ dense.T + (sparse @ sparse.T).toarray() + _nearness(cosines, settings)
    wanted = np.eye(len(names), dtype=np.float32)[label_of]
    of_text, unseen = _solve(kernel, _held_back(label_of, len(names), settings), wanted)
    scale = _calibrated(unseen, label_of)
    np.fill_diagonal(cosines, 0.0)
    weights = Weights(
        labels=np.array([str(name) for name in names]),
        vocabulary=np.array(known),
        dense=dense.T @ of_text,
        grams=np.asarray(sparse.T @ of_text, np.float32),
        near=of_text,
        axes=axes,
        vectors=vectors,
        label_of=label_of,
        centre=centre.astype(np.float32),
        settings=np.array(list(vars(settings).values()), np.float32),
        scale=np.array([scale], np.float32),
    )
    nearest = _nearest(cosines, label_of, len(names))
    return weights, LeftOut(tuple(names.tolist()), _softmax(unseen, scale), nearest, label_of)


class Regression:
    """Ready to judge texts."""

    def __init__(self, weights: Weights) -> None:
        self.labels: list[str] = weights.labels.tolist()
        self._column_of = {gram: at for at, gram in enumerate(weights.vocabulary.tolist())}
        self._dense, self._grams = weights.dense, weights.grams
        self._axes, self._centre = weights.axes, weights.centre
        self._settings = Settings(*weights.settings.tolist())
        self._scale = float(weights.scale[0])
        # The training texts in the order of their labels, so that a label is one slice. These are
        # copies, and all that is kept: the weights as they were read are as large again.
        order = np.argsort(weights.label_of, kind="stable")
        self._vectors = np.ascontiguousarray(weights.vectors[order])
        self._near = np.ascontiguousarray(weights.near[order].T)
        self._starts = np.searchsorted(weights.label_of[order], np.arange(len(self.labels)))

    def judge(self, states: Floats, counts: Sequence[Counter[str]]) -> tuple[Floats, Floats]:
        """For each text and label: the probability, and the cosine of the nearest example.

        Args:
            states: [texts, 4 * 384], the four vectors of each text, side by side.
            counts: the grams of each text, counted by `grams.count`.
        """
        settings = self._settings
        scores = _dense_rows(states, self._centre, settings) @ self._dense
        scores += settings.grams * grams.weighed(counts, self._column_of, self._grams)
        # One text at a time: for a handful, that is three times as fast as all at once.
        along = _along(states[:, :WIDTH], self._axes)
        cosines = np.stack([self._vectors @ row for row in along])
        scores += np.stack([self._near @ row for row in _nearness(cosines, settings)])
        nearest = np.maximum.reduceat(cosines, self._starts, axis=1)
        return _softmax(scores, self._scale), np.clip(nearest, 0.0, 1.0)
