"""How an answer to one of the coach's questions is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kneewise.answers import WORST_PAIN, chosen
from kneewise.coach import measures, reading
from kneewise.knowledge import Question, plain
from kneewise.state import Heard
from kneewise.symptoms import bare_number

NONE = ("no", "none", "none of these", "nothing", "not any")


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


def _pain(_question: Question, heard: Heard, _unit: str | None) -> Told | None:
    pain = reading.read_pain(heard.text)
    number = bare_number(heard.text) if pain is None else pain
    if number is None or not 0 <= number <= WORST_PAIN:
        return None
    return Told(number)


def _distance(_question: Question, heard: Heard, unit: str | None) -> Told | None:
    found = reading.read_distance(heard.text, unit or measures.KM)
    return Told(*found) if found else None


def _one(question: Question, heard: Heard, _unit: str | None) -> Told | None:
    options = chosen(question, heard.text, denies=False)
    return Told(str(options[0].value)) if options else None


def _several(question: Question, heard: Heard, _unit: str | None) -> Told | None:
    options = chosen(question, heard.text, denies=heard.intent == "deny")
    if options:
        return Told([str(option.value) for option in options])
    none = heard.intent == "deny" or plain(heard.text) in NONE
    return Told([]) if none else None


_READERS: Mapping[str, Callable[[Question, Heard, str | None], Told | None]] = {
    "pain": _pain,
    "distance": _distance,
    "one": _one,
    "several": _several,
}
