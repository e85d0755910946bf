"""Read of a model what it needs to answer, not what it was trained with."""

from __future__ import annotations

from typing import Any

from rasa.engine.storage.storage import ModelMetadata

_stock_read = ModelMetadata.from_dict


def metadata(serialized: dict[str, Any]) -> ModelMetadata:
    """The metadata of a model, as from Rasa, with an empty graph of the training.

    To read that graph, Rasa imports every component that took part in the training, the checks of
    all that Rasa knows among them; they need TensorFlow.
    """
    return _stock_read({**serialized, "train_schema": {"nodes": {}}})
