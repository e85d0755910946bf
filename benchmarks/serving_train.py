"""Train the stock model, and ours anew, with `rasa train`, an empty cache and the clock running.

The stock model is kept in `benchmarks/.cache`: it trains for many minutes.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.datasets import ROOT
from benchmarks.process import LAST_WORDS, QUIET, StepFailed
from benchmarks.serving_stock import MODEL

FIGURES = "training.json"
MB = 1e6


@dataclass(frozen=True)
class Training:
    """What a training took, of process and children, and how large its archive is."""

    wall_s: float
    cpu_s: float
    model_mb: float
    peak_mb: float


def train_stock(folder: Path) -> Training:
    """The figures of the stock model in the folder; it is trained if it is not there.

    Raises:
        StepFailed: Rasa could not train; its own messages say why.
    """
    figures, model = folder / FIGURES, folder / MODEL
    if figures.is_file() and model.is_file():
        return Training(**json.loads(figures.read_text("utf-8")))
    found = _trained(folder, model.parent, model.name.partition(".")[0])
    figures.write_text(json.dumps(asdict(found)), "utf-8")
    return found


def train_ours(root: Path = ROOT) -> Training:
    """Train ours once more, into a folder that is dropped: models/ stays as it is.

    Raises:
        StepFailed: Rasa could not train; its own messages say why.
    """
    with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
        return _trained(root, Path(made), "model")


def _trained(folder: Path, out: Path, name: str) -> Training:
    command = (
        *(sys.executable, "-m", "rasa", "train", "--domain", "domain.yml", "--data", "data"),
        *("--config", "config.yml", "--out", str(out), "--fixed-model-name", name),
    )
    with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
        log = Path(made) / "log.txt"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        _run(command, folder, log, Path(made))
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Training(
        wall_s=wall,
        cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        model_mb=(out / f"{name}.tar.gz").stat().st_size / MB,
        peak_mb=after.ru_maxrss * 1024 / MB,  # of the largest child so far, as Linux counts it
    )


def _run(command: Sequence[str], folder: Path, log: Path, cache: Path) -> None:
    settings = {**os.environ, **QUIET, "RASA_CACHE_DIRECTORY": str(cache / "cache")}
    with log.open("w") as out:
        done = subprocess.run(  # noqa: S603 - Rasa, by our own interpreter
            command, cwd=folder, env=settings, stdout=out, stderr=out, check=False
        )
    if done.returncode:
        last = log.read_text("utf-8", "replace").splitlines()[-LAST_WORDS:]
        raise StepFailed("\n".join([f"training in {folder.name} failed:", *last]))
