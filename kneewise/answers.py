"""How an answer to the open question is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kneewise.knowledge import Knowledge, Option, Question, plain
from kneewise.questions import (
    DANGER_PLACES,
    SCREEN,
    TAKEN_BACK,
    danger_signs_of,
    is_known,
)
from kneewise.state import SIGN_SLOT, Heard
from kneewise.symptoms import age_years, bare_number, duration_days
from kneewise.triage import Facts

YES_NO = ("affirm", "deny")
PLACE_FIRST = ("hip_groin", "shin")
"""Places that win when a message names several, because missing them costs most."""
NUMBERS = ("severity", "age", "duration_days")
"""Kinds of facts that are numbers."""
WORST_PAIN = 10
SHORT = 6
"""Words up to which "the first" means a place in the list."""
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
AGES = (3, 110)
"""Ages in years that are believed."""


@dataclass(frozen=True)
class Answer:
    """What an answer to the open question changed.

    `complete` is False when more has to be asked of the same question ("yes" to a checklist);
    `denied` is True for a plain no.
    """

    facts: Facts
    complete: bool = True
    denied: bool = False


@dataclass(frozen=True)
class _Asked:
    """A question, the message that may answer it, and the facts with what that message states."""

    question: Question
    heard: Heard
    facts: Facts
    kb: Knowledge

    @property
    def options(self) -> tuple[Option, ...]:
        return chosen(self.question, self.heard.text, denies=self.heard.intent == "deny")

    def states(self, kind: str) -> bool:
        return any(fact.kind == kind for fact in self.heard.facts)

    def places(self, status: str) -> list[str]:
        """The places that the message itself states in this way: present, denied, ..."""
        found = (f for f in self.heard.facts if f.kind == "location" and f.status == status)
        return [str(fact.value) for fact in found]


def read_answer(question: Question, heard: Heard, facts: Facts, kb: Knowledge) -> Answer | None:
    """Read a message as an answer to the open question; None if it is not one.

    `facts` already hold what the message states by itself ("it hurts on the outside"); this adds
    what only the question makes clear ("7", "the second", "none of these").
    """
    return _READERS[question.reads](_Asked(question, heard, facts, kb))


def chosen(question: Question, text: str, *, denies: bool = False) -> tuple[Option, ...]:
    """The options named in a message: by one label, by several, or by number in the checklist.

    Only the checklist is shown with numbers; elsewhere a number is a number. In a message that
    `denies`, a label within a longer sentence picks nothing: "that it gives way is not true".
    """
    if question.reads == "signs" and (places := _places(text)):
        inside = all(1 <= place <= len(question.options) for place in places)
        return tuple(question.options[place - 1] for place in places) if inside else ()
    said = f" {plain(text)} "
    # What was ticked comes as sentences: "Running. Stairs." A label of one word must be a sentence
    # of its own, or "running" would be read out of "I was running when it swelled".
    sentences = {plain(sentence) for sentence in re.split(r"[.;\n]", text)}
    ticked = tuple(o for o in question.options if plain(o.label) in sentences | {said.strip()})
    several = (o for o in question.options if " " in plain(o.label))
    within = tuple(o for o in several if f" {plain(o.label)} " in said)
    return ticked or (() if denies else within)


def _places(text: str) -> list[int]:
    """The places in a numbered list that a message is made of: "1 and 3", "yes, the first one"."""
    if re.fullmatch(r"\W*\d{1,2}(?:(?:\W|and)+\d{1,2})*\W*", text.lower()):
        return [int(number) for number in re.findall(r"\d{1,2}", text)]
    words = plain(text).split()
    named = [ORDINALS.index(word) + 1 for word in words if word in ORDINALS]
    return named if len(words) <= SHORT else []


def _read_onset(asked: _Asked) -> Answer | None:
    if asked.facts.onset is not None:
        return Answer(asked.facts)
    if not asked.options:
        return None
    return Answer(replace(asked.facts, onset=str(asked.options[0].value)))


def _read_triggers(asked: _Asked) -> Answer | None:
    """What was ticked, and what the words name besides."""
    values = tuple(str(option.value) for option in asked.options)
    triggers = tuple(dict.fromkeys((*values, *asked.facts.triggers)))
    return Answer(replace(asked.facts, triggers=triggers)) if triggers else None


def _read_location(asked: _Asked) -> Answer | None:
    """The place that was picked; of several the one that costs most to miss is the main one."""
    denied, present = asked.places("denied"), asked.places("present")
    picked = [str(o.value) for o in asked.options if str(o.value) not in denied]
    stated = [place for place in present if place in PLACE_FIRST]
    places = list(dict.fromkeys((*picked, *stated))) if picked else []
    if not places:
        return Answer(asked.facts) if asked.facts.location is not None else None
    main = next((place for place in PLACE_FIRST if place in places), places[0])
    others = tuple(place for place in places if place != main)
    return Answer(replace(asked.facts, location=main, other_places=others))


def _number(heard: Heard) -> float | None:
    """The number a message gives as an answer; in a correction it may stand among other words.

    A number that the message itself says is something else ("6 out of 10") is no answer.
    """
    if any(fact.kind in NUMBERS for fact in heard.facts):
        return None
    named = re.findall(r"\d+", heard.text) if heard.intent == "correct" else []
    return float(named[0]) if len(named) == 1 else bare_number(heard.text)


def _read_severity(asked: _Asked) -> Answer | None:
    number = _number(asked.heard)
    if asked.states("severity"):
        return Answer(asked.facts)
    if number is None or not 0 <= number <= WORST_PAIN:
        return None
    return Answer(replace(asked.facts, severity=number))


def _read_age(asked: _Asked) -> Answer | None:
    if asked.options:
        group = str(asked.options[0].value)
        return Answer(replace(asked.facts, age_group=group, age=None))
    if asked.states("age"):
        return Answer(asked.facts)
    years = _number(asked.heard)
    if years is None and not any(asked.states(kind) for kind in NUMBERS):
        years = age_years(asked.heard.text)
    if years is None or not AGES[0] <= years <= AGES[1]:
        return None
    return Answer(replace(asked.facts, age=years, age_group=None))


def _read_duration(asked: _Asked) -> Answer | None:
    if asked.options:
        return Answer(replace(asked.facts, duration_days=float(asked.options[0].value)))
    if asked.states("duration_days"):
        return Answer(asked.facts)
    days = None if asked.states("age") else duration_days(asked.heard.text)
    return None if days is None else Answer(replace(asked.facts, duration_days=days))


def _read_signs(asked: _Asked) -> Answer | None:
    """Read an answer to the checklist: signs that are there, none of all, or some denied.

    "No swelling" answers for the swelling; only a plain no answers for the whole list.
    """
    listed = danger_signs_of(asked.kb)
    picked = {option.sign: True for option in asked.options if option.sign}
    facts = replace(asked.facts, signs={**asked.facts.signs, **picked})
    stated = {
        f.value: f.status for f in asked.heard.facts if f.kind == "sign" and f.value in listed
    }
    if picked or stated:
        return Answer(facts, complete=is_known(asked.question.slot, facts, asked.kb))
    if asked.heard.intent == "deny":
        signs = dict.fromkeys(listed, False) | dict(facts.signs)
        return Answer(replace(facts, signs=signs))
    return Answer(facts, complete=False) if asked.heard.intent == "affirm" else None


def _read_yes_no(asked: _Asked) -> Answer | None:
    if asked.question.slot.startswith(SCREEN):
        return _read_screen(asked)
    if asked.question.slot == TAKEN_BACK:
        return _read_taken_back(asked)
    sign = asked.question.slot[len(SIGN_SLOT) :]
    if sign in {f.value for f in asked.heard.facts if f.status in ("present", "denied")}:
        return Answer(asked.facts)
    if asked.heard.intent not in (*YES_NO, "dont_know"):
        return None
    # In doubt a danger sign counts as present: the evidence base, section 7.3, rule 2.
    present = asked.heard.intent != "deny"
    return Answer(replace(asked.facts, signs={**asked.facts.signs, sign: present}))


def _read_taken_back(asked: _Asked) -> Answer | None:
    """Yes: none of the danger signs was true, so all are as if never told."""
    if asked.heard.intent != "affirm":
        return Answer(asked.facts, denied=True) if asked.heard.intent == "deny" else None
    signs = {sign: value for sign, value in asked.facts.signs.items() if not value}
    told = (asked.facts.location, *asked.facts.other_places)
    left = tuple(place for place in told if place and place not in DANGER_PLACES)
    place = left[0] if left else None
    return Answer(replace(asked.facts, signs=signs, location=place, other_places=left[1:]))


def _read_screen(asked: _Asked) -> Answer | None:
    """Only a plain no, of someone who told of no risk, passes a screening question.

    Not knowing, or not wanting to say, counts as a yes: then it is a pharmacist's question.
    """
    screen = asked.kb.topics[asked.question.slot[len(SCREEN) :]].screen
    risky = screen is not None and any(asked.facts.has(sign) for sign in screen.signs)
    if not risky and asked.heard.intent not in (*YES_NO, "dont_know", "skip"):
        return None
    return Answer(asked.facts, denied=asked.heard.intent == "deny" and not risky)


_READERS: Mapping[str, Callable[[_Asked], Answer | None]] = {
    "signs": _read_signs,
    "location": _read_location,
    "onset": _read_onset,
    "triggers": _read_triggers,
    "severity": _read_severity,
    "age": _read_age,
    "duration_days": _read_duration,
    "yes_no": _read_yes_no,
}
