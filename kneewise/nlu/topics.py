"""Join what was heard in the clauses of a message: all topics asked, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from kneewise import knowledge
from kneewise.knowledge import plain
from kneewise.nlu.clauses import END, START
from kneewise.nlu.component import Stateless
from kneewise.replies import EXERCISES
from kneewise.state import COACH
from kneewise.symptoms.meaning import Meant, Sense
from kneewise.symptoms.phrasings import PLACES, SIGNS

ASK = "ask_"
RANKING = "intent_ranking"
SENSE = "sense"
SURELY_OUTSIDE = 0.6
"""The confidence from which a message that is not about a knee is believed to be so."""
COACH_BUTTONS: Mapping[str, str] = {
    "button_plan": "make_plan",
    "button_new_plan": "make_plan",
    "button_log": "log_day",
    "button_today": "ask_can_i_run",
    "button_chart": "show_progress",
    "button_summary": "summary_for_doctor",
    "button_export": "export_diary",
    "button_remind": "set_reminder",
    "button_reminders": "list_reminders",
    "button_snooze": "snooze_reminder",
}
"""The intents of the coach's buttons, whose words are in coach.yml."""
SURELY_COACH = 0.6
"""The confidence from which a clause asks something of the coach, in a message that only tells."""
TELLING = (DEFAULT_NLU_FALLBACK_INTENT_NAME, "describe_pain")
"""What a message is as a whole if it only tells something, or says too much at once."""
DIARY = "log_day"
_ASKS = re.compile(
    r"^(?:(?:and|but|so|also|or|then|plus) )*(?:(?:can|could|should|shall|may|must|do|does|did|is"
    r"|are|was|will|would|what|how|when|where|why|which|who|any)\b|whats|hows)",
    re.IGNORECASE,
)
"""A clause that asks."""
_OWN = re.compile(
    r"^(?:(?:and|but|so|now|then|today) )*i\b|\bmine\b"
    r"|\bmy (?:\w+ )?(?:knees?|kneecaps?|legs?|foot|feet|toes|calf|calves|shin|chest|groin|hip)\b",
    re.IGNORECASE,
)
"""The writer, not "my brother" nor "a girl I train with"."""


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
    known |= {plain(kb.coach.says[name].text): intent for name, intent in COACH_BUTTONS.items()}
    asked = {"describe_pain": kb.questions, "make_plan": kb.before_a_plan}
    for intent, questions in asked.items():
        for option in (option for question in questions.values() for option in question.options):
            if not plain(option.label).isdigit():
                known.setdefault(plain(option.label), intent)
    return known


def join(
    whole: Mapping[str, Any], clauses: list[Mapping[str, Any]], least: float
) -> list[tuple[str, float]]:
    """Topic ids with their confidence: that of the whole message, then the surest of its clauses.

    Args:
        whole: the intent of the whole message, which the fallback has let pass.
        clauses: the intents of its clauses.
        least: the confidence below which the topic of a clause does not count; where the whole
            is about something else, or for the coach, a clause must be surer than that.
    """
    elsewhere = whole.get("name") in ("out_of_scope", *COACH)
    least = max(least, _confidence(whole)) if elsewhere else least
    found: dict[str, float] = {}
    for intent in clauses:
        name = intent.get("name") or ""
        if name.startswith(ASK) and _confidence(intent) >= least:
            topic = name[len(ASK) :]
            found[topic] = max(found.get(topic, 0.0), _confidence(intent))
    heard = str(whole.get("name") or "").removeprefix(ASK)
    first = {heard: found.pop(heard, _confidence(whole))} if heard != whole.get("name") else {}
    return [*first.items(), *sorted(found.items(), key=lambda pair: -pair[1])]


def for_coach(clauses: list[Mapping[str, Any]]) -> tuple[str, float] | None:
    """What a clause asks of the coach, with its confidence; the surest one, or none.

    A day told in passing ("ran 5k yesterday and now it hurts") asks nothing.
    """
    asked = [c for c in clauses if c.get("name") in COACH and c.get("name") != DIARY]
    surest = max(asked, key=_confidence, default=None)
    if surest is None or _confidence(surest) < SURELY_COACH:
        return None
    return str(surest["name"]), _confidence(surest)


def _confidence(intent: Mapping[str, Any]) -> float:
    return float(intent.get("confidence") or 0.0)


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
            decide(whole, exact)
            clauses = []
        else:
            whole.set(SENSE, _sense(whole, clauses))
        heard = whole.get(INTENT) or {}
        intents = [clause.get(INTENT) or {} for clause in clauses]
        asking = [clause.get(INTENT) or {} for clause in clauses if _asks(clause)]
        counted = asking if heard.get("name") in COACH else intents
        topics = join(heard, counted, float(self.config["threshold"]))
        if topics and not exact and self._unclear(heard):
            decide(whole, ASK + topics[0][0], topics[0][1])
        elif (wish := for_coach(intents)) and heard.get("name") in TELLING:
            decide(whole, *wish)
        whole.set("topics", [topic for topic, _ in topics], add_to_output=True)
        whole.set("clauses", [_evidence(c) for c in (whole, *clauses)], add_to_output=True)
        return [whole]

    def _unclear(self, intent: Mapping[str, Any]) -> bool:
        """True if a topic heard in a clause says more than this intent of the whole."""
        name = str(intent.get("name"))
        return name in (
            DEFAULT_NLU_FALLBACK_INTENT_NAME,
            "describe_pain",
            "out_of_scope",
        )


def _sense(whole: Message, clauses: list[Message]) -> Sense:
    """What the message means, as a whole and clause by clause."""
    heard = whole.get(INTENT) or {}
    outside = heard.get("name") == "out_of_scope" and _confidence(heard) >= SURELY_OUTSIDE
    return Sense(_meant(whole), tuple(map(_meant, clauses or [whole])), outside=outside)


def _meant(clause: Message) -> Meant:
    """What a clause means, with its place in the message."""
    text = clause.get(TEXT) or ""
    return Meant(
        clause.get(START, 0),
        clause.get(END, len(text)),
        clause.get(SIGNS) or {},
        clause.get(PLACES) or {},
        own=bool(_OWN.search(text)),
    )


def _asks(clause: Message) -> bool:
    """True for a clause in the form of a question, without its mark: it was parted from it."""
    return bool(_ASKS.search(clause.get(TEXT) or ""))


def _evidence(clause: Message) -> dict[str, Any]:
    """What was heard in the whole message or a clause, for those who want to know why."""
    intent = clause.get(INTENT) or {}
    return {
        "text": clause.get(TEXT),
        "start": clause.get(START, 0),
        "end": clause.get(END, len(clause.get(TEXT) or "")),
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        SIGNS: clause.get(SIGNS) or {},
        PLACES: clause.get(PLACES) or {},
    }


def decide(message: Message, intent: str, confidence: float = 1.0) -> None:
    """Set the intent of a message, and put it first in the ranking."""
    chosen = {"name": intent, "confidence": confidence}
    others = [row for row in message.get(RANKING) or [] if row.get("name") != intent]
    message.set(INTENT, chosen, add_to_output=True)
    message.set(RANKING, [chosen, *others], add_to_output=True)
