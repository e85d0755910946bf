"""What our whole pipeline, the trained model in models/, makes of the unseen messages."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.measure import percentiles
from benchmarks.unseen import Message, Verdict, judge, share
from kneewise.knowledge import Knowledge
from kneewise.testing import Assistant

CHECKS = tuple(field.name for field in fields(Verdict) if field.default is None)
"""What a message can be tested for: the fields of a verdict."""

LENGTHS = ((1, 5), (6, 10), (11, 20), (21, 40), (41, 60))
LEAST_OF_A_LENGTH = 20


@dataclass(frozen=True)
class Outcome:
    """A message, what was understood of it, and the CPU time that took."""

    message: Message
    verdict: Verdict
    confidence: float
    cpu_ms: float

    @property
    def failed(self) -> tuple[str, ...]:
        """What was tested and not passed."""
        return tuple(name for name in CHECKS if getattr(self.verdict, name) is False)


def listen(assistant: Assistant, messages: Iterable[Message], kb: Knowledge) -> list[Outcome]:
    """Let the assistant parse every message by itself."""
    found = []
    for message in messages:
        parsed, spent = _timed(assistant, message.text)
        confidence = float((parsed.get("intent") or {}).get("confidence") or 0.0)
        found.append(Outcome(message, judge(message, parsed, kb), confidence, spent))
    return found


def _timed(assistant: Assistant, text: str) -> tuple[Mapping[str, Any], float]:
    """The parse result of a text, and its CPU time in milliseconds."""
    start = time.process_time()
    parsed = assistant.parse(text)
    return parsed, 1000 * (time.process_time() - start)


def shares(outcomes: Sequence[Outcome]) -> dict[str, dict[str, tuple[int, int]]]:
    """How many passed each check, of how many: of all messages, and of each file."""
    files = sorted({outcome.message.file for outcome in outcomes})
    groups = {"all": [o.verdict for o in outcomes]}
    groups |= {name: [o.verdict for o in outcomes if o.message.file == name] for name in files}
    return {
        name: {check: share(verdicts, check) for check in CHECKS}
        for name, verdicts in groups.items()
    }


def by_length(assistant: Assistant, outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """CPU time by the number of words."""
    texts = [outcome.message.text for outcome in outcomes]
    found = {}
    for low, high in LENGTHS:
        spent = [o.cpu_ms for o in outcomes if low <= len(o.message.text.split()) <= high]
        made = laid_end_to_end(texts, high)[: max(0, LEAST_OF_A_LENGTH - len(spent))]
        count = {"messages": len(spent), "made": len(made)}
        p50, p95 = percentiles(spent + [_timed(assistant, text)[1] for text in made])
        found[f"{low} to {high}"] = {**count, "cpu_ms_p50": p50, "cpu_ms_p95": p95}
    return found


def laid_end_to_end(texts: Sequence[str], words: int) -> list[str]:
    """Texts of so many words, cut from all messages in a row: where few are that long."""
    row = " ".join(texts).split()
    return [" ".join(row[at : at + words]) for at in range(0, len(row) - words + 1, words)]


def figures(assistant: Assistant, messages: Sequence[Message], kb: Knowledge) -> dict[str, Any]:
    """Everything about the whole pipeline that goes into the results."""
    outcomes = listen(assistant, messages, kb)
    p50, p95 = percentiles([outcome.cpu_ms for outcome in outcomes])
    return {
        "messages": len(outcomes),
        "shares": shares(outcomes),
        "cpu_ms_p50": p50,
        "cpu_ms_p95": p95,
        "by_length": by_length(assistant, outcomes),
    }
