"""Measure how fast and how small the server is, beside stock Rasa: `make bench`.

What is measured is kept after every round; `--keep` goes on where a run was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import serving_results
from benchmarks.datasets import ROOT
from benchmarks.process import StepFailed
from benchmarks.results import FOLDER, machine
from benchmarks.serving_load import Corpus
from benchmarks.serving_phases import ANEW, FULL, KEPT_UP, QUICK, Plan
from benchmarks.serving_results import Serving
from benchmarks.serving_run import PHASES, TRAINING, Run, keep_up, now, say, start_anew, train
from benchmarks.serving_stock import MODEL, examples, fingerprint, project, written
from benchmarks.serving_systems import CORES, on_client_cores, systems
from benchmarks.serving_train import train_stock
from kneewise.training import inputs_hash

PRICE = 0.04
EPOCHS = 10
SHUFFLE = 6
CODE = ("kneewise", "actions", "knowledge")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="a smoke check: few examples, clients and turns")
    add("--keep", action="store_true", help="go on with a stopped run of the same code and data")
    add("--phases", help=f"only these of {','.join(PHASES)}, anew; implies --keep")
    add("--all-examples", action="store_true", help="train stock on them all: an hour or more")
    add("--price", type=float, default=PRICE, help=f"USD a core hour, {PRICE} if not given")
    add("--epochs", type=int, default=EPOCHS, help="of stock's DIETClassifier; 100 takes hours")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of ours")
    add("--out", type=Path, help="where serving.json, .md and .png go")
    options = parser.parse_args(argv)
    options.keep = options.keep or bool(options.phases)
    if options.phases:
        options.phases = options.phases.split(",")
        unknown = set(options.phases) - set(PHASES)
        if unknown:
            parser.error(f"no phase {', '.join(sorted(unknown))}; there are {', '.join(PHASES)}")
    if any("=" not in given for given in options.set):
        parser.error("--set needs NAME=VALUE")
    options.settings = dict(given.split("=", 1) for given in options.set)
    # A smoke check must not replace the figures that the documents quote.
    options.out = options.out or (ROOT / "results" if options.quick else FOLDER)
    return options


def texts() -> list[str]:
    """What is said: the messages of tests/unseen, in an order that is always the same."""
    from benchmarks import unseen

    found = list(dict.fromkeys(message.text for message in unseen.load()))
    random.Random(SHUFFLE).shuffle(found)  # noqa: S311 - no secret
    return found


def inputs(plan: Plan, stock: str, settings: Any) -> str:
    """A fingerprint of all that the figures follow from: only rounds of the same go together."""
    digest = hashlib.sha256(json.dumps([asdict(plan), stock, settings]).encode())
    digest.update(inputs_hash(ROOT).encode())
    files = (path for name in CODE for path in (ROOT / name).rglob("*"))
    for path in sorted(path for path in files if path.suffix in (".py", ".yml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def about(options: argparse.Namespace, plan: Plan, corpus: Corpus, size: int) -> dict[str, Any]:
    """What the figures were made on and with."""
    return {
        "date": now(),
        "kind": "quick" if options.quick else "full",
        "machine": machine(),
        "load": os.getloadavg()[0],
        "examples": size,
        "examples_kind": "all of data/nlu.yml" if options.all_examples else "12 of each intent",
        "epochs": options.epochs,
        "settings": " ".join(options.set),
        "price": options.price,
        "texts": len(corpus.texts),
        **{name: getattr(plan, name) for name in ("messages", "seconds", "memory_mb", "rounds")},
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for; the number of failures."""
    options = arguments(argv)
    if not CORES:
        say("this needs Linux: what a process uses is read from /proc")
        return 1
    plan = QUICK if options.quick else FULL
    # What an answer costs does not depend on how many examples the model was trained on.
    dataset = examples(thinned=not options.all_examples)
    files = project(dataset, options.epochs)
    corpus = Corpus(texts())
    facts = about(options, plan, corpus, dataset.size)
    facts["inputs"] = inputs(plan, fingerprint(files), options.settings)
    folder = written(files)
    if not (folder / MODEL).is_file():
        say(f"training stock: {dataset.size} examples, {options.epochs} epochs ...")
    try:
        found = earlier(options, facts)
        train_stock(folder)
        run = Run(found, plan, corpus, options.out)
        measure(run, options, folder)
    except (StepFailed, ValueError) as failure:
        say(str(failure))
        return 1
    run.publish()
    return run.failed


def earlier(options: argparse.Namespace, facts: dict[str, Any]) -> Serving:
    """What an earlier run measured and this one keeps, with what is told of the run.

    Raises:
        ValueError: it was measured with other code, data or settings.
    """
    kept = serving_results.read(options.out / "serving.json") if options.keep else Serving()
    if kept.about and kept.about["inputs"] != facts["inputs"]:
        raise ValueError("serving.json is of other code, data or settings: run without --keep")
    kept.about = {**facts, **kept.about, "price": options.price}
    for phase in options.phases or ():
        kept.phases.pop(phase, None)
    return kept


def measure(run: Run, options: argparse.Namespace, folder: Path) -> None:
    """Take all phases that are wanted and not kept.

    Raises:
        StepFailed: ours could not be trained.
    """
    wanted = options.phases or (PHASES[1:] if options.quick else PHASES)
    if TRAINING in run.missing(wanted):
        train(run, folder)
    run.found.about["pinned"] = on_client_cores()
    starts = systems(folder, options.settings)
    start_anew(run, [phase for phase in run.missing(wanted) if phase in ANEW], starts)
    keep_up(run, [phase for phase in run.missing(wanted) if phase in KEPT_UP], starts)


if __name__ == "__main__":
    sys.exit(main())
