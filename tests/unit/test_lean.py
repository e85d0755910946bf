"""TensorFlow is kept out of what serves, cleanly, and is there when the setting asks for it."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from running import ROOT, run

from kneewise.cli import main
from kneewise.lean import NeedsTensorFlow, needing_tensorflow, without_tensorflow

SERVED = """
from kneewise.lean import without_tensorflow
kept_out = without_tensorflow()
import asyncio, json, sys
from pathlib import Path
from kneewise import serve
from kneewise.testing import Assistant
root = Path({root!r})
serve.make_app(root, serve.checked(root))
reply = Assistant.load().conversation().say("should i ice it")
modules = ("tensorflow", "keras", "jax", "sklearn", "matplotlib", "skops")
loaded = [module for module in modules if module in sys.modules]
print(json.dumps([kept_out, reply[0]["metadata"]["topic"], loaded]))
"""

STAND_INS = """
import sys
from kneewise.lean import NeedsTensorFlow, without_tensorflow

def refused(what, *args):
    try:
        what(*args)
    except NeedsTensorFlow as error:
        return str(error)
    raise AssertionError(f"{what} was let in")

before = set(sys.modules)
assert without_tensorflow()
assert without_tensorflow(), "twice is once"
assert not [m for m in sys.modules if m.split(".")[0] in ("tensorflow", "sklearn", "matplotlib")]

from importlib import import_module
for name in ("tensorflow", "tensorflow.keras", "tensorflow.python.framework"):
    assert "KNEEWISE_TENSORFLOW=on" in refused(import_module, name)
refused(import_module, "rasa.nlu.classifiers.diet_classifier")

from rasa.utils import plotting, train_utils
assert "Callback" in refused(train_utils.RasaTrainingLogger.__mro__[1])
assert "RasaTrainingLogger" in refused(train_utils.RasaTrainingLogger, 1, False)
assert "RasaBatchDataGenerator" in refused(train_utils.RasaBatchDataGenerator, None, 1)
assert "FormatStrFormatter" in refused(plotting.FormatStrFormatter, "%d")
split = train_utils.RasaModelData.split.__globals__["train_test_split"]
assert "train_test_split" in refused(split)

import spacy.util, thinc.compat
assert not thinc.compat.has_tensorflow
assert len(spacy.blank("en")("my knee hurts")) == 3

import sklearn.model_selection, matplotlib.ticker
assert sklearn.model_selection.train_test_split([1, 2, 3, 4], test_size=2)
assert matplotlib.ticker.FormatStrFormatter("%d")(3.0) == "3"
print("all is well")
"""


def python(code: str, **settings: str) -> str:
    """What a program prints; it must end well."""
    done = run([sys.executable, "-W", "ignore", "-c", code], **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_serving_loads_no_tensorflow() -> None:
    answer = json.loads(python(SERVED.format(root=str(ROOT))).splitlines()[-1])
    assert answer == [True, "ice", []]


def test_the_setting_loads_it() -> None:
    printed = python(SERVED.format(root=str(ROOT)), KNEEWISE_TENSORFLOW="on")
    kept_out, topic, modules = json.loads(printed.splitlines()[-1])
    assert (kept_out, topic) == (False, "ice")
    assert "tensorflow" in modules


def test_stand_ins_are_named_but_not_used_and_then_gone() -> None:
    assert python(STAND_INS) == "all is well\n"


def test_a_process_that_has_tensorflow_keeps_it() -> None:
    code = "import tensorflow\nfrom kneewise.lean import *\nprint(without_tensorflow())\n"
    assert python(code + "import tensorflow.keras") == "False\n"


def test_a_setting_that_is_neither(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KNEEWISE_TENSORFLOW", "maybe")
    with pytest.raises(ValueError, match="on or off, not 'maybe'"):
        without_tensorflow()
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == "KNEEWISE_TENSORFLOW must be on or off, not 'maybe'.\n"


def model_with(component: str, folder: Path) -> Path:
    """A model whose graph holds one component."""
    nodes = {"one": {"uses": component}, "two": {"uses": "no.such.Component"}}
    written = json.dumps({"predict_schema": {"nodes": nodes}}).encode()
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(written)
        archive.addfile(entry, io.BytesIO(written))
    return path


DIET = "rasa.nlu.classifiers.diet_classifier.DIETClassifier"


def test_a_model_that_needs_it_is_refused(tmp_path: Path) -> None:
    model = model_with(DIET, tmp_path)
    code = (
        "from pathlib import Path\nfrom kneewise.lean import *\nwithout_tensorflow()\n"
        f"from kneewise import starting\nstarting.checked_model(Path({str(tmp_path)!r}))\n"
    )
    done = run([sys.executable, "-W", "ignore", "-c", code])
    assert done.returncode
    said = done.stderr.strip().splitlines()[-1]
    assert said.endswith(f"{model} needs TensorFlow for {DIET}. Set KNEEWISE_TENSORFLOW=on.")


def test_where_tensorflow_may_be_loaded_no_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finders: list[Any] = [f for f in sys.meta_path if type(f).__module__ != "kneewise.lean"]
    monkeypatch.setattr(sys, "meta_path", finders)
    assert needing_tensorflow(model_with(DIET, tmp_path)) == []


def test_the_error_says_what_to_do() -> None:
    assert str(NeedsTensorFlow("X")) == (
        "X is not loaded. Set KNEEWISE_TENSORFLOW=on to serve with TensorFlow."
    )
