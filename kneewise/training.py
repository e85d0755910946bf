"""Build what the model is made of, train it when that changed, and test its predictions."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from kneewise.knowledge import read_yaml

INPUTS = (
    "config.yml", "domain.yml", "data", "kneewise/nlu", "kneewise/importer.py",
    "knowledge/phrasings",
)  # fmt: skip
LOCK = "requirements/runtime.txt"
ENCODER = "assets/encoder/encoder.json"  # names the files beside it by their hashes


def build_spacy(root: Path) -> Path:
    """Save the blank English pipeline to `assets/spacy_en`, whole or not at all.

    Rasa's SpacyNLP loads from a folder only; the official pipelines are on no package index.
    """
    target = root / "assets" / "spacy_en"
    if (target / "config.cfg").is_file():
        return target
    import spacy

    fresh = target.with_name("spacy_en.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    spacy.blank("en").to_disk(fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
    return target


def _files(root: Path) -> Iterable[Path]:
    for name in INPUTS:
        path = root / name
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".py"))
        else:
            yield path
    for made in (root / LOCK, root / ENCODER):
        if made.is_file():
            yield made


def inputs_hash(root: Path) -> str:
    """A fingerprint of all that the model is made of: data, domain, config, code, versions.

    Of the knowledge files only the phrasings are learnt from; the others are read when the
    assistant runs, so that of them only the ids of the topics count.
    """
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    for topic in sorted((root / "knowledge" / "topics").glob("*.yml")):
        digest.update(topic.name.encode())
    return digest.hexdigest()[:16]


def train_model(root: Path) -> tuple[Path, bool]:
    """The trained model of the current inputs, and whether it had to be trained.

    The file appears only when it is whole: it is made beside its place and moved there.

    Raises:
        RuntimeError: Rasa could not train; its own messages say why.
    """
    models = root / "models"
    target = models / f"kneewise-{inputs_hash(root)}.tar.gz"
    if target.is_file() and tarfile.is_tarfile(target):
        return target, False
    from rasa.api import train

    work = models / ".training"
    shutil.rmtree(work, ignore_errors=True)
    os.chdir(root)  # config.yml names the spaCy folder relative to the repository
    result = train(
        domain="domain.yml",
        config="config.yml",
        training_files="data",
        output=str(work),
        fixed_model_name="model",
    )
    if not result.model or result.code:
        raise RuntimeError("the model could not be trained; see the messages above")
    for old in models.glob("kneewise-*.tar.gz"):
        old.unlink()
    Path(result.model).replace(target)
    shutil.rmtree(work, ignore_errors=True)
    return target, True


def test_stories(root: Path) -> tuple[int, int]:
    """How many of the stories in tests/test_stories.yml are predicted right, of how many.

    Rasa passes a file without stories, and drops one story of two that are alike; so the stories
    are counted in the file. Any number but "all, and not none" is a failure.
    """
    from rasa.core.agent import Agent
    from rasa.core.test import test

    file = root / "tests" / "test_stories.yml"
    written = len((read_yaml(file) or {}).get("stories") or ())
    if not written:
        return 0, 0
    os.chdir(root)
    model, _ = train_model(root)
    out = root / "results"
    out.mkdir(exist_ok=True)
    agent = Agent.load(str(model))
    report = asyncio.run(
        test(str(file), agent, e2e=True, out_directory=str(out), disable_plotting=True)
    )
    accuracy = report["report"].get("conversation_accuracy") or {}
    return int(accuracy.get("correct", 0)), written


test_stories.__test__ = False  # type: ignore[attr-defined]  # a command, not a test of pytest
