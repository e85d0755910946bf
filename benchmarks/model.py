"""The trained model of models/, and what its figures follow from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmarks.datasets import ROOT
from kneewise.training import inputs_hash


def current_model(root: Path = ROOT) -> Path:
    """The model of the data and code as they are now.

    Raises:
        FileNotFoundError: there is none yet.
    """
    model = root / "models" / f"kneewise-{inputs_hash(root)}.tar.gz"
    if not model.is_file():
        raise FileNotFoundError(f"{model} is not there: run `make train` first")
    return model


def fingerprint(root: Path = ROOT) -> str:
    """What the figures follow from: the model's inputs, code, knowledge, unseen messages."""
    digest = hashlib.sha256(inputs_hash(root).encode())
    paths = [*root.glob("kneewise/**/*.py"), *root.glob("knowledge/**/*.yml")]
    for path in (*sorted(paths), *sorted(root.glob("tests/unseen/*.yml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
