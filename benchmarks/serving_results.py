"""The figures of the servers as they are kept in results/serving.json, and what follows of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.results import FOLDER

FILE = FOLDER / "serving.json"
FORMAT = 1
MS_PER_HOUR = 3_600_000
MILLION = 1_000_000

Figures = Mapping[str, float]
Round = Mapping[str, Figures]
"""The figures of one round by the name of the system."""


@dataclass(frozen=True)
class Spread:
    """A median, and the least and most of all rounds."""

    median: float
    low: float
    high: float


@dataclass
class Serving:
    """All rounds of all phases by the phase's name, and what they were made on and with.

    `about` tells of the run: date, machine, examples, plan; `dates` when each phase was measured.
    """

    about: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, list[dict[str, dict[str, float]]]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)

    def rounds(self, phase: str) -> Sequence[Round]:
        """The rounds of a phase; none if it was not measured."""
        return self.phases.get(phase, [])


def spread(rounds: Sequence[Round], system: str, name: str) -> Spread | None:
    """A figure of a system over all rounds; None if no round has it."""
    return _spread([row[system][name] for row in rounds if name in row.get(system, {})])


def ratio(rounds: Sequence[Round], name: str, above: str, below: str) -> Spread | None:
    """How many times the figure of one system is that of another, compared round by round.

    A round in which the lower one is zero cannot be compared; None if there is no other.
    """
    both = (row for row in rounds if all(name in row.get(s, {}) for s in (above, below)))
    return _spread([row[above][name] / row[below][name] for row in both if row[below][name]])


def cost(cpu_ms: float, price: float) -> float:
    """What a million messages cost, at the price of a core hour, if no core ever idles."""
    return MILLION * cpu_ms / MS_PER_HOUR * price


def read(file: Path = FILE) -> Serving:
    """The figures of earlier runs; none if there is no file.

    Raises:
        ValueError: the file was written by another version of the benchmark.
    """
    if not file.is_file():
        return Serving()
    raw = json.loads(file.read_text("utf-8"))
    if raw.pop("format", None) != FORMAT:
        raise ValueError(f"{file} has another format: run once without --keep")
    return Serving(**raw)


def write(found: Serving, file: Path = FILE) -> None:
    """Write the file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"format": FORMAT, **asdict(found)}, indent=1) + "\n", "utf-8")
    fresh.replace(file)


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values))
