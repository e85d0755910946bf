"""What the components here have in common: they learn nothing and keep nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class Stateless(GraphComponent):
    """A component that only looks at messages."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Stateless:
        """Make the component: nothing is stored, so making and loading are the same."""
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Hash the code and knowledge behind the component.

        Rasa's cache looks at the class alone; a changed helper or YAML file must count too.
        """
        root = Path(__file__).resolve().parents[2]
        files = [
            *(root / "kneewise").rglob("*.py"),
            *(root / "knowledge").rglob("*.yml"),
            *(root / "knowledge").rglob("*.txt"),
        ]
        digest = hashlib.sha256()
        for path in sorted(files):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at the messages of one turn."""
        raise NotImplementedError
