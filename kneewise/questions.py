"""What the assessment still has to ask, and in which words."""

from __future__ import annotations

from kneewise.knowledge import Knowledge, Option, Question
from kneewise.state import SIGN_SLOT, State
from kneewise.triage import Facts

DANGER_SIGNS = "danger_signs"
SCREEN = "screen_"
TAKEN_BACK = "taken_back"
"""Asked when somebody seems to take a danger sign back without saying which."""
COACH = ("coach_", "diary_", "reminder_")
"""How the slots begin that the coach asks for: none of them is a fact about the knee."""
DANGER_PLACES = ("hip_groin",)
"""Places that are a danger sign by themselves."""


def is_coach(slot: str | None) -> bool:
    """True if a question is the coach's."""
    return bool(slot) and str(slot).startswith(COACH)


def danger_signs_of(kb: Knowledge) -> tuple[str, ...]:
    """All signs that saying "none of these" to the checklist denies."""
    return tuple(sign for option in kb.questions[DANGER_SIGNS].options for sign in option.covers)


def is_known(slot: str, facts: Facts, kb: Knowledge) -> bool:
    """True if the question about this slot needs no asking any more."""
    if slot == DANGER_SIGNS:
        return all(sign in facts.signs for sign in danger_signs_of(kb))
    if slot.startswith(SIGN_SLOT):
        return slot[len(SIGN_SLOT) :] in facts.signs
    known = {
        "pain_location": facts.location is not None,
        "pain_triggers": bool(facts.triggers),
        "onset": facts.onset is not None,
        "duration_days": facts.duration_days is not None,
        "severity": facts.severity is not None,
        "age": facts.age is not None or facts.age_group is not None,
    }
    return known[slot]


def next_slot(state: State, kb: Knowledge) -> str | None:
    """The slot to ask next, most important first: unsure signs, then questions.yml in order.

    None when nothing is left to ask.
    """
    settled = set(state.progress.answered) | set(state.progress.skipped)
    unsure = (SIGN_SLOT + sign for sign in state.progress.unsure)
    for slot in (*unsure, *kb.questions):
        if slot not in settled and not is_known(slot, state.facts, kb):
            return slot
    return None


def question_for(slot: str, kb: Knowledge) -> Question:
    """The question that fills a slot: from questions.yml, or made of the sign's own wording."""
    for asked in (kb.questions, kb.before_a_plan, kb.along_the_way):
        if slot in asked:
            return asked[slot]
    yes_no = kb.questions[DANGER_SIGNS]
    options = (
        Option(kb.phrases["answer_yes"]),
        Option(kb.phrases["answer_no"]),
        Option(kb.phrases["answer_unsure"]),
    )
    if slot == TAKEN_BACK:
        ask, why = kb.phrases["taken_back"], yes_no.why
    elif slot.startswith(SCREEN):
        screen = kb.topics[slot[len(SCREEN) :]].screen
        ask = screen.ask if screen else ""
        why = kb.phrases["why_screen"]
    else:
        ask, why = kb.words["sign"][slot[len(SIGN_SLOT) :]].ask, yes_no.why
    return Question(slot, "yes_no", ask, why, kb.phrases["again_yes_no"], options)
