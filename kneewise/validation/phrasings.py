"""Check the phrasings: every sign and place has its own, and none stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from kneewise.symptoms.phrasings import NOTHING, PLACES, SIGNS, STATUSES
from kneewise.validation.choices import plain
from kneewise.validation.documents import Document, Place, Problem
from kneewise.validation.house import PHRASINGS, House

SECTIONS = {SIGNS: ("signs", "sign"), PLACES: ("locations", "place")}
"""For each folder, the section of symptoms.yml whose values it holds, and what such a value is."""


def names(house: House) -> Iterator[Problem]:
    """Phrasings are about what their file is called."""
    for document in house.phrasings.values():
        name, there = PurePath(document.file).stem, document.data["id"]
        if there != name:
            yield document.problem(("id",), f'"{there}" must be "{name}", as the file is called')


def files(house: House) -> Iterator[Problem]:
    """Every sign and every place has its file, and no file is about another thing."""
    for folder, (section, what) in SECTIONS.items():
        wanted = {f"{folder}/{name}" for name in (*house.ids("symptoms", section), NOTHING)}
        there = {name for name in house.phrasing_ids if name.startswith(f"{folder}/")}
        for name in wanted - there:
            yield Problem(f"{PHRASINGS}/{name}.yml", "", 0, "the file is missing")
        for name in there - wanted:
            message = f'there is no {what} "{name.partition("/")[2]}" in symptoms.yml'
            yield Problem(f"{PHRASINGS}/{name}.yml", "", 0, message)


def twice(house: House) -> Iterator[Problem]:
    """The same words do not stand for two things, nor twice for one."""
    seen: dict[str, tuple[Document, Place]] = {}
    for document, place, text in _phrasings(house):
        words = plain(text) or text
        if words in seen:
            other, where = seen[words]
            first = other.problem(where, "")
            message = f'"{text}" stands at {first.file}:{first.line} ({first.field}) too'
            yield document.problem(place, message)
        else:
            seen[words] = (document, place)


def _phrasings(house: House) -> Iterator[tuple[Document, Place, str]]:
    """Every phrasing with its place, in the order of the files and lines."""
    for document in house.phrasings.values():
        for status in (key for key in document.data if key in STATUSES):
            for place, text in document.rows(status):
                yield document, place, text
