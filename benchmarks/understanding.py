"""Measure how well messages are understood, against stock Rasa: `make bench-understanding`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import datasets, model, pipelines, plot, process, results, rows, tables
from benchmarks.datasets import KNEE
from benchmarks.results import Results


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    all_pipelines = ",".join(pipelines.NAMES)
    parser.add_argument("--sets", help="names, with commas between; all if not given")
    parser.add_argument("--pipelines", default=all_pipelines, help=f"of {all_pipelines}, likewise")
    parser.add_argument("--keep", action="store_true", help="keep the other rows of earlier runs")
    options = parser.parse_args(argv)
    options.pipelines = options.pipelines.split(",")
    unknown = set(options.pipelines) - set(pipelines.NAMES)
    if unknown:
        parser.error(f"no pipeline {', '.join(sorted(unknown))}; there are {all_pipelines}")
    return options


def _inputs(key: results.Key, folder: Path | None) -> str | None:
    """The fingerprint of today's inputs; None if the set or a part of the pipeline is gone."""
    name, pipeline = key
    try:
        given = pipelines.trained_on(pipeline, datasets.load(name, folder))
        return pipelines.inputs(pipeline, given)
    except (KeyError, OSError):
        return None


def publish(found: Results, folder: Path | None) -> None:
    """Write file, page and plot, and mark what is not of today's inputs."""
    today = {row.key: _inputs(row.key, folder) for row in found.rows}
    found.outdated = results.find_outdated(found, today)
    if found.whole:
        found.whole["outdated"] = found.whole["inputs"] != model.fingerprint()
    found.forget_unused_runs()
    results.write(found)
    results.FILE.with_suffix(".md").write_text(tables.page(found), "utf-8")
    plot.draw(found, results.FILE.with_suffix(".png"))


def whole_figures(date: str) -> dict[str, object]:
    """The figures of the trained assistant on the unseen messages."""
    with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
        return {"date": date, "inputs": model.fingerprint(), **process.run("assistant", Path(made))}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for. What fails is told and the rest goes on; the number of failures."""
    options = arguments(argv)
    given = os.environ.get("BENCH_DATA")
    folder = Path(given).resolve() if given else None
    sets = options.sets.split(",") if options.sets else datasets.names(folder)
    try:
        loaded = [datasets.load(name, folder) for name in sets]
        found = results.read() if options.keep else Results()
    except (KeyError, ValueError) as error:
        say(str(error.args[0]))
        return 1
    date = datetime.now(timezone.utc).isoformat(timespec="seconds")
    found.runs[date] = results.machine()
    failed = 0
    for name in options.pipelines:
        for dataset in loaded:
            why = pipelines.why_not(name, dataset)
            if why:
                found.skip((dataset.name, name), why)
                continue
            say(f"{dataset.name}: {pipelines.TITLES[name]} ...")
            try:
                found.put(rows.measured(name, dataset, date))
                if (dataset.name, name) == (KNEE, pipelines.OURS):
                    say("the whole assistant ...")
                    found.whole = whole_figures(date)
            except process.StepFailed as failure:
                say(str(failure))
                failed += 1
            publish(found, folder)
    return failed


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
