import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu.embedding import SentenceEmbedding, grams_of, states_of
from kneewise.nlu.intent import IntentRegression
from kneewise.nlu.learned import FILE
from kneewise.nlu.regression import Weights

SAID = {
    "ask_ice": ["should i ice it", "is ice any good", "cold pack on the knee?", "ice after a run"],
    "ask_shoes": [
        "which shoes are best",
        "do i need new trainers",
        "are my shoes to blame",
        "shoe?",
    ],
    "out_of_scope": ["what is the capital of peru", "book me a taxi", "sing a song", "asdf jkl"],
}
NODE = SimpleNamespace(node_name="here")


def featurize(messages):
    config = SentenceEmbedding.get_default_config()
    return SentenceEmbedding.create(config, None, None, NODE).process(messages)


def examples():
    return [Message.build(text, intent) for intent, texts in SAID.items() for text in texts]


def train(folder, said=None):
    embedding = SentenceEmbedding.create(SentenceEmbedding.get_default_config(), None, None, NODE)
    data = embedding.process_training_data(TrainingData(said or examples()))
    storage = LocalModelStorage(Path(folder))
    config = IntentRegression.get_default_config()
    component = IntentRegression.create(config, storage, Resource("intent"), NODE)
    component.train(data)
    return component, storage


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("storage"))


def judge(component, *texts):
    return component.process(featurize([Message(data={"text": text}) for text in texts]))


def test_every_message_of_the_list_is_judged(trained):
    whole, ice, shoes = judge(
        trained[0], "ice or shoes?", "can i put ice on it", "what shoes suit me"
    )
    assert whole.get("intent")["name"] in SAID
    assert ice.get("intent")["name"] == "ask_ice"
    assert shoes.get("intent")["name"] == "ask_shoes"


def test_the_ranking_is_sorted_and_starts_with_the_intent(trained):
    (message,) = judge(trained[0], "is ice good")
    ranking = message.get("intent_ranking")
    confidences = [row["confidence"] for row in ranking]
    assert ranking[0] == message.get("intent")
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert {row["name"] for row in ranking} == set(SAID)


def test_the_unknown_has_less_confidence_than_the_known(trained):
    known, unknown = judge(trained[0], "should i ice my knee", "xqzv wprt")
    assert known.get("intent")["confidence"] > unknown.get("intent")["confidence"] + 0.2


@pytest.mark.parametrize(
    "text", ["🙂", "a" * 5000, "\ud83d", "\x00", "...", "膝が痛い"], ids=range(6)
)
def test_no_text_breaks_it(trained, text):
    (message,) = judge(trained[0], text)
    assert message.get("intent")["name"] in SAID
    assert np.isfinite(message.get("intent")["confidence"])


def test_an_empty_text_has_no_intent(trained):
    (message,) = judge(trained[0], "")
    assert message.get("intent") == {"name": None, "confidence": 0.0}


def test_company_changes_next_to_nothing(trained):
    said = ("should i ice it", "sing to me")
    alone = [judge(trained[0], text)[0].get("intent") for text in said]
    together = [message.get("intent") for message in judge(trained[0], *said)]
    for one, other in zip(alone, together, strict=True):
        assert one["name"] == other["name"]
        assert one["confidence"] == pytest.approx(other["confidence"], abs=0.05)


def test_the_order_of_the_examples_does_not_matter(trained, tmp_path):
    """Nearly: a dozen examples leave some of the axes of nearness open."""
    component, _ = train(tmp_path, examples()[::-1])
    one, other = (judge(c, "cold on the knee")[0].get("intent") for c in (trained[0], component))
    assert one["name"] == other["name"]
    assert one["confidence"] == pytest.approx(other["confidence"], abs=0.02)


def test_the_confidence_is_the_root_of_the_probability_times_nearness(trained):
    messages = judge(trained[0], "ice after my run", "qwerty")
    judged = trained[0]._regression.judge(states_of(messages), grams_of(messages))
    for message, shares, nearest in zip(messages, *judged, strict=True):
        best = float((np.sqrt(shares) * nearest).max())
        assert message.get("intent")["confidence"] == pytest.approx(best)


def test_training_again_gives_the_same_and_loading_too(trained, tmp_path):
    component, storage = trained
    again, _ = train(tmp_path)
    config = IntentRegression.get_default_config()
    loaded = IntentRegression.load(config, storage, Resource("intent"), NODE)
    answers = [
        judge(c, "cold on the knee")[0].get("intent_ranking") for c in (component, again, loaded)
    ]
    assert answers[0] == answers[1] == answers[2]


def test_the_weights_are_plain_arrays(trained):
    with trained[1].read_from(Resource("intent")) as folder:
        names = zipfile.ZipFile(folder / FILE).namelist()
        assert all(name.endswith(".npy") for name in names)
        Weights.load(folder / FILE)


def test_one_intent_cannot_be_learnt(tmp_path):
    config = IntentRegression.get_default_config()
    storage = LocalModelStorage(tmp_path)
    component = IntentRegression.create(config, storage, Resource("intent"), NODE)
    with pytest.raises(ValueError, match="two intents"):
        component.train(TrainingData(featurize(examples()[:4])))
