"""The results as they are kept in results/understanding.json: a row for each set and pipeline."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "results"
FILE = FOLDER / "understanding.json"
FORMAT = 1
PACKAGES = ("rasa", "tensorflow", "spacy", "scikit-learn", "scipy", "numpy", "onnxruntime")

Key = tuple[str, str]
"""The set and the pipeline."""


@dataclass(frozen=True)
class Row:
    """What one pipeline gets on one set.

    `inputs` and `data` are fingerprints. The out-of-scope figures are None where the set has no
    such messages. `right`, `right_deployed` and `rejected` are the single messages, as 0 and 1.
    """

    set: str
    pipeline: str
    date: str
    inputs: str
    data: str
    intents: int
    examples: int
    messages: int
    outside: int
    accuracy: float
    accuracy_deployed: float
    oos_recall: float | None
    oos_threshold: float | None
    oos_lost: float | None
    oos_deployed: float | None
    cpu_ms_p50: float
    cpu_ms_p95: float
    train_wall_s: float
    train_cpu_s: float
    model_mb: float
    rss_mb: float
    right: str
    right_deployed: str
    rejected: str

    @property
    def key(self) -> Key:
        """What the row is about."""
        return self.set, self.pipeline


@dataclass
class Results:
    """All rows, the figures of the whole pipeline, and the machines they were made on.

    `runs` maps a date to machine and versions; `not_run` holds set, pipeline and reason;
    `outdated` names what was made from other inputs than today's.
    """

    rows: list[Row] = field(default_factory=list)
    whole: dict[str, Any] | None = None
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_run: list[tuple[str, str, str]] = field(default_factory=list)
    outdated: list[Key] = field(default_factory=list)

    def put(self, row: Row) -> None:
        """Add a row, in the place of an older one of the same set and pipeline."""
        keys = [old.key for old in self.rows]
        if row.key in keys:
            self.rows[keys.index(row.key)] = row
        else:
            self.rows.append(row)

    def row(self, key: Key) -> Row | None:
        """The row of a set and pipeline."""
        return next((row for row in self.rows if row.key == key), None)

    def skip(self, key: Key, why: str) -> None:
        """Say why a pipeline is not run on a set."""
        self.not_run = [entry for entry in self.not_run if entry[:2] != key]
        self.not_run.append((*key, why))

    def forget_unused_runs(self) -> None:
        """Drop the machines that no figure here was made on."""
        used = {row.date for row in self.rows} | {(self.whole or {}).get("date")}
        self.runs = {date: run for date, run in self.runs.items() if date in used}


def read(file: Path = FILE) -> Results:
    """The results of earlier runs; none if there is no file.

    Raises:
        ValueError: the file was written by another version of the benchmark.
    """
    if not file.is_file():
        return Results()
    raw = json.loads(file.read_text("utf-8"))
    if raw.get("format") != FORMAT:
        raise ValueError(f"{file} has another format: run once without --keep")
    return Results(
        rows=[Row(**row) for row in raw["rows"]],
        whole=raw["whole"],
        runs=raw["runs"],
        not_run=[(name, pipeline, why) for name, pipeline, why in raw["not_run"]],
        outdated=[(name, pipeline) for name, pipeline in raw["outdated"]],
    )


def write(results: Results, file: Path = FILE) -> None:
    """Write the file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    text = json.dumps({"format": FORMAT, **asdict(results)}, indent=1, ensure_ascii=False)
    fresh.write_text(text + "\n", "utf-8")
    fresh.replace(file)


def find_outdated(results: Results, inputs: Mapping[Key, str | None]) -> list[Key]:
    """The rows whose inputs are not what they are today, or are not at hand to compare."""
    return [row.key for row in results.rows if inputs.get(row.key) != row.inputs]


def machine() -> dict[str, Any]:
    """What a run was made on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def _cpu() -> str:
    """The model name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()
