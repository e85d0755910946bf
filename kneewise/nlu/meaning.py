"""Tell by its meaning which danger sign, or which place that hurts, a clause speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from kneewise.nlu import encoder
from kneewise.nlu.embedding import states_of, written
from kneewise.nlu.learned import Learned
from kneewise.nlu.regression import Settings, fit
from kneewise.symptoms.facts import PRESENT
from kneewise.symptoms.phrasings import (
    LOOKALIKE,
    NOTHING,
    PLACES,
    SIGNS,
    STATUS,
    Phrasing,
    phrasing_files,
    phrasings,
)

TELLING = ("describe_pain", "report_red_flag")
"""Intents whose examples may speak of any sign and place, so that they stand for none."""
_LEAST = 0.02  # what is less likely is not worth passing on


class ClauseMeaning(Learned):
    """Set on messages and clauses how likely each sign, or each place, is spoken of.

    It learns from `knowledge/phrasings/`. Every n-th example of intents that do not describe a
    knee stands for clauses that speak of none.
    """

    KIND: ClassVar[str]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`every`: the n of "every n-th example"."""
        return {"every": 3}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The phrasings, the code behind the component, and the encoder."""
        digest = hashlib.sha256()
        for path in [*phrasing_files(SIGNS), *phrasing_files(PLACES)]:
            digest.update(path.read_bytes())
        code = cls.learning_hash("meaning.py", "../symptoms/phrasings.py")
        return code + digest.hexdigest()

    def said(self) -> Iterator[tuple[str, str]]:
        """The phrasings to learn from, each with its label."""
        raise NotImplementedError

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the phrasings and the examples of other intents, and keep the weights."""
        said = list(self.said())
        others = [
            message
            for message in training_data.intent_examples
            if message.get(INTENT) and message.get(INTENT) not in TELLING and message.get(TEXT)
        ][:: int(self.config["every"])]
        texts = [text for text, _ in said] + [message.get(TEXT) for message in others]
        labels = [label for _, label in said] + [NOTHING] * len(others)
        vectors = encoder.shared().states([text for text, _ in said])
        states = np.concatenate([vectors.reshape(len(said), -1), states_of(others)])
        weights, _ = fit(states, texts, labels, Settings())
        return self.keep(weights)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set what is likely on every message that has a text, under the kind."""
        known = written(messages)
        if not known:
            return messages
        names, rows, _ = self.judge(known)
        for message, row in zip(known, rows, strict=True):
            message.set(self.KIND, {names[i]: float(row[i]) for i in np.flatnonzero(row >= _LEAST)})
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class DangerMeaning(ClauseMeaning):
    """Which danger sign is there; or that one is denied, past, imagined or someone else's."""

    KIND = SIGNS

    def said(self) -> Iterator[tuple[str, str]]:
        """Present signs by name, others by status; places that hurt are no danger by themselves."""
        yield from ((p.text, _label(p)) for p in phrasings(SIGNS))
        for p in phrasings(PLACES):
            if p.status == PRESENT and p.about != "hip_groin":
                yield p.text, NOTHING


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceMeaning(ClauseMeaning):
    """Where it hurts."""

    KIND = PLACES

    def said(self) -> Iterator[tuple[str, str]]:
        """Places by name."""
        yield from ((p.text, _label(p)) for p in phrasings(PLACES))


def _label(phrasing: Phrasing) -> str:
    """What the regression is to find in a phrasing."""
    if phrasing.status == LOOKALIKE:
        return NOTHING
    return phrasing.about if phrasing.status == PRESENT else STATUS + phrasing.status
