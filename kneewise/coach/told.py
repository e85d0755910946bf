"""How an answer to one of the coach's questions is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kneewise import knowledge
from kneewise.answers import WORST_PAIN, chosen
from kneewise.coach.cues import Tag, cues
from kneewise.coach.diary import FARTHEST
from kneewise.coach.ladder import MILE
from kneewise.coach.measures import KM, MILES
from kneewise.knowledge import Question, plain
from kneewise.state import Heard
from kneewise.symptoms import bare_number
from kneewise.symptoms.wording import plain_words

NUMBERS, PAINLESS = ("score", "pain_number", "bare"), ("no_pain", "fine")
LENGTHS, NO_RUN = ("distance", "named"), ("no_run", "rest")
"""Kinds of what is found in a diary line (`kneewise.coach.cues`)."""


@dataclass(frozen=True)
class Told:
    """What an answer says; `unit` is the one in which a distance was told, if it was."""

    value: Any
    unit: str | None = None


def told(question: Question, heard: Heard, unit: str | None) -> Told | None:
    """Read an answer; None if the message is none. `unit` is the one that bare numbers have."""
    read = _READERS.get(question.reads)
    # Another question is not an answer, whatever number stands in it.
    return None if read is None or "?" in heard.text else read(question, heard, unit)


def _tags(text: str) -> tuple[Tag, ...]:
    book = cues()
    return book.find(plain_words(text, book.spelling).plain)


def _pain(_question: Question, heard: Heard, _unit: str | None) -> Told | None:
    """A number from 0 to 10; "no pain" and "fine" are 0. Of several, the worst."""
    tags = _tags(heard.text)
    numbers = [tag.value for tag in tags if tag.kind in NUMBERS and tag.value is not None]
    if not numbers and (_says_none(heard) or any(tag.kind in PAINLESS for tag in tags)):
        numbers = [0.0]
    if not numbers and (bare := bare_number(heard.text)) is not None:
        numbers = [bare]
    # A distance among the numbers is no pain.
    apart = any(tag.kind in LENGTHS for tag in tags)
    worst = max(numbers, default=None)
    return Told(worst) if worst is not None and 0 <= worst <= WORST_PAIN and not apart else None


def _distance(_question: Question, heard: Heard, unit: str | None) -> Told | None:
    """A distance in km; a number without a unit is in the one used so far, 0 needs none."""
    tags = _tags(heard.text)
    lengths = [tag for tag in tags if tag.kind in LENGTHS and tag.value is not None]
    if lengths:
        named = MILES if lengths[-1].unit in cues().imperial else KM
        km = float(lengths[-1].value or 0)
        return Told(km, named if lengths[-1].unit else unit) if km <= FARTHEST else None
    number = bare_number(heard.text)
    if number is None:
        return Told(0.0, unit) if any(tag.kind in NO_RUN for tag in tags) else None
    km = number * (MILE if unit == MILES else 1.0)
    return Told(km, unit) if 0 <= km <= FARTHEST else None


def _one(question: Question, heard: Heard, _unit: str | None) -> Told | None:
    options = chosen(question, heard.text, denies=False)
    return Told(str(options[0].value)) if options else None


def _several(question: Question, heard: Heard, _unit: str | None) -> Told | None:
    options = chosen(question, heard.text, denies=heard.intent == "deny")
    if options:
        return Told([str(option.value) for option in options])
    return Told([]) if heard.intent == "deny" or _says_none(heard) else None


def _says_none(heard: Heard) -> bool:
    """True if the whole message says that there is none of it."""
    return plain(heard.text) in knowledge.load().coach.reading["nothing"]


_READERS: Mapping[str, Callable[[Question, Heard, str | None], Told | None]] = {
    "pain": _pain,
    "distance": _distance,
    "one": _one,
    "several": _several,
}
