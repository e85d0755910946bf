"""Read of a model what it needs to answer, not what it was trained with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.engine.storage.storage import ModelMetadata
from rasa.nlu.utils.spacy_utils import SpacyModel, SpacyNLP

_stock_read = ModelMetadata.from_dict
_stock_load = SpacyNLP.load_model


def metadata(serialized: dict[str, Any]) -> ModelMetadata:
    """The metadata of a model, as from Rasa, with an empty graph of the training.

    To read that graph, Rasa imports every component that took part in the training, the checks of
    all that Rasa knows among them; they need TensorFlow.
    """
    return _stock_read({**serialized, "train_schema": {"nodes": {}}})


@lru_cache(maxsize=1)
def spacy_model(name: str) -> SpacyModel:
    """A spaCy pipeline. Two nodes of the graph load the same one; here they share it."""
    model: SpacyModel = _stock_load(name)
    return model
