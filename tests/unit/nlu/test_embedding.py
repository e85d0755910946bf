"""The encoder's vectors stand on the messages, as features that Rasa and we can read."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu import encoder
from kneewise.nlu.embedding import GRAMS, SentenceEmbedding, grams_of, states_of, written
from kneewise.nlu.encoder import WIDTH
from kneewise.nlu.grams import count

NODE = SimpleNamespace(node_name="here")


@pytest.fixture
def embedding():
    return SentenceEmbedding.create({}, None, None, NODE)


def messages(*texts):
    return [Message(data={"text": text}) for text in texts]


def test_a_message_gets_the_four_vectors_side_by_side(embedding):
    (message,) = embedding.process(messages("should i ice it"))
    expected = encoder.Encoder().states(["should i ice it"])[0]
    rows = states_of([message])
    assert rows.shape == (1, 4 * WIDTH)
    assert np.array_equal(rows[0], expected.ravel())


def test_rasa_finds_the_same_features(embedding):
    (message,) = embedding.process(messages("should i ice it"))
    _, sentence = message.get_dense_features("text", [])
    assert np.array_equal(sentence.features, states_of([message]))


def test_what_has_no_text_has_no_vectors_and_is_kept(embedding):
    said = messages("ice", "", "shoes")
    assert embedding.process(said) == said
    assert written(said) == [said[0], said[2]]
    assert len(states_of(written(said))) == 2


def test_examples_are_encoded_by_themselves(embedding):
    texts = ["ice?", "my knee hurts on the stairs after a long run"]
    data = TrainingData([Message.build(text, "some") for text in texts])
    assert embedding.process_training_data(data) is data
    alone = encoder.Encoder().states(texts).reshape(2, -1)
    assert np.array_equal(states_of(data.training_examples), alone)


def test_a_message_and_its_clauses_are_encoded_together(embedding):
    texts = ["it aches, can i run", "it aches", "can i run"]
    together = encoder.Encoder().states(texts, together=True).reshape(3, -1)
    assert np.array_equal(states_of(embedding.process(messages(*texts))), together)


def test_grams_are_counted_once(monkeypatch):
    said = messages("ice it", "run")
    assert grams_of(said) == [count("ice it"), count("run")]
    monkeypatch.setattr("kneewise.nlu.embedding.count", None)
    assert grams_of(said) == [count("ice it"), count("run")]
    assert said[0].get(GRAMS) == count("ice it")
    assert GRAMS not in said[0].output_properties
