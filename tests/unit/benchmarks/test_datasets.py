"""The data sets are read as they are, and the out_of_scope intent can be taken out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

from benchmarks import datasets, pipelines
from benchmarks.datasets import Dataset
from benchmarks.unseen import Message

NLU = """
version: "3.1"
nlu:
- intent: yes
  examples: |
    - yes please
    - true
- intent: out_of_scope
  examples: |
    - what is the capital of france
- synonym: knee
  examples: |
    - joint
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with one public set."""
    one = tmp_path / "tiny"
    one.mkdir()
    (one / "nlu.yml").write_text(NLU, "utf-8")
    tests = {"test": [["yep", "yes"]], "oos": ["who won"]}
    (one / "test.json").write_text(json.dumps(tests), "utf-8")
    return tmp_path


def test_a_public_set_has_its_intents_and_messages(folder):
    found = datasets.load("tiny", folder)
    assert found.intents == ("out_of_scope", "yes")
    assert found.size == 3
    assert found.test == (("yep", "yes"),)
    assert found.texts == ["yep", "who won"]


def test_a_set_need_not_have_out_of_scope_messages(folder):
    (folder / "tiny" / "test.json").write_text('{"test": [["yep", "yes"]]}', "utf-8")
    assert datasets.load("tiny", folder).outside == ()


def test_an_unknown_set_is_told_with_those_there_are(folder):
    with pytest.raises(KeyError, match="knee, knee12, tiny"):
        datasets.load("other", folder)


def test_without_public_sets_there_are_ours():
    assert datasets.names(None) == ("knee", "knee12")


def test_the_small_twin_of_ours_has_few_examples_of_each_intent_and_the_same_tests():
    many = "".join(f"- {number}\n" for number in range(60))
    examples = (
        {"intent": "a", "examples": many},
        {"intent": "b", "examples": "- x\n- y\n"},
        {"intent": "out_of_scope", "examples": many},
    )
    whole = Dataset("knee", examples, (("z", "a"),), ("who won",))
    small = datasets.few(whole)
    assert small.texts == whole.texts
    assert [len(datasets.texts_of([item])) for item in small.examples] == [12, 2, 40]
    assert small.examples[0]["examples"].startswith("- 0\n- 5\n- 10\n")


def test_the_out_of_scope_intent_goes_and_the_tests_stay(folder):
    whole = datasets.load("tiny", folder)
    left = whole.without_outside()
    assert whole.has_outside
    assert not left.has_outside
    assert left.texts == whole.texts


def test_an_intent_called_yes_is_written_as_a_text(folder):
    written = yaml.safe_load(datasets.load("tiny", folder).as_nlu())
    assert written["version"] == "3.1"
    assert [item["intent"] for item in written["nlu"]] == ["yes", "out_of_scope"]
    assert written["nlu"][0]["examples"] == "- yes please\n- true\n"


def test_ours_is_tested_with_messages_of_one_topic_and_of_none(folder):
    (folder / "nlu.yml").write_text(NLU, "utf-8")
    messages = [
        Message("should i ice it", "topic", topics=("ice",)),
        Message("ice, and can i run", "multi", topics=("ice", "can_i_run")),
        Message("who won", "oos", intent="out_of_scope"),
        Message("hello", "chat", intent="greet"),
    ]
    found = datasets.knee(folder, messages)
    assert found.test == (("should i ice it", "ask_ice"),)
    assert found.outside == ("who won",)


def test_the_general_part_of_our_config_is_there():
    parts = pipelines.config("kneewise")["pipeline"]
    assert [part["name"].rpartition(".")[2] for part in parts] == list(pipelines.GENERAL)
    assert 0 < parts[-1]["threshold"] < 1


def test_a_part_that_is_gone_is_named(tmp_path):
    (tmp_path / "config.yml").write_text("pipeline: [{name: SpacyTokenizer}]", "utf-8")
    with pytest.raises(KeyError, match="FallbackClassifier"):
        pipelines.general(tmp_path / "config.yml")


def test_stock_is_what_rasa_ships():
    parts = {part["name"]: part for part in pipelines.config("stock")["pipeline"]}
    assert parts["DIETClassifier"]["epochs"] == 100
    assert parts["FallbackClassifier"]["threshold"] == 0.3


def test_stock_is_trained_without_the_out_of_scope_intent(folder):
    whole = datasets.load("tiny", folder)
    assert not pipelines.trained_on("stock", whole).has_outside
    assert pipelines.trained_on("stock+oos", whole).has_outside
    assert pipelines.trained_on("kneewise", whole).has_outside


@pytest.mark.parametrize(
    ("pipeline", "name", "outside", "runs"),
    [
        ("kneewise", "clinc10", False, True),
        ("stock", "clinc10", False, False),
        ("stock", "clinc20", False, True),
        ("stock+oos", "clinc20", False, False),
        ("stock", "clinc20_oos", True, False),
        ("stock+oos", "clinc20_oos", True, True),
        ("stock", "knee", True, False),
        ("stock+oos", "knee12", True, True),
    ],
)
def test_what_is_run_on_what(pipeline, name, outside, runs):
    intents = ("a", "out_of_scope") if outside else ("a",)
    examples = tuple({"intent": intent, "examples": "- x\n"} for intent in intents)
    why = pipelines.why_not(pipeline, Dataset(name, examples, ()))
    assert (why is None) is runs


def test_other_examples_and_other_tests_have_another_fingerprint(folder):
    whole = datasets.load("tiny", folder)
    left = whole.without_outside()
    assert pipelines.inputs("stock", whole) == pipelines.inputs("stock", whole)
    assert pipelines.inputs("stock", whole) != pipelines.inputs("stock", left)
    assert pipelines.inputs("stock", whole) != pipelines.inputs("kneewise", whole)


def test_what_can_be_paired_has_the_same_tests_and_in_scope_examples(folder):
    whole = datasets.load("tiny", folder)
    assert pipelines.data(whole) == pipelines.data(whole.without_outside())
    assert pipelines.data(whole) != pipelines.data(replace(whole, examples=whole.examples[1:]))
    assert pipelines.data(whole) != pipelines.data(replace(whole, outside=()))
