"""Which sign, status or place a clause speaks of, learnt from a few phrasings."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu.embedding import SentenceEmbedding
from kneewise.nlu.learned import FILE
from kneewise.nlu.meaning import DangerMeaning, PlaceMeaning
from kneewise.nlu.regression import Weights
from kneewise.symptoms.phrasings import NOTHING, PLACES, SIGNS, phrasings

NODE = SimpleNamespace(node_name="here")
SAID = {
    "signs/fever": {
        "present": [
            "i am burning up", "i have a temperature of 39", "i am shivering and feverish",
            "running a fever since monday", "the thermometer says 38.9",
        ],
        "denied": [
            "i have no fever", "no temperature at all", "i am not feverish",
            "no shivering or sweats", "i don't feel ill",
        ],
        "past": [
            "i had a fever last winter", "i was feverish years ago", "had a temperature in 2019",
        ],
        "other_person": [
            "my sister has a fever", "my flatmate is feverish", "half my office has a temperature",
        ],
        "hypothetical": [
            "what if i get a fever", "would a fever matter", "should i look for a fever",
        ],
        "lookalike": [
            "race fever has got me", "hay fever season again", "i get hot on the treadmill",
        ],
    },
    "signs/locking": {
        "present": [
            "my knee locks", "it gets stuck halfway", "the knee jams and then frees itself",
            "it catches and will not move for a second",
        ],
        "denied": ["it never locks", "it does not get stuck", "no jamming or catching"],
    },
    "signs/nothing": {
        "lookalike": ["it is a bit sore", "i run three times a week", "see you at the parkrun"],
    },
    "places/front": {
        "present": [
            "it hurts behind the kneecap", "the front of my knee aches", "sore round the cap",
        ],
        "denied": ["not at the front", "the kneecap itself is fine"],
    },
    "places/hip_groin": {
        "present": ["my groin hurts", "it pinches in the hip", "an ache deep in the hip joint"],
    },
    "places/nothing": {"lookalike": ["the front door", "i was behind on my plan"]},
}  # fmt: skip
OTHER = {
    "greet": ["hello", "good morning", "hi there"],
    "ask_ice": ["should i ice it", "is ice any good", "cold pack?"],
    "describe_pain": ["my knee is on fire", "it throbs", "hot and sore"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of knowledge with these phrasings alone."""
    folder = tmp_path_factory.mktemp("knowledge")
    for name, said in SAID.items():
        path = folder / "phrasings" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        # JSON is YAML too.
        path.write_text(json.dumps({"id": path.stem, **said}), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _these_phrasings(folder, monkeypatch):
    monkeypatch.setenv("KNEEWISE_KNOWLEDGE", str(folder))


def featurize(messages):
    return SentenceEmbedding.create({}, None, None, NODE).process(messages)


def others():
    examples = [Message.build(text, intent) for intent, said in OTHER.items() for text in said]
    embedding = SentenceEmbedding.create({}, None, None, NODE)
    return embedding.process_training_data(TrainingData(examples))


def train(kind, folder, **config):
    storage = LocalModelStorage(folder)
    config = {**kind.get_default_config(), **config}
    component = kind.create(config, storage, Resource(kind.KIND), NODE)
    component.train(others())
    return component, storage


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    """Both components with where they are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNEEWISE_KNOWLEDGE", str(folder))
        return {
            kind.KIND: train(kind, tmp_path_factory.mktemp(kind.KIND))
            for kind in (DangerMeaning, PlaceMeaning)
        }


def heard(component, text):
    (message,) = component.process(featurize([Message(data={"text": text})]))
    return message.get(component.KIND)


def best(component, text):
    likely = heard(component, text)
    return max(likely, key=likely.get)


# --- what is learnt ---


def test_present_signs_are_learnt_by_name_and_others_by_status():
    said = dict(DangerMeaning({}, None, None).said())
    assert said["my knee locks"] == "locking"
    assert said["it never locks"] == said["i have no fever"] == "~denied"
    assert said["i had a fever last winter"] == "~past"
    assert said["my sister has a fever"] == "~other_person"
    assert said["what if i get a fever"] == "~hypothetical"
    assert said["race fever has got me"] == said["it is a bit sore"] == NOTHING


def test_a_place_that_hurts_is_no_danger_unless_it_is_the_hip():
    said = dict(DangerMeaning({}, None, None).said())
    assert said["the front of my knee aches"] == NOTHING
    assert not {"my groin hurts", "not at the front", "the front door"} & set(said)


def test_places_are_learnt_by_name():
    said = dict(PlaceMeaning({}, None, None).said())
    assert said["my groin hurts"] == "hip_groin"
    assert said["not at the front"] == "~denied"
    assert said["the front door"] == NOTHING
    assert len(said) == len(list(phrasings(PLACES)))


def test_every_nth_example_that_tells_of_no_knee_stands_for_nothing(tmp_path, monkeypatch):
    learnt = []

    def fit(states, texts, labels, settings):
        learnt.append((len(states), dict(zip(texts, labels, strict=True))))
        raise InterruptedError

    monkeypatch.setattr("kneewise.nlu.meaning.fit", fit)
    for every in (1, 3):
        with pytest.raises(InterruptedError):
            train(PlaceMeaning, tmp_path, every=every)
    (rows, all_of_them), (_, few) = learnt
    assert rows == len(all_of_them) == len(list(phrasings(PLACES))) + 6
    assert {all_of_them[text] for text in (*OTHER["greet"], *OTHER["ask_ice"])} == {NOTHING}
    assert not set(OTHER["describe_pain"]) & set(all_of_them)
    assert [text for text in few if text in (*OTHER["greet"], *OTHER["ask_ice"])] == [
        "hello", "should i ice it",
    ]  # fmt: skip


# --- what is heard ---


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("i am burning up with a fever", "fever"),
        ("my temperature is 39.2", "fever"),
        ("my knee gets stuck and locks", "locking"),
        ("i have no fever at all", "~denied"),
        ("it never jams or gets stuck", "~denied"),
        ("had a fever in 2019", "~past"),
        ("my brother has a fever", "~other_person"),
        ("what if i get a temperature", "~hypothetical"),
        ("hay fever again", NOTHING),
        ("good morning to you", NOTHING),
    ],
)
def test_signs_and_their_status_are_heard(trained, text, label):
    assert best(trained[SIGNS][0], text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the front of the knee is sore", "front"),
        ("an ache in the hip and groin", "hip_groin"),
        ("hello there", NOTHING),
    ],
)
def test_places_are_heard(trained, text, label):
    assert best(trained[PLACES][0], text) == label


def test_what_is_heard_is_likely_and_no_more_than_all(trained):
    likely = heard(trained[SIGNS][0], "i am shivering and my knee jams")
    assert 0.9 < sum(likely.values()) <= 1.001
    assert min(likely.values()) >= 0.02
    assert all(isinstance(chance, float) for chance in likely.values())


def test_every_clause_is_judged_and_what_has_no_text_is_left(trained):
    said = [Message(data={"text": text}) for text in ("my knee locks", "", "i am burning up")]
    component = trained[SIGNS][0]
    assert component.process(featurize(said)) == said
    assert [message.get(SIGNS) is None for message in said] == [False, True, False]
    assert component.process([]) == []


def test_it_is_kept_for_ourselves(trained):
    (message,) = trained[SIGNS][0].process(featurize([Message(data={"text": "my knee locks"})]))
    assert SIGNS not in message.output_properties


def test_an_untrained_one_says_so():
    with pytest.raises(RuntimeError, match="DangerMeaning is not trained"):
        DangerMeaning({}, None, None).process(featurize([Message(data={"text": "knee"})]))


@pytest.mark.parametrize("kind", [DangerMeaning, PlaceMeaning])
def test_training_again_gives_the_same_and_loading_too(kind, trained, tmp_path):
    component, storage = trained[kind.KIND]
    again, _ = train(kind, tmp_path)
    loaded = kind.load(kind.get_default_config(), storage, Resource(kind.KIND), NODE)
    said = [heard(c, "burning behind the kneecap") for c in (component, again, loaded)]
    assert said[0] == said[1] == said[2]


def test_the_labels_kept_are_those_learnt(trained):
    with trained[SIGNS][1].read_from(Resource(SIGNS)) as folder:
        labels = set(Weights.load(folder / FILE).labels.tolist())
    statuses = {"~denied", "~past", "~other_person", "~hypothetical"}
    assert labels == {"fever", "locking", NOTHING, *statuses}


# --- the fingerprint ---


@pytest.mark.parametrize("kind", [DangerMeaning, PlaceMeaning])
@pytest.mark.parametrize("name", ["signs/fever", "places/front", "signs/nothing"])
def test_another_phrasing_is_another_fingerprint(kind, name, folder):
    before = kind.fingerprint_addon({})
    path = folder / "phrasings" / f"{name}.yml"
    whole = path.read_text(encoding="utf-8")
    try:
        path.write_text(whole.replace('["', '["so ', 1), encoding="utf-8")
        assert kind.fingerprint_addon({}) != before
    finally:
        path.write_text(whole, encoding="utf-8")
    assert kind.fingerprint_addon({}) == before


def test_a_file_more_is_another_fingerprint(folder):
    before = DangerMeaning.fingerprint_addon({})
    path = folder / "phrasings/signs/pop.yml"
    path.write_text('{"id": "pop", "present": ["it went pop"]}', encoding="utf-8")
    try:
        assert DangerMeaning.fingerprint_addon({}) != before
    finally:
        path.unlink()


def test_another_encoder_is_another_fingerprint(monkeypatch):
    before = DangerMeaning.fingerprint_addon({})
    monkeypatch.setattr("kneewise.nlu.encoder.identity", lambda: "other")
    assert DangerMeaning.fingerprint_addon({}) != before
