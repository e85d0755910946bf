"""What the components that learn have in common: one regression, kept as plain arrays."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from kneewise.nlu import encoder
from kneewise.nlu.embedding import SentenceEmbedding, code_hash, grams_of, states_of
from kneewise.nlu.regression import Floats, Regression, Weights

FILE = "weights.npz"


class Learned(GraphComponent):
    """A component whose knowledge is one trained regression on the sentence vectors."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage, self._resource = storage, resource
        self._regression: Regression | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        """The vectors must be there first."""
        return [SentenceEmbedding]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Learned:
        """Make an untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Learned:
        """Read the weights of a trained one."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._regression = Regression(Weights.load(folder / FILE))
        return component

    @staticmethod
    def learning_hash(*modules: str) -> str:
        """A hash of the encoder and of the code that learns, with more modules of the component."""
        shared = ("learned.py", "regression.py", "grams.py", "embedding.py")
        return encoder.identity() + code_hash(*shared, *modules)

    def keep(self, weights: Weights) -> Resource:
        """Store what was learnt, and use it from now on."""
        with self._storage.write_to(self._resource) as folder:
            weights.save(folder / FILE)
        self._regression = Regression(weights)
        return self._resource

    def judge(self, messages: list[Message]) -> tuple[list[str], Floats, Floats]:
        """The labels; for each message the probability of each, and how near its examples are.

        Raises:
            RuntimeError: nothing has been learnt.
        """
        if self._regression is None:
            raise RuntimeError(f"{type(self).__name__} is not trained")
        chances, nearest = self._regression.judge(states_of(messages), grams_of(messages))
        return self._regression.labels, chances, nearest
