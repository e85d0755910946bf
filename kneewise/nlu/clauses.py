"""Split a message into clauses, so that each of several questions is heard."""

from __future__ import annotations

import re

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from kneewise.nlu.component import Stateless

MAX_CLAUSES = 8
LEAST_WORDS = 2

_BREAK = re.compile(
    r"[.!?;\n]+\s*"
    r"|\s+or\s+(?=to\b)"
    r"|,\s+(?=(?:and|but|or|also|plus|so|can|could|should|do|does|is|are|will|would|what|how|when"
    r"|why|which|who|any)\b)"
    r"|\s+(?:and|but|also|plus|or)\s+(?=(?:also|can|could|should|do|does|is|are|will|would|what|how"
    r"|when|why|which|who|any|shall|may|must)\b)"
    r"|,\s+",
    re.IGNORECASE,
)
_ASKING = re.compile(r"(?<=\S)\s+(?:can|should|could) i\b", re.IGNORECASE)
_QUESTION_WORD = re.compile(r"\b(?:how|what|when|why|which|where|who|if|whether)\b", re.IGNORECASE)
_SHARED_ASK = re.compile(
    r"^(?P<lead>(?:and |so |but |also )?"
    r"(?:can|could|should|do|may|shall|must|is it ok to|ok to) ?i?)\b"
    r"(?P<first>.+?)\s+(?:and|or)\s+(?P<second>(?!i\b).+)$",
    re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The clauses of a message, in order; empty if there is but one.

    "hurts on stairs, can i run and should i ice it" gives three. A question for two things at
    once ("should i ice and stretch it") gives one clause for each, with the asking words kept.
    """
    parts = [piece for part in _BREAK.split(text) if part for piece in _before_asking(part)]
    clauses: list[str] = []
    for part in parts:
        shared = _SHARED_ASK.match(part)
        if shared:
            clauses += [
                shared["lead"] + shared["first"],
                f"{shared['lead']} {shared['second']}",
            ]
        else:
            clauses.append(part)
    clauses = [clause for clause in clauses if len(clause.split()) >= LEAST_WORDS]
    return clauses[:MAX_CLAUSES] if clauses != [text.strip()] else []


def _before_asking(part: str) -> list[str]:
    """A part cut before "can I", unless a question word leads up to it ("how long should I")."""
    part = part.strip(" ,")
    asking = _ASKING.search(part)
    if not asking or _QUESTION_WORD.search(part[: asking.start()]):
        return [part]
    return [part[: asking.start()].strip(" ,"), part[asking.start() :].strip()]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseSplitter(Stateless):
    """Add each clause as a message of its own, after the whole one.

    The components after it treat clauses like messages; `TopicJoiner` puts them together again.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """The whole message first, then its clauses."""
        return messages + [
            Message(data={TEXT: clause})
            for message in messages
            for clause in split(message.get(TEXT) or "")
        ]
