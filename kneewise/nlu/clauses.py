"""Split a message into clauses, so that each question and each statement in it is heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span

from kneewise.nlu.component import Stateless

MAX_CLAUSES = 16
LEAST_WORDS = 2
START, END = "clause_start", "clause_end"

_JOINTS = ["and", "but", "also", "plus", "so", "n", "nd", "&", "then"]
_ASKING = [
    "also", "can", "could", "should", "shud", "shld", "do", "does", "is", "are", "will", "would",
    "wud", "what", "wat", "how", "when", "why", "which", "who", "any", "shall", "may", "must",
]  # fmt: skip
_SUBJECTS = [
    "i", "it", "its", "my", "the", "he", "she", "they", "we", "there", "this", "that", "now",
    "mine",
]  # fmt: skip
_TURNS = ["but", "however", "though", "tho", "although", "except", "whereas", "yet"]
_MODALS = ["can", "should", "could", "shud", "cud", "shall"]
_QUESTION_WORDS = ["how", "what", "when", "why", "which", "where", "who", "if", "whether"]
_NEGATIONS = ["no", "not", "n't", "nt", "never", "neither", "without", "nor", "none", "nothing"]
_RULES: dict[str, list[list[dict[str, Any]]]] = {
    # The first token goes, and parts what is before it from what is after it.
    "at": [
        [{"TEXT": {"REGEX": r"^(?:[.!?;,:()…]+|[-–—]+|\s*\n\s*)$"}}],
        [{"LOWER": {"IN": _JOINTS}}, {"LOWER": {"IN": _ASKING}}],
        [{"LOWER": {"IN": ["and", "n", "nd", "&", "then", "so"]}}, {"LOWER": {"IN": _SUBJECTS}}],
        [{"LOWER": {"IN": _TURNS}}],
    ],
    # The same, but not after a "no", which goes on ("never locks or gives way"), and not in a
    # question for two things, which keeps its asking words ("should I ice or stretch it").
    "or": [[{"LOWER": "or"}]],
    # The first token starts a clause, unless a question word leads up to it ("how long should I").
    "before": [[{"LOWER": {"IN": _MODALS}}, {"LOWER": {"IN": ["i", "we"]}}]],
}
_SHARED_ASK = re.compile(
    r"^(?P<lead>(?:and |so |but |also )?"
    r"(?:can|could|should|do|may|shall|must|is it ok to|ok to) ?i?)\b"
    r"(?P<first>.+?)\s+(?:and|or)\s+(?P<second>(?!i\b).+)$",
    re.IGNORECASE,
)


class Clause(NamedTuple):
    """A clause as it is understood, and the stretch of the message that it comes from."""

    text: str
    start: int
    end: int


def split(doc: Doc) -> list[Clause]:
    """The clauses of a message, in order; empty if there is but one.

    "hurts on stairs, can i run and should i ice it" gives three. A question for two things at
    once ("should i ice and stretch it") gives one clause for each, with the asking words kept.
    """
    clauses = [clause for span in _spans(doc) for clause in _shared(span)]
    clauses = [clause for clause in clauses if len(clause.text.split()) >= LEAST_WORDS]
    whole = doc.text.strip(" .,!?;:\n")
    return clauses[:MAX_CLAUSES] if [clause.text for clause in clauses] != [whole] else []


def _spans(doc: Doc) -> Iterator[Span]:
    """The stretches between the breaks."""
    matcher = _matcher(doc.vocab)
    found = sorted((start, doc.vocab.strings[rule]) for rule, start, _ in matcher(doc))
    begin = 0
    for start, rule in found:
        if start < begin or _is_hyphen(doc, start) or not _breaks(rule, doc[begin:start]):
            continue
        if start > begin:
            yield doc[begin:start]
        begin = start + (rule != "before")
    if begin < len(doc):
        yield doc[begin:]


def _is_hyphen(doc: Doc, place: int) -> bool:
    """True for a dash inside a word ("x-ray", "5-6 weeks"): no white space beside it."""
    dash = bool(doc[place].text.strip("-–—") == "")
    return dash and place > 0 and not (doc[place - 1].whitespace_ or doc[place].whitespace_)


def _breaks(rule: str, before: Span) -> bool:
    """True if a rule breaks what has been read since the last break."""
    words = [token.lower_ for token in before]
    if rule == "before":
        return bool(words) and not any(word in _QUESTION_WORDS for word in words)
    if rule == "or":
        asks_twice = _SHARED_ASK.match(f"{before.text} or more")
        return not asks_twice and not any(word in _NEGATIONS for word in words)
    return True


def _shared(span: Span) -> Iterator[Clause]:
    """The clause of a stretch, or two where one verb asks for two things."""
    text, start, end = span.text.strip(), span.start_char, span.end_char
    shared = _SHARED_ASK.match(text)
    if shared:
        yield Clause(shared["lead"] + shared["first"], start, end)
        yield Clause(f"{shared['lead'].strip()} {shared['second']}", start, end)
    elif text:
        yield Clause(text, start, end)


@lru_cache(maxsize=4)
def _matcher(vocab: Any) -> Matcher:
    matcher = Matcher(vocab)
    for rule, patterns in _RULES.items():
        matcher.add(rule, patterns)
    return matcher


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClauseSplitter(Stateless):
    """Add each clause as a message of its own, after the whole one.

    The components after it treat clauses like messages; `TopicJoiner` puts them together again.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """The Doc of the message."""
        return [SpacyNLP]

    def process(self, messages: list[Message]) -> list[Message]:
        """The whole message first, then its clauses."""
        return messages + [
            Message(data={TEXT: clause.text, START: clause.start, END: clause.end})
            for message in messages
            if (doc := message.get(SPACY_DOCS[TEXT])) is not None
            for clause in split(doc)
        ]
