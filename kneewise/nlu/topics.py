"""Join what was heard in the clauses of a message: all topics asked, best first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from kneewise import knowledge
from kneewise.knowledge import plain
from kneewise.nlu.component import Stateless
from kneewise.replies import EXERCISES

ASK = "ask_"
RANKING = "intent_ranking"


@lru_cache(maxsize=1)
def titles() -> Mapping[str, str]:
    """What stands on buttons -> the intent it means.

    A button sends its own words, so these words mean the same whoever writes them.
    """
    kb = knowledge.load()
    known = {plain(topic.title): ASK + topic.id for topic in kb.topics.values()}
    known |= {plain(exercise.name): ASK + EXERCISES for exercise in kb.exercises}
    phrases = {
        "answer_yes": "affirm",
        "answer_no": "deny",
        "answer_unsure": "dont_know",
        "none_of_these": "deny",
        "skip": "skip",
        "tell_more": "tell_more",
        "something_else": "help",
    }
    known |= {plain(kb.phrases[name]): intent for name, intent in phrases.items()}
    for question in kb.questions.values():
        for option in question.options:
            if not plain(option.label).isdigit():
                known.setdefault(plain(option.label), "describe_pain")
    return known


def join(
    whole: Mapping[str, Any], clauses: list[Mapping[str, Any]], least: float
) -> list[tuple[str, float]]:
    """Topic ids with their confidence, best first, from the whole message and its clauses.

    Args:
        whole: the intent of the whole message, which the fallback has let pass.
        clauses: the intents of its clauses.
        least: the confidence below which the topic of a clause does not count.
    """
    found: dict[str, float] = {}
    for intent in (whole, *clauses):
        name, confidence = (
            intent.get("name") or "",
            float(intent.get("confidence") or 0.0),
        )
        if name.startswith(ASK) and (intent is whole or confidence >= least):
            topic = name[len(ASK) :]
            found[topic] = max(found.get(topic, 0.0), confidence)
    return sorted(found.items(), key=lambda pair: -pair[1])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TopicJoiner(Stateless):
    """Set `topics` on the message, and its intent where a clause is clearer than the whole."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: the least confidence of a topic heard in a clause."""
        return {"threshold": 0.4}

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the clauses back into their message, which comes first."""
        whole, *clauses = messages
        exact = titles().get(plain(whole.get(TEXT) or ""))
        if exact:
            _decide(whole, exact)
            clauses = []
        heard = whole.get(INTENT) or {}
        intents = [clause.get(INTENT) or {} for clause in clauses]
        topics = join(heard, intents, float(self.config["threshold"]))
        if topics and not exact and self._unclear(heard):
            _decide(whole, ASK + topics[0][0], topics[0][1])
        whole.set("topics", [topic for topic, _ in topics], add_to_output=True)
        evidence = [
            {
                "text": clause.get(TEXT),
                "intent": intent.get("name"),
                "confidence": intent.get("confidence"),
            }
            for clause, intent in zip(clauses, intents, strict=True)
        ]
        whole.set("clauses", evidence, add_to_output=True)
        return [whole]

    def _unclear(self, intent: Mapping[str, Any]) -> bool:
        """True if a topic heard in a clause says more than this intent of the whole."""
        name = str(intent.get("name"))
        return name in (
            DEFAULT_NLU_FALLBACK_INTENT_NAME,
            "describe_pain",
            "out_of_scope",
        )


def _decide(message: Message, intent: str, confidence: float = 1.0) -> None:
    """Set the intent of a message, and put it first in the ranking."""
    chosen = {"name": intent, "confidence": confidence}
    others = [row for row in message.get(RANKING) or [] if row.get("name") != intent]
    message.set(INTENT, chosen, add_to_output=True)
    message.set(RANKING, [chosen, *others], add_to_output=True)
