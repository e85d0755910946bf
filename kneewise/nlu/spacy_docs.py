"""Rasa's SpacyNLP, whose cache also notices that the pipeline on disk is another one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.utils.spacy_utils import SpacyNLP


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.MODEL_LOADER,
        DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER,
    ],
    is_trainable=False,
    model_from="SpacyDocs",
)
class SpacyDocs(SpacyNLP):
    """Makes the Doc of each message. Rasa fingerprints the name of the pipeline, not its files."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """A hash of every file of the pipeline's folder."""
        digest = hashlib.sha256()
        folder = Path(str(config.get("model")))
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()
