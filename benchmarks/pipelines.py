"""The pipelines that are compared, and what each is trained on."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from benchmarks.datasets import ROOT, Dataset

OURS, STOCK, STOCK_OOS = "kneewise", "stock", "stock+oos"
NAMES = (OURS, STOCK, STOCK_OOS)
TITLES = {OURS: "kneewise", STOCK: "stock", STOCK_OOS: "stock + out_of_scope"}

GENERAL = (
    "SpacyDocs",
    "SpacyTokenizer",
    "SentenceEmbedding",
    "IntentRegression",
    "FallbackClassifier",
)
"""The parts of config.yml that know nothing of knees, by the last part of their names."""

TWINS = {"clinc20_oos": "clinc20"}
"""A set with an out_of_scope intent, and the set that is the same without."""
TOO_LARGE = ("clinc10", "knee")
"""Sets on which the stock pipeline trains for hours; knee12 is the small twin of ours."""


def config(name: str, root: Path = ROOT) -> dict[str, Any]:
    """The configuration to train a pipeline with."""
    parts = general(root / "config.yml") if name == OURS else stock()
    return {
        "recipe": "default.v1",
        "assistant_id": "benchmark",
        "language": "en",
        "pipeline": parts,
    }


def general(path: Path) -> list[dict[str, Any]]:
    """The general part of our pipeline, with its settings.

    Raises:
        KeyError: config.yml has no such part any more.
    """
    written = yaml.safe_load(path.read_text("utf-8"))["pipeline"]
    by_name = {str(part["name"]).rpartition(".")[2]: dict(part) for part in written}
    missing = [name for name in GENERAL if name not in by_name]
    if missing:
        raise KeyError(f"{path} has no {', '.join(missing)}: set GENERAL in {__name__}")
    return [by_name[name] for name in GENERAL]


def stock() -> list[dict[str, Any]]:
    """The pipeline that Rasa fills in for a project made by `rasa init`."""
    parts: list[dict[str, Any]] = default_config()["pipeline"]
    return parts


def default_config() -> dict[str, Any]:
    """The config.yml that Rasa fills in for a project made by `rasa init`.

    Raises:
        FileNotFoundError: Rasa is not installed.
    """
    spec = find_spec("rasa")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Rasa is not installed: run `make setup` first")
    file = Path(spec.origin).parent / "engine/recipes/config_files/default_config.yml"
    content: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return content


def why_not(name: str, dataset: Dataset) -> str | None:
    """Why a pipeline is not run on a set, or None if it is."""
    if name != OURS and dataset.name in TOO_LARGE:
        return f"trains for hours on {dataset.size} examples"
    if name == STOCK and dataset.name in TWINS:
        return f"the same as on {TWINS[dataset.name]}"
    if name == STOCK_OOS and not dataset.has_outside:
        return "the set has no out_of_scope intent"
    return None


def trained_on(name: str, dataset: Dataset) -> Dataset:
    """The set as a pipeline gets it: stock without the out_of_scope intent, the others as it is."""
    return dataset.without_outside() if name == STOCK else dataset


def inputs(name: str, dataset: Dataset, root: Path = ROOT) -> str:
    """A fingerprint of all that a result follows from: examples, tests, settings, code."""
    digest = hashlib.sha256(dataset.as_nlu().encode())
    for part in (config(name, root), dataset.test, dataset.outside, version("rasa")):
        digest.update(json.dumps(part, sort_keys=True).encode())
    if name == OURS:
        code = sorted((root / "kneewise" / "nlu").glob("*.py"))
        for path in (*code, root / "assets" / "encoder" / "encoder.json"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def data(dataset: Dataset) -> str:
    """A fingerprint of tests and in-scope examples: only results on the same can be paired."""
    content = json.dumps([dataset.test, dataset.outside, dataset.without_outside().as_nlu()])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
