"""Check the knowledge files: their shape, and that they fit each other, the domain and the code.

A problem names file, field and line. A file that is damaged is reported and left out of the checks
that need it, so that one mistake is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kneewise.validation import choices, clocks, phrasings, references, signs, tongues
from kneewise.validation.documents import Problem
from kneewise.validation.house import Check, House, read_house
from kneewise.validation.shapes import Text, texts_of

__all__ = ["Problem", "Text", "check", "texts"]

_CHECKS: Mapping[Check, tuple[str, ...]] = {
    references.unique: (),
    references.topics: (),
    references.facts: ("article", "guidance"),
    references.facts_used: (
        *("article", "guidance", "topics", "plan", "coach", "exercises", "reminders"),
    ),
    references.sources: ("sources",),
    references.sources_used: ("sources", "guidance", "red_flags", "conditions"),
    references.red_flags: ("red_flags",),
    references.regions: ("regions",),
    clocks.regions: ("regions",),
    clocks.places: ("reminders",),
    clocks.times: ("reminders",),
    signs.tests: ("symptoms",),
    signs.screens: ("symptoms",),
    signs.symptoms: ("symptoms",),
    signs.slots: ("symptoms", "domain"),
    signs.slot_values: ("symptoms", "domain"),
    signs.intents: ("nlu",),
    choices.options: ("questions", "symptoms"),
    choices.labels: ("questions", "symptoms", "phrases"),
    choices.required: ("questions",),
    tongues.languages: ("languages",),
    phrasings.names: (),
    phrasings.files: ("symptoms",),
    phrasings.twice: (),
}
"""Every check across files, with the files that must be sound for it to make sense."""


def check(root: Path) -> list[Problem]:
    """All problems of the knowledge of a repository, in the order of files and lines.

    Raises nothing about the files: what cannot be read is a problem too.
    """
    house, problems = read_house(root)
    for run, needs in _CHECKS.items():
        if all(house.has(kind) for kind in needs):
            problems += run(house)
    return sorted(set(problems), key=lambda p: (p.file, p.line, p.field, p.message))


def texts(root: Path) -> Iterator[Text]:
    """Every text in the knowledge files that a runner reads; damaged files are left out."""
    house, _ = read_house(root)
    yield from _texts(root, house)


def _texts(root: Path, house: House) -> Iterator[Text]:
    for kind, document in house.files.items():
        if kind not in ("domain", "nlu"):
            yield from texts_of(root, kind, document)
    for topic in house.topics.values():
        yield from texts_of(root, "topic", topic)
