"""The stock project has our intents, examples, rules and first answers, and one action."""

from __future__ import annotations

import json

import pytest
import yaml

from benchmarks import serving_stock
from benchmarks.serving_stock import ACTION, RESTART
from kneewise import knowledge


@pytest.fixture(scope="module")
def dataset():
    return serving_stock.examples(thinned=True)


@pytest.fixture(scope="module")
def files(dataset):
    return serving_stock.project(dataset, 7)


def test_it_is_configured_like_a_new_project(files):
    config = yaml.safe_load(files["config.yml"])
    names = [part["name"] for part in (*config["pipeline"], *config["policies"])]
    epochs = {part["name"]: part.get("epochs") for part in config["pipeline"] + config["policies"]}
    assert (epochs["DIETClassifier"], epochs["TEDPolicy"]) == (7, 100)
    assert {"DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy"} <= {*names}


def test_every_intent_that_is_trained_has_a_rule_or_is_ours_alone(dataset, files):
    rules = yaml.safe_load(files["data/rules.yml"])["rules"]
    ruled = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    assert set(dataset.intents) - ruled == set()
    assert {f"ask_{topic}" for topic in knowledge.load().topics} <= ruled


def test_rules_and_stories_know_one_action_and_keep_their_names(files):
    for name in ("rules", "stories"):
        steps = yaml.safe_load(files[f"data/{name}.yml"])[name]
        actions = {step["action"] for of in steps for step in of["steps"] if "action" in step}
        assert actions - {RESTART} == {ACTION}
    rules = yaml.safe_load(files["data/rules.yml"])["rules"]
    assert "Yes" in [rule["rule"] for rule in rules]


def test_starting_again_is_rasas_own_action_with_our_words(files):
    domain = yaml.safe_load(files["domain.yml"])
    assert domain["actions"] == [ACTION]
    assert domain["responses"]["utter_restart"] == domain["responses"]["utter_started_again"]


def test_its_answer_to_a_topic_is_ours(dataset, files):
    answers = json.loads(files["answers.json"])
    assert set(answers) == {*dataset.intents, "nlu_fallback"}
    [first, *_] = answers["ask_ice"]
    assert first["metadata"]["topic"] == "ice"
    assert knowledge.load().topics["ice"].short.split(":")[0].strip() in first["text"]


def test_the_model_is_kept_by_what_is_learnt_and_not_by_what_is_said(files):
    key = serving_stock.fingerprint(files)
    assert serving_stock.fingerprint({**files, "answers.json": "{}"}) == key
    assert serving_stock.fingerprint({**files, "data/nlu.yml": ""}) != key
    assert serving_stock.fingerprint({**files, "config.yml": ""}) != key


def test_the_files_are_written_beside_the_model(files, tmp_path):
    folder = serving_stock.written(files, tmp_path)
    (folder / "models").mkdir()
    assert serving_stock.written({**files, "answers.json": "{}"}, tmp_path) == folder
    assert (folder / "answers.json").read_text() == "{}"
    assert (folder / "data" / "nlu.yml").read_text("utf-8") == files["data/nlu.yml"]


def test_conversations_are_in_memory_unless_a_file_is_named(tmp_path):
    assert "tracker_store" not in yaml.safe_load(serving_stock.endpoints(5055))
    named = yaml.safe_load(serving_stock.endpoints(5055, tmp_path / "x.db"))
    assert named["tracker_store"]["db"] == str(tmp_path / "x.db")
    assert named["action_endpoint"]["url"] == "http://127.0.0.1:5055/webhook"
