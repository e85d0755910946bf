"""Keep what cannot be read from being guessed at: other languages, signs and pictures alone."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from kneewise.languages import is_wordless, language_of
from kneewise.nlu.component import Stateless
from kneewise.nlu.topics import RANKING, decide

OUTSIDE = "out_of_scope"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageGate(Stateless):
    """Set `language` on the message, null for English; what cannot be read means nothing.

    It stands behind TopicJoiner, whose first message is the whole one, and before SafetyGate: a
    danger sign that is read all the same wins.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at the whole message, which comes first."""
        whole = messages[0]
        text = whole.get(TEXT) or ""
        language = language_of(text)
        whole.set("language", language, add_to_output=True)
        if language:
            decide(whole, OUTSIDE)
            whole.set("topics", [], add_to_output=True)
        elif is_wordless(text):
            # The classifier only guesses: "..." became a yes. Nothing is near, so no ranking.
            nothing = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
            whole.set(INTENT, nothing, add_to_output=True)
            whole.set(RANKING, [nothing], add_to_output=True)
            whole.set("topics", [], add_to_output=True)
        return messages
