"""Rasa's cache notices a change of whatever a component is made of."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from kneewise.nlu.spacy_docs import SpacyDocs

ROOT = Path(__file__).resolve().parents[3]
CONFIG = {
    part["name"]: part for part in yaml.safe_load((ROOT / "config.yml").read_text())["pipeline"]
}
ENCODER = "assets/encoder/encoder.json"
LEARNING = (
    "kneewise/nlu/learned.py",
    ENCODER,
    "kneewise/nlu/regression.py",
    "kneewise/nlu/grams.py",
)
MEANING = (
    *LEARNING,
    "kneewise/nlu/meaning.py",
    "knowledge/phrasings/signs/locking.yml",
    "knowledge/phrasings/signs/nothing.yml",
    "knowledge/phrasings/places/front.yml",
)
MADE_OF = {
    "kneewise.nlu.spacy_docs.SpacyDocs": ("assets/spacy_en/config.cfg",),
    "kneewise.nlu.clauses.ClauseSplitter": ("kneewise/nlu/clauses.py",),
    "kneewise.nlu.embedding.SentenceEmbedding": (
        ENCODER, "kneewise/nlu/embedding.py", "kneewise/nlu/encoder.py",
    ),
    "kneewise.nlu.intent.IntentRegression": (*LEARNING, "kneewise/nlu/intent.py"),
    "kneewise.nlu.meaning.DangerMeaning": MEANING,
    "kneewise.nlu.meaning.PlaceMeaning": MEANING,
    "kneewise.nlu.topics.TopicJoiner": (
        "kneewise/nlu/topics.py", "kneewise/symptoms/meaning.py", "knowledge/topics/ice.yml",
        "knowledge/phrases.yml",
    ),
    "kneewise.nlu.language.LanguageGate": ("kneewise/languages.py", "knowledge/languages.yml"),
    "kneewise.nlu.symptoms.SymptomFacts": (
        "kneewise/symptoms/extraction.py", "kneewise/symptoms/meaning.py", "knowledge/symptoms.yml",
    ),
    "kneewise.nlu.symptoms.SafetyGate": ("kneewise/triage.py", "knowledge/red_flags.yml"),
}  # fmt: skip
"""What each component of ours is made of: files whose change must count, in code and in data."""


def fingerprint(name):
    module, _, kind = name.rpartition(".")
    component = getattr(import_module(module), kind)
    config = {**component.get_default_config(), **CONFIG[name]}
    if "model" in config:
        config["model"] = str(ROOT / config["model"])
    return component.fingerprint_addon(config)


@pytest.fixture
def change(monkeypatch):
    """Lets a file of the repository read as if a line had been added to it."""
    whole, text = Path.read_bytes, Path.read_text

    def alter(file):
        def is_it(path):
            return path.resolve() == ROOT / file

        def read_bytes(path):
            return whole(path) + (b"\n" if is_it(path) else b"")

        def read_text(path, *args, **kwargs):
            read = text(path, *args, **kwargs)
            return read.replace('": "', '": "0') if is_it(path) else read

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
        monkeypatch.setattr(Path, "read_text", read_text)

    return alter


def test_every_component_of_ours_is_looked_at():
    assert set(MADE_OF) == {name for name in CONFIG if name.startswith("kneewise.")}
    assert {
        file for files in MADE_OF.values() for file in files if not (ROOT / file).is_file()
    } == set()


@pytest.mark.parametrize("name", MADE_OF)
def test_nothing_changed_is_the_same_again(name):
    assert fingerprint(name) == fingerprint(name) != ""


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, files in MADE_OF.items() for file in files]
)
def test_a_change_of_what_it_is_made_of_counts(name, file, change):
    before = fingerprint(name)
    change(file)
    assert fingerprint(name) != before


# --- the pipeline on disk ---


@pytest.fixture
def pipeline(tmp_path):
    (tmp_path / "en/vocab").mkdir(parents=True)
    (tmp_path / "en/config.cfg").write_text("[nlp]")
    (tmp_path / "en/vocab/strings.json").write_text("[]")
    return tmp_path / "en"


def of_folder(folder):
    return SpacyDocs.fingerprint_addon({"model": str(folder)})


def test_a_pipeline_is_known_by_its_files_not_by_where_it_lies(pipeline, tmp_path):
    shutil.copytree(pipeline, tmp_path / "elsewhere")
    assert of_folder(tmp_path / "elsewhere") == of_folder(pipeline)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "config.cfg").write_text("[nlp] "),
        lambda folder: (folder / "vocab/strings.json").write_text("[1]"),
        lambda folder: (folder / "vocab/strings.json").unlink(),
        lambda folder: (folder / "vocab/strings.json").rename(folder / "strings.json"),
        lambda folder: (folder / "more").write_text(""),
    ],
    ids=["a file", "a deep file", "a file less", "a file elsewhere", "a file more"],
)
def test_another_pipeline_has_another_fingerprint(damage, pipeline):
    before = of_folder(pipeline)
    damage(pipeline)
    assert of_folder(pipeline) != before
