"""The measures: what is right, what is rejected, and whether two differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from benchmarks.datasets import OUT_OF_SCOPE

FALLBACK = "nlu_fallback"
REJECTS = (FALLBACK, OUT_OF_SCOPE)
MOST_LOST = 0.02
"""The share of in-scope messages that may be lost for rejecting the others."""


@dataclass(frozen=True)
class Heard:
    """What was understood of a message.

    `intent` is the one that counts when deployed; `top` the best in-scope one with its
    `confidence`; `outside` is true where the out_of_scope intent comes before it.
    """

    intent: str
    top: str
    confidence: float
    outside: bool

    @property
    def score(self) -> float:
        """How much it speaks for being in scope; below zero where out_of_scope wins."""
        return -1.0 if self.outside else self.confidence


def heard(parsed: Mapping[str, Any]) -> Heard:
    """Read a parse result of Rasa."""
    ranking = [row for row in parsed.get("intent_ranking") or () if row["name"] != FALLBACK]
    inside = [row for row in ranking if row["name"] != OUT_OF_SCOPE]
    best: Mapping[str, Any] = inside[0] if inside else {"name": "", "confidence": 0.0}
    return Heard(
        intent=str((parsed.get("intent") or {}).get("name")),
        top=str(best["name"]),
        confidence=float(best["confidence"]),
        outside=bool(ranking) and ranking[0]["name"] == OUT_OF_SCOPE,
    )


def top_right(messages: Sequence[Heard], gold: Sequence[str]) -> list[bool]:
    """Which messages have the right in-scope intent on top."""
    return [m.top == label for m, label in zip(messages, gold, strict=True)]


def deployed_right(messages: Sequence[Heard], gold: Sequence[str]) -> list[bool]:
    """Which messages get their intent when threshold and out_of_scope intent are at work."""
    return [m.intent == label for m, label in zip(messages, gold, strict=True)]


def deployed_rejected(messages: Sequence[Heard]) -> list[bool]:
    """Which messages are rejected when deployed."""
    return [m.intent in REJECTS for m in messages]


@dataclass(frozen=True)
class Rejection:
    """What a threshold rejects; `lost` is the share of in-scope messages among it."""

    threshold: float
    lost: float
    rejected: list[bool]


def reject_at_loss(
    inside: Sequence[Heard], outside: Sequence[Heard], most_lost: float = MOST_LOST
) -> Rejection:
    """Reject as much as can be for a loss of in-scope messages.

    The threshold is the highest that loses no more of the in-scope messages than allowed. What
    the out_of_scope intent wins is rejected at every threshold, so `lost` can exceed the allowed.
    """
    scores = sorted(message.score for message in inside)
    allowed = math.floor(most_lost * len(scores))
    threshold = max(scores[allowed], 0.0)
    lost = sum(score < threshold for score in scores) / len(scores)
    return Rejection(threshold, lost, [message.score < threshold for message in outside])


@dataclass(frozen=True)
class Paired:
    """How often only the first, and only the second, was right; and the exact McNemar p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Compare two on the same messages: two-sided exact McNemar test."""
    pairs = list(zip(first, second, strict=True))
    one = sum(a and not b for a, b in pairs)
    other = sum(b and not a for a, b in pairs)
    p = float(binomtest(one, one + other).pvalue) if one + other else 1.0
    return Paired(one, other, p)


def interval(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson)."""
    found = binomtest(right, total).proportion_ci(0.95, "wilson")
    return float(found.low), float(found.high)


def percentiles(milliseconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    middle, high = np.percentile(milliseconds, (50, 95))
    return float(middle), float(high)
