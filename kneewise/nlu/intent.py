"""Tell the intent of each message and clause, with a confidence that is low for the unknown."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu.embedding import states_of, written
from kneewise.nlu.learned import Learned
from kneewise.nlu.regression import Floats, Settings, fit

RANKING = "intent_ranking"
SHOWN = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentRegression(Learned, IntentClassifier):
    """The regression of `regression.py` as a component; its weights are kept as plain arrays."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The scales and strengths of the regression, each of which config.yml may set."""
        return vars(Settings())

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The code behind the component, and the encoder whose vectors it learns from."""
        return cls.learning_hash("intent.py")

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples of all intents, and keep the weights.

        Raises:
            ValueError: there are not two intents to tell apart.
        """
        examples = [m for m in training_data.intent_examples if m.get(INTENT) and m.get(TEXT)]
        labels = [str(message.get(INTENT)) for message in examples]
        if len(set(labels)) < 2:  # noqa: PLR2004
            raise ValueError("the training data must hold two intents or more")
        settings = Settings(**{f.name: float(self.config[f.name]) for f in fields(Settings)})
        weights, _ = fit(states_of(examples), [m.get(TEXT) for m in examples], labels, settings)
        return self.keep(weights)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of every message: whole ones and clauses alike."""
        known = written(messages)
        ranked = self._rank(known) if known else []
        for message in messages:
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(RANKING, [], add_to_output=True)
        for message, ranking in zip(known, ranked, strict=True):
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(RANKING, ranking, add_to_output=True)
        return messages

    def _rank(self, messages: list[Message]) -> list[list[dict[str, Any]]]:
        """The best intents of each message with their confidence, best first.

        The confidence is the root of the probability, times nearness: the regression alone is
        sure of itself far from everything it has seen.
        """
        names, chances, nearest = self.judge(messages)
        confidences = confidence(chances, nearest)
        return [
            [{"name": names[i], "confidence": float(row[i])} for i in np.argsort(-row)[:SHOWN]]
            for row in confidences
        ]


def confidence(chances: Floats, nearest: Floats) -> Floats:
    """[texts, labels]: how far an intent is to be trusted, from 0 to 1."""
    trusted: Floats = np.sqrt(chances) * nearest
    return trusted
