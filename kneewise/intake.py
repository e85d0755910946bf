"""Take a message in: what it states is merged with what was told before. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kneewise.knowledge import Knowledge
from kneewise.questions import Answer, question_for, read_answer
from kneewise.state import SIGN_SLOT, Heard, State
from kneewise.symptoms import Fact
from kneewise.triage import Facts

PLACE_FIRST = ("hip_groin", "shin")
"""Places that win when a message names several, because missing them costs most."""


@dataclass(frozen=True)
class Intake:
    """What a message changed.

    `learned` are the fields of `Facts` or signs that are new, `corrected` those that replaced
    another value, `answered` says whether the open question was settled (None: nothing was open
    or the message was no answer), `denied` that it was a plain no, `bystander` are signs of somebody else, or asked about.
    """

    state: State
    learned: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    answered: bool | None = None
    denied: bool = False
    bystander: tuple[str, ...] = ()


def take_in(heard: Heard, state: State, kb: Knowledge) -> Intake:
    """Merge what a message states, and what it answers, into the state."""
    stated = merge(state.facts, heard)
    unsure = tuple(
        str(f.value) for f in heard.facts if f.kind == "sign" and f.status == "unsure"
    )
    answer = _answer(heard, state, stated, kb)
    facts = answer.facts if answer else stated
    progress = state.progress
    still_unsure = tuple(s for s in (*progress.unsure, *unsure) if s not in facts.signs)
    progress = replace(progress, unsure=tuple(dict.fromkeys(still_unsure)))
    settled = answer is not None and answer.complete
    if settled and state.open_slot:
        progress = replace(
            progress,
            answered=(*progress.answered, state.open_slot),
            last_slot=state.open_slot,
            tries=0,
        )
    learned, corrected = _difference(state.facts, facts)
    return Intake(
        state=replace(
            state,
            facts=facts,
            progress=progress,
            open_slot=None if settled else state.open_slot,
        ),
        learned=learned,
        corrected=corrected,
        answered=None if answer is None else answer.complete,
        denied=answer is not None and answer.denied,
        bystander=_bystander(heard),
    )


def merge(facts: Facts, heard: Heard) -> Facts:
    """The facts with what the message itself states about the runner's own knee, now.

    Past, hypothetical and other people's facts are left out; the latest word on a fact counts.
    """
    present = [fact for fact in heard.facts if fact.status in ("present", "unsure")]
    signs = {
        str(fact.value): fact.status == "present"
        for fact in heard.facts
        if fact.kind == "sign" and fact.status in ("present", "denied")
    }
    # A sign that one clause states and another denies is taken as present.
    signs |= {
        str(f.value): True
        for f in present
        if f.kind == "sign" and f.status == "present"
    }
    singles = {
        kind: values[0]
        for kind in ("side", "onset", "duration_days", "severity", "age")
        if (values := [fact.value for fact in present if fact.kind == kind])
    }
    places = [str(fact.value) for fact in present if fact.kind == "location"]
    if places:
        urgent = [place for place in PLACE_FIRST if place in places]
        singles["location"] = (urgent or places)[0]
    if "age" in singles:
        singles["age_group"] = None
    updates: dict[str, Any] = {**singles, "triggers": _triggers(facts, heard, present)}
    return replace(
        facts,
        **updates,
        signs={**facts.signs, **signs},
        child=facts.child or heard.child,
    )


def _triggers(facts: Facts, heard: Heard, present: list[Fact]) -> tuple[str, ...]:
    """The triggers told so far and now; a correction replaces them, a denial removes."""
    named = [str(fact.value) for fact in present if fact.kind == "trigger"]
    before = () if named and heard.intent == "correct" else facts.triggers
    denied = {
        f.value for f in heard.facts if f.kind == "trigger" and f.status == "denied"
    }
    return tuple(
        dict.fromkeys(t for t in (*before, *named) if t not in denied or t in named)
    )


def _answer(heard: Heard, state: State, stated: Facts, kb: Knowledge) -> Answer | None:
    """What the message says to the open question, or, as a correction, to the one before."""
    slot = state.open_slot
    if slot:
        answer = read_answer(question_for(slot, kb), heard, stated, kb)
        if answer or heard.intent != "correct":
            return answer
    before = state.progress.last_slot
    if heard.intent == "correct" and before and stated == state.facts:
        question = question_for(before, kb)
        answer = read_answer(question, heard, _forget(stated, before), kb)
        return answer and replace(answer, complete=False)
    return None


def _forget(facts: Facts, slot: str) -> Facts:
    """The facts without the answer to one question, so that it can be read again."""
    field_of = {"pain_location": "location", "onset": "onset"}
    return replace(facts, **{field_of[slot]: None}) if slot in field_of else facts


def _difference(before: Facts, after: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields and signs that are new, and those that had another value before."""
    learned, corrected = [], []
    for name in (
        "location",
        "side",
        "onset",
        "duration_days",
        "severity",
        "age",
        "age_group",
    ):
        old, new = getattr(before, name), getattr(after, name)
        if new is not None and new != old:
            (learned if old is None else corrected).append(name)
    if set(after.triggers) - set(before.triggers):
        learned.append("triggers")
    elif set(before.triggers) - set(after.triggers):
        corrected.append("triggers")
    if after.child and not before.child:
        learned.append("child")
    for sign, value in after.signs.items():
        old = before.signs.get(sign)
        if old is None:
            learned.append(SIGN_SLOT + sign)
        elif old != value:
            corrected.append(SIGN_SLOT + sign)
    return tuple(learned), tuple(corrected)


def _bystander(heard: Heard) -> tuple[str, ...]:
    """Signs that are somebody else's, or only asked about: no alarm, but not passed over."""
    return tuple(
        str(fact.value)
        for fact in heard.facts
        if fact.kind == "sign" and fact.status in ("other_person", "hypothetical")
    )
