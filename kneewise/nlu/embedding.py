"""Put the sentence vectors of the encoder on the messages, as dense features."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu import encoder
from kneewise.nlu.grams import count

GRAMS = "grams"


def code_hash(*modules: str) -> str:
    """A hash of modules by their paths from here: Rasa's cache looks at the class alone."""
    digest = hashlib.sha256()
    for name in modules:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def written(messages: Sequence[Message]) -> list[Message]:
    """The messages that have a text, and so a vector."""
    return [message for message in messages if message.features]


def states_of(messages: Sequence[Message]) -> npt.NDArray[np.float32]:
    """[messages, 4 * 384]: the encoder's vectors on each message, side by side.

    Read from where `SentenceEmbedding` put them: Rasa's own way copies them every time.
    """
    return np.concatenate([_own(message) for message in messages])


def _own(message: Message) -> npt.NDArray[np.float32]:
    rows: npt.NDArray[np.float32] = next(
        found.features
        for found in message.features
        if found.attribute == TEXT and found.type == FEATURE_TYPE_SENTENCE and found.is_dense()
    )
    return rows


def grams_of(messages: Sequence[Message]) -> list[Counter[str]]:
    """The n-grams of each message, counted once for all components that look at them."""
    for message in messages:
        if message.get(GRAMS) is None:
            message.set(GRAMS, count(message.get(TEXT)))
    return [message.get(GRAMS) for message in messages]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(DenseFeaturizer, GraphComponent):
    """One sentence feature for the text: the encoder's four vectors, one after another."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._alias = config[FEATURIZER_CLASS_ALIAS]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """Make the component; it learns nothing."""
        return cls({**cls.get_default_config(), **config}, execution_context.node_name)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set beyond what every featurizer has."""
        return {**DenseFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "embedding"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be set wrong."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The encoder's files and the code around them."""
        return encoder.identity() + code_hash("embedding.py", "encoder.py")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Put the features on the examples, each encoded by itself: their order must not matter."""
        self._featurize(training_data.training_examples, together=False)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the features on a message and its clauses, as far as they have a text."""
        return self._featurize(messages, together=True)

    def _featurize(self, messages: list[Message], *, together: bool) -> list[Message]:
        written = [message for message in messages if message.get(TEXT)]
        texts = [message.get(TEXT) for message in written]
        states = encoder.shared().states(texts, together=together)
        for message, state in zip(written, states, strict=True):
            flat = np.reshape(state, (1, -1))
            message.add_features(Features(flat, FEATURE_TYPE_SENTENCE, TEXT, self._alias))
        return messages
