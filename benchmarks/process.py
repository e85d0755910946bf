"""Run the steps of `worker.py`, each in a fresh process with one thread and an empty cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.datasets import ROOT

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_INTRA_OP_PARALLELISM_THREADS",  # Rasa's own names of the two
    "TF_INTER_OP_PARALLELISM_THREADS",
)
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
LAST_WORDS = 20


class StepFailed(RuntimeError):
    """A step ended with an error; says the end of what it wrote."""


def environment(folder: Path) -> dict[str, str]:
    """The variables a step runs with.

    Rasa's cache goes into the folder, or a second training would take no time.
    """
    threads = dict.fromkeys(ONE_THREAD, "1")
    return {**os.environ, **QUIET, **threads, "RASA_CACHE_DIRECTORY": str(folder / "cache")}


def run(step: str, folder: Path) -> dict[str, Any]:
    """Run a step in the repository root, where config.yml finds its assets.

    Raises:
        StepFailed: it ended with an error.
    """
    log = folder / f"{step}.log"
    command = [sys.executable, "-m", "benchmarks.worker", step, str(folder)]
    start = time.perf_counter()
    with log.open("w") as out:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            command, cwd=ROOT, env=environment(folder), stdout=out, stderr=out, check=False
        )
    wall = time.perf_counter() - start
    if done.returncode:
        last = log.read_text("utf-8", "replace").splitlines()[-LAST_WORDS:]
        raise StepFailed("\n".join([f"step {step} failed:", *last]))
    found: dict[str, Any] = json.loads((folder / f"{step}.json").read_text("utf-8"))
    return {**found, "wall_s": wall}
