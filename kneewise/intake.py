"""Take a message in: what it states is merged with what was told before. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kneewise.answers import PLACE_FIRST, Answer, read_answer
from kneewise.knowledge import Knowledge
from kneewise.questions import is_coach, question_for
from kneewise.state import SIGN_SLOT, Heard, State
from kneewise.symptoms import Fact, extract
from kneewise.triage import Facts

WEAK = ("side", "trigger")
CHAT = ("greet", "goodbye", "thank", "help", "bot_challenge", "feedback", "tell_more")
SINGLE_VALUED = (
    "location",
    "side",
    "onset",
    "duration_days",
    "severity",
    "age",
    "age_group",
)


@dataclass(frozen=True)
class Intake:
    """What a message changed.

    `learned` are the fields of `Facts` or signs that are new, `corrected` those that replaced
    another value, `answered` says whether the open question was settled (None: nothing was open
    or the message was no answer), `denied` that it was a plain no, `bystander` are signs of
    somebody else, or only asked about, `doubts` signs that may be there.
    """

    state: State
    learned: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    answered: bool | None = None
    denied: bool = False
    bystander: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def take_in(heard: Heard, state: State, kb: Knowledge) -> Intake:
    """Merge what a message states, and what it answers, into the state."""
    heard = _without_another_place(heard, state)
    # "Stairs and squats" answers what brings it on, though it may look like a topic.
    own = replace(heard, topics=()) if state.open_slot == "pain_triggers" else heard
    stated = merge(state.facts, own)
    unsure = tuple(str(f.value) for f in heard.facts if f.kind == "sign" and f.status == "unsure")
    # What cannot be read answers nothing: a "no" of another language may mean something else.
    foreign = heard.language or is_coach(state.open_slot)
    answer = None if foreign else _answer(heard, state, stated, kb)
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
        bystander=tuple(sign for sign in _bystander(heard) if not facts.has(sign)),
        doubts=tuple(sign for sign in unsure if sign not in facts.signs),
    )


def _without_another_place(heard: Heard, state: State) -> Heard:
    """The message without a place that it only seems to mean while something else is asked.

    "Little by little over several runs" says how it began; the place that was told stays, unless
    another one is named or a correction is meant. One that costs much to miss counts always.
    """
    known = {state.facts.location, *state.facts.other_places} - {None}
    meant = {str(f.value) for f in heard.facts if f.kind == "location" and f.status == "present"}
    asked = state.open_slot not in (None, "pain_location") and heard.intent != "correct"
    if not (asked and known) or meant <= known:
        return heard
    named = {str(f.value) for f in extract(heard.text) if f.kind == "location"}
    counts = {*known, *named, *PLACE_FIRST}
    kept = (f for f in heard.facts if f.kind != "location" or str(f.value) in counts)
    return replace(heard, facts=tuple(kept))


def merge(facts: Facts, heard: Heard) -> Facts:
    """The facts with what the message itself states about the runner's own knee, now.

    Past, hypothetical and other people's facts are left out; the latest word on a fact counts.
    A parent who says "he" or "she" goes on about the child.
    """
    there = ("present", "other_person") if facts.child or heard.child else ("present",)
    present = [fact for fact in heard.facts if fact.status in (*there, "unsure")]
    if _only_an_aside(heard, present):
        present = []
    signs = {
        str(fact.value): fact.status == "present"
        for fact in heard.facts
        if fact.kind == "sign" and fact.status in ("present", "denied")
    }
    # A sign that one clause states and another denies is taken as present.
    signs |= {str(f.value): True for f in present if f.kind == "sign" and f.status in there}
    singles: dict[str, Any] = {
        kind: values[0]
        for kind in ("side", "onset", "duration_days", "severity", "age")
        if (values := [fact.value for fact in present if fact.kind == kind])
    }
    places = [str(fact.value) for fact in present if fact.kind == "location"]
    if places and not _are_among_those_picked(places, facts, heard):
        urgent = [place for place in PLACE_FIRST if place in places]
        singles["location"] = (urgent or places)[0]
        singles["other_places"] = ()
    updates: dict[str, Any] = {**singles, "triggers": _triggers(facts, heard, present)}
    return replace(
        facts,
        **updates,
        signs={**facts.signs, **signs},
        age_group=None if "age" in singles else facts.age_group,
        child=facts.child or heard.child,
    )


def _are_among_those_picked(places: list[str], facts: Facts, heard: Heard) -> bool:
    """True if a message only names again some of several places that were picked.

    "It hurts at the front on stairs" does not take the hip back; "only at the front" does.
    """
    picked = {facts.location, *facts.other_places}
    return bool(facts.other_places) and picked.issuperset(places) and heard.intent != "correct"


def _only_an_aside(heard: Heard, present: list[Fact]) -> bool:
    """True if a question or small talk names but a side or an activity.

    "How is the squat done" does not say that squatting hurts, nor "right, bye" which knee; "not
    the stairs, squatting" does.
    """
    aside = heard.topics or heard.intent in CHAT
    denies = any(fact.status == "denied" for fact in heard.facts)
    return bool(aside) and not denies and all(fact.kind in WEAK for fact in present)


def _triggers(facts: Facts, heard: Heard, present: list[Fact]) -> tuple[str, ...]:
    """The triggers told so far and now; a correction replaces them, a denial removes."""
    named = [str(fact.value) for fact in present if fact.kind == "trigger"]
    before = () if named and heard.intent == "correct" else facts.triggers
    denied = {f.value for f in heard.facts if f.kind == "trigger" and f.status == "denied"}
    return tuple(dict.fromkeys(t for t in (*before, *named) if t not in denied or t in named))


def _answer(heard: Heard, state: State, stated: Facts, kb: Knowledge) -> Answer | None:
    """What the message says to the open question; a correction goes to the one before."""
    before = state.progress.last_slot
    if heard.intent == "correct" and before and stated == state.facts:
        question = question_for(before, kb)
        answer = read_answer(question, heard, _forget(stated, before), kb)
        if answer:
            return replace(answer, complete=False)
    slot = state.open_slot
    return read_answer(question_for(slot, kb), heard, stated, kb) if slot else None


def _forget(facts: Facts, slot: str) -> Facts:
    """The facts without the answer to one question, so that it can be read again."""
    if slot == "pain_location":
        return replace(facts, location=None)
    return replace(facts, onset=None) if slot == "onset" else facts


def _difference(before: Facts, after: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields and signs that are new, and those that had another value before."""
    old, new = _by_name(before), _by_name(after)
    learned = [name for name, value in new.items() if value is not None and old.get(name) is None]
    corrected = [
        name
        for name, value in new.items()
        if value is not None and old.get(name) is not None and value != old[name]
    ]
    if set(after.triggers) - set(before.triggers):
        learned.append("triggers")
    elif set(before.triggers) - set(after.triggers):
        corrected.append("triggers")
    fewer = set(before.other_places) - {after.location, *after.other_places}
    if fewer and "location" not in corrected:
        corrected.append("location")
    return tuple(learned), tuple(corrected)


def _by_name(facts: Facts) -> dict[str, Any]:
    """The facts that have one value, by name; signs as `has_<sign>`."""
    fields: dict[str, Any] = {name: getattr(facts, name) for name in SINGLE_VALUED}
    fields["other_places"] = facts.other_places or None
    signs = {SIGN_SLOT + sign: value for sign, value in facts.signs.items()}
    return fields | {"child": facts.child or None} | signs


def _bystander(heard: Heard) -> tuple[str, ...]:
    """Signs that are somebody else's, or only asked about: no alarm, but not passed over."""
    return tuple(
        str(fact.value)
        for fact in heard.facts
        if fact.kind == "sign" and fact.status in ("other_person", "hypothetical")
    )
