"""What the assessment still has to ask, and how an answer to the open question is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kneewise.knowledge import Knowledge, Option, Question
from kneewise.state import SIGN_SLOT, Heard, State
from kneewise.symptoms import age_years, bare_number, duration_days
from kneewise.triage import Facts

DANGER_SIGNS = "danger_signs"
SCREEN = "screen_"
YES_NO = ("affirm", "deny")


@dataclass(frozen=True)
class Answer:
    """What an answer to the open question changed.

    `complete` is False when more has to be asked of the same question ("yes" to a checklist);
    `denied` is True for a plain no.
    """

    facts: Facts
    complete: bool = True
    denied: bool = False


def danger_signs_of(kb: Knowledge) -> tuple[str, ...]:
    """All signs that saying "none of these" to the checklist denies."""
    return tuple(
        sign for option in kb.questions[DANGER_SIGNS].options for sign in option.covers
    )


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
    if slot in kb.questions:
        return kb.questions[slot]
    yes_no = kb.questions[DANGER_SIGNS]
    options = (
        Option(kb.phrases["answer_yes"]),
        Option(kb.phrases["answer_no"]),
        Option(kb.phrases["answer_unsure"]),
    )
    if slot.startswith(SCREEN):
        screen = kb.topics[slot[len(SCREEN) :]].screen
        ask = screen.ask if screen else ""
        why = kb.phrases["why_screen"]
    else:
        ask, why = kb.words["sign"][slot[len(SIGN_SLOT) :]].ask, yes_no.why
    return Question(slot, "yes_no", ask, why, kb.phrases["again_yes_no"], options)


def read_answer(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    """Read a message as an answer to the open question; None if it is not one.

    `facts` already hold what the message states by itself ("it hurts on the outside"); this adds
    what only the question makes clear ("7", "the second", "none of these").
    """
    reader = _READERS.get(question.reads, _read_option)
    return reader(question, heard, facts, kb)


def _normal(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def chosen(question: Question, text: str) -> tuple[Option, ...]:
    """The options named in a message: by label, by several labels, or by number ("1 and 3")."""
    numbers = re.fullmatch(r"\W*(\d{1,2})(?:(?:\W|and)+(\d{1,2}))*\W*", text.lower())
    if numbers and question.reads not in ("severity", "age"):
        places = [int(n) for n in re.findall(r"\d{1,2}", text)]
        if all(1 <= place <= len(question.options) for place in places):
            return tuple(question.options[place - 1] for place in places)
        return ()
    said = f" {_normal(text)} "
    exact = tuple(o for o in question.options if f" {_normal(o.label)} " == said)
    # Several labels may come in one message (a ticked checklist); a label of one word must stand
    # alone, or "running" would be read out of "I was running when it swelled".
    several = (o for o in question.options if " " in _normal(o.label))
    return exact or tuple(o for o in several if f" {_normal(o.label)} " in said)


def _read_option(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    if is_known(question.slot, facts, kb):
        return Answer(facts)
    options = chosen(question, heard.text)
    if not options:
        return None
    if question.reads == "triggers":
        return Answer(replace(facts, triggers=tuple(str(o.value) for o in options)))
    return Answer(replace(facts, **{question.reads: options[0].value}))


def _read_severity(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    number = bare_number(heard.text)
    if number is not None and 0 <= number <= 10:
        return Answer(replace(facts, severity=number))
    return Answer(facts) if any(f.kind == "severity" for f in heard.facts) else None


def _read_age(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    options = chosen(question, heard.text)
    if options:
        return Answer(replace(facts, age_group=str(options[0].value), age=None))
    if any(f.kind == "age" for f in heard.facts):
        return Answer(facts)
    years = age_years(heard.text)
    years = bare_number(heard.text) if years is None else years
    return Answer(replace(facts, age=years)) if years and 3 <= years <= 110 else None


def _read_duration(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    options = chosen(question, heard.text)
    if options:
        return Answer(replace(facts, duration_days=float(options[0].value)))
    if any(f.kind == "duration_days" for f in heard.facts):
        return Answer(facts)
    days = duration_days(heard.text)
    return None if days is None else Answer(replace(facts, duration_days=days))


def _read_signs(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    picked = {o.sign for o in chosen(question, heard.text) if o.sign}
    stated = {
        f.value for f in heard.facts if f.kind == "sign" and f.status == "present"
    }
    signs = {**facts.signs, **{sign: True for sign in picked}}
    if picked or stated & set(danger_signs_of(kb)):
        return Answer(replace(facts, signs=signs), complete=False)
    if heard.intent == "deny":
        denied = {sign: False for sign in danger_signs_of(kb) if sign not in signs}
        return Answer(replace(facts, signs={**signs, **denied}))
    if is_known(question.slot, facts, kb):
        return Answer(facts)
    return Answer(facts, complete=False) if heard.intent == "affirm" else None


def _read_yes_no(
    question: Question, heard: Heard, facts: Facts, kb: Knowledge
) -> Answer | None:
    if question.slot.startswith(SCREEN):
        # Not knowing, or not wanting to say, counts as a yes: then it is a pharmacist's question.
        screen = kb.topics[question.slot[len(SCREEN) :]].screen
        risky = any(facts.has(sign) for sign in screen.signs) if screen else False
        known = risky or heard.intent in (*YES_NO, "dont_know", "skip")
        return Answer(facts, denied=heard.intent == "deny" and not risky) if known else None
    sign = question.slot[len(SIGN_SLOT) :]
    if sign in {f.value for f in heard.facts if f.status in ("present", "denied")}:
        return Answer(facts)
    if heard.intent not in (*YES_NO, "dont_know"):
        return None
    # In doubt a danger sign counts as present: the evidence base, section 7.3, rule 2.
    present = heard.intent != "deny"
    return Answer(replace(facts, signs={**facts.signs, sign: present}))


_READERS = {
    "signs": _read_signs,
    "severity": _read_severity,
    "age": _read_age,
    "duration_days": _read_duration,
    "yes_no": _read_yes_no,
}
