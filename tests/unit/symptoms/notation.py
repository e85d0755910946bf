"""The short notation of the case files: "at:front -swelling days:21 child"."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml

from kneewise.symptoms import about_child, extract
from kneewise.symptoms.lexicon import lexicon

HERE = Path(__file__).parent
TODAY = date(2026, 11, 23)  # a Monday
MARKS = {"-": "denied", "?": "unsure", "<": "past", "@": "other_person", "*": "hypothetical"}
KINDS = {
    "at": "location",
    "on": "trigger",
    "side": "side",
    "onset": "onset",
    "days": "duration_days",
    "pain": "severity",
    "age": "age",
}
Stated = tuple[str, str | float, str]


def cases(name: str) -> list[tuple[str, str]]:
    """Load the messages of a case file."""
    return [tuple(case) for case in yaml.safe_load((HERE / name).read_text(encoding="utf-8"))]


def phrases(name: str) -> list[tuple[str, str]]:
    """Load a file of phrases by sign, as pairs."""
    data = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return [(sign, text) for sign, texts in data.items() for text in texts]


def expected(codes: str) -> tuple[set[Stated], set[Stated], bool]:
    """Return the facts to find, those that follow from them, and whether it is about a child."""
    words = codes.split()
    stated = {_stated(word) for word in words if word != "child"}
    return stated, _implied(stated) - stated, "child" in words


def found(text: str) -> tuple[set[Stated], bool]:
    """Return what the extractor finds."""
    facts = extract(text, today=TODAY)
    return {(fact.kind, fact.value, fact.status) for fact in facts}, about_child(text)


def differences(text: str, codes: str) -> tuple[set[Stated], set[Stated]]:
    """Return what was missed and what was found too much."""
    must, may, child = expected(codes)
    got, got_child = found(text)
    missed, extra = must - got, got - must - may
    if child != got_child:
        (missed if child else extra).add(("person", "child", "present"))
    return missed, extra


def _stated(word: str) -> Stated:
    status = MARKS.get(word[0], "present")
    word = word.lstrip("".join(MARKS))
    kind, colon, value = word.partition(":")
    if not colon:
        return "sign", word, status
    number = KINDS[kind] in {"duration_days", "severity", "age"}
    return KINDS[kind], float(value) if number else value, status


def _implied(stated: set[Stated]) -> set[Stated]:
    """Return what follows from what is stated, however far."""
    entries = {entry.value: entry for entry in lexicon().entries}
    implied: set[Stated] = set()
    waiting = [(value, status) for _, value, status in stated if value in entries]
    while waiting:
        value, status = waiting.pop()
        for further in entries[str(value)].implies:
            implied.add((entries[further].kind, further, status))
            waiting.append((further, status))
    return implied
