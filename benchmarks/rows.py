"""Train one pipeline on one data set, and measure it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks import measure, pipelines, process
from benchmarks.datasets import Dataset
from benchmarks.results import Row


def measured(name: str, dataset: Dataset, date: str) -> Row:
    """The row of a pipeline and a set.

    Raises:
        StepFailed: training or parsing ended with an error.
    """
    given = pipelines.trained_on(name, dataset)
    inputs = pipelines.inputs(name, given)  # before the run: code that changes meanwhile is noticed
    trained, parsed = _run(pipelines.config(name), given)
    found = [measure.Heard(**raw) for raw in parsed["heard"]]
    inside, outside = found[: len(given.test)], found[len(given.test) :]
    gold = [label for _, label in given.test]
    return Row(
        set=given.name,
        pipeline=name,
        date=date,
        inputs=inputs,
        data=pipelines.data(given),
        intents=len(given.intents),
        examples=given.size,
        messages=len(inside),
        outside=len(outside),
        **_understood(inside, gold),
        **_rejected(inside, outside),
        cpu_ms_p50=parsed["cpu_ms_p50"],
        cpu_ms_p95=parsed["cpu_ms_p95"],
        train_wall_s=trained["wall_s"],
        train_cpu_s=trained["cpu_s"],
        model_mb=trained["model_mb"],
        rss_mb=parsed["rss_mb"],
    )


def _run(config: dict[str, Any], given: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train and parse, in a folder outside the repository that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
        folder = Path(made)
        (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
        (folder / "nlu.yml").write_text(given.as_nlu(), "utf-8")
        (folder / "texts.json").write_text(json.dumps(given.texts), "utf-8")
        return process.run("train", folder), process.run("parse", folder)


def _understood(inside: Sequence[measure.Heard], gold: Sequence[str]) -> dict[str, Any]:
    """The figures of the in-scope messages."""
    right = measure.top_right(inside, gold)
    deployed = measure.deployed_right(inside, gold)
    return {
        "accuracy": _share(right),
        "accuracy_deployed": _share(deployed),
        "right": _marks(right),
        "right_deployed": _marks(deployed),
    }


def _rejected(inside: Sequence[measure.Heard], outside: Sequence[measure.Heard]) -> dict[str, Any]:
    """The figures of the out-of-scope messages; None where there are none."""
    at_loss = measure.reject_at_loss(inside, outside)
    return {
        "oos_recall": _share(at_loss.rejected),
        "oos_threshold": at_loss.threshold if outside else None,
        "oos_lost": at_loss.lost if outside else None,
        "oos_deployed": _share(measure.deployed_rejected(outside)),
        "rejected": _marks(at_loss.rejected),
    }


def _share(marks: Sequence[bool]) -> float | None:
    return sum(marks) / len(marks) if marks else None


def _marks(values: Sequence[bool]) -> str:
    return "".join("1" if value else "0" for value in values)
