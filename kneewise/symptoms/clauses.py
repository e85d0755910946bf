"""Cut a message into clauses, the stretch over which "no", "if" or "years ago" holds."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

_SENTENCE_END = re.compile(r"(?<!\S)[.!?](?!\S)")


@dataclass(frozen=True)
class Clause:
    """One clause of the plain text, its sentence, and whether a question mark ends it."""

    start: int
    end: int
    sentence: tuple[int, int]
    question: bool


def clauses(plain: str, breaks: re.Pattern[str]) -> tuple[Clause, ...]:
    """Cut at sentence ends and at the break words of symptoms.yml."""
    result: list[Clause] = []
    for start, end in _sentences(plain):
        cuts = [
            start,
            *(m.start() for m in breaks.finditer(plain, start, end) if m.start() > start),
            end,
        ]
        asked = plain[end : end + 2].strip() == "?"
        result += [
            Clause(a, b, (start, end), question=asked and b == end) for a, b in pairwise(cuts)
        ]
    return tuple(result)


def clause_at(found: tuple[Clause, ...], position: int) -> Clause:
    """Return the clause that holds a position."""
    return found[max(bisect_right([clause.start for clause in found], position) - 1, 0)]


def _sentences(plain: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(plain):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(plain)))
    return [span for span in spans if plain[span[0] : span[1]].strip()] or [(0, len(plain))]
