"""Put the symptom facts of a message into the parse result, and let danger signs win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from kneewise import knowledge
from kneewise.intake import merge
from kneewise.nlu.component import Stateless
from kneewise.nlu.topics import RANKING, SENSE
from kneewise.state import FACT_SLOTS, SIGN_SLOT, Heard
from kneewise.symptoms import Fact
from kneewise.symptoms.extraction import read
from kneewise.symptoms.meaning import Thresholds, join
from kneewise.triage import Facts, rank, triage

DANGER = "report_red_flag"
TELLING = ("sign", "location")
"""Kinds of facts without which there is no red flag that warns."""
_ENTITY_OF = {kind: slot for kind, slot in FACT_SLOTS.items() if kind not in ("triggers", "child")}
_ENTITY_OF["trigger"] = "pain_trigger"


@lru_cache(maxsize=1)
def _weight_of_signs() -> Mapping[str, frozenset[str]]:
    """Which signs make an emergency alone, call for a check alone, or raise no warning at all."""
    kb = knowledge.load()
    signs = kb.words["sign"]
    alone = {sign: triage(Facts(signs={sign: True}), kb).flags for sign in signs}
    ranks = {
        sign: max((rank(f.urgency) for f in flags), default=-1) for sign, flags in alone.items()
    }
    warning = [f for f in kb.red_flags if rank(f.urgency) >= rank("soon")]
    tests = [test for flag in warning for test in flag.when]
    named = {s for test in tests for key in ("signs", "any_signs") for s in test.get(key, ())}
    return {
        "emergencies": frozenset(s for s in signs if ranks[s] >= rank("emergency")),
        "alarms": frozenset(s for s in signs if ranks[s] >= rank("soon")),
        "harmless": frozenset(signs) - named,
    }


def entity(fact: Fact) -> dict[str, Any] | None:
    """A fact as a Rasa entity: polarity in the value, one entity for a span.

    None for what is not the runner's own, now: that must not fill a slot.
    """
    if fact.status not in ("present", "denied") or fact.end <= fact.start:
        return None
    if fact.kind != "sign" and fact.status != "present":
        return None
    sign = fact.kind == "sign"
    return {
        "entity": f"{SIGN_SLOT}{fact.value}" if sign else _ENTITY_OF[fact.kind],
        "value": fact.status == "present" if sign else fact.value,
        "start": fact.start,
        "end": fact.end,
        "confidence_entity": 1.0,
        "extractor": "SymptomFacts",
    }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SymptomFacts(Stateless):
    """Set `facts` (all, with their status), `child`, and the entities that fill slots.

    What the patterns find in the text is joined with what `DangerMeaning` heard in its clauses.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds of the meaning, each of which config.yml may set."""
        return asdict(Thresholds())

    def process(self, messages: list[Message]) -> list[Message]:
        """Read the facts of each message."""
        at = Thresholds(**{f.name: float(self.config[f.name]) for f in fields(Thresholds)})
        for message in messages:
            text = message.get(TEXT) or ""
            found = read(text)
            facts: Sequence[Fact] = found.facts
            if sense := message.get(SENSE):
                facts = join(facts, replace(sense, **_weight_of_signs()), at)
            message.set("facts", [asdict(fact) for fact in facts], add_to_output=True)
            message.set("child", found.about_child, add_to_output=True)
            # One entity for a span: two on the same words cannot be written in a test story.
            spans = {(f.start, f.end): made for f in facts if (made := entity(f))}
            entities = message.get(ENTITIES, []) + list(spans.values())
            message.set(ENTITIES, entities, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SafetyGate(Stateless):
    """Make a message that states a danger sign a `report_red_flag`, whatever else it asks.

    What it asks stays in `topics`. The gate sees one message; signs told in different messages
    are put together by triage, which runs on every turn.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at each message by itself."""
        for message in messages:
            facts = tuple(Fact(**fact) for fact in message.get("facts") or ())
            if not any(fact.kind in TELLING for fact in facts):
                continue
            heard = Heard(
                message.get(TEXT) or "",
                "",
                facts=facts,
                child=bool(message.get("child")),
            )
            flags = triage(merge(Facts(), heard), knowledge.load()).flags
            if flags and rank(flags[0].urgency) >= rank("soon"):
                danger = {"name": DANGER, "confidence": 1.0}
                ranking = [r for r in message.get(RANKING) or [] if r.get("name") != DANGER]
                message.set(INTENT, danger, add_to_output=True)
                message.set(RANKING, [danger, *ranking], add_to_output=True)
        return messages
