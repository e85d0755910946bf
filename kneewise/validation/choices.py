"""Check the words on buttons, and what choosing them means.

A button sends its own words, so the same words must not mean two things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kneewise.validation.documents import Document, Place, Problem
from kneewise.validation.house import House, known

SECTIONS = {"location": "locations", "onset": "onsets", "triggers": "triggers"}
"""Where in symptoms.yml the values of a question stand, by what the question reads."""

BUTTONS = (
    "answer_yes",
    "answer_no",
    "answer_unsure",
    "none_of_these",
    "skip",
    "tell_more",
    "something_else",
)
"""The phrases that stand on buttons."""


def plain(text: str) -> str:
    """A text as a typed answer is compared: without case and punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def options(house: House) -> Iterator[Problem]:
    """Every choice stands for a value or signs that are there."""
    document, signs = house["questions"], house.ids("symptoms", "signs")
    for at, question, option in _options(house):
        section = SECTIONS.get(question["reads"])
        if section and option["value"] not in house.ids("symptoms", section):
            message = f'there is no "{option["value"]}" in the {section} of symptoms.yml'
            yield document.problem((*at, "value"), message)
        if question["reads"] != "signs":
            continue
        yield from known(document, (*at, "covers"), option["covers"], signs, "sign")
        if option["sign"] not in signs:
            yield document.problem((*at, "sign"), f'there is no sign "{option["sign"]}"')
        elif option["sign"] not in option["covers"]:
            yield document.problem((*at, "covers"), f'does not hold "{option["sign"]}" itself')


def _options(house: House) -> Iterator[tuple[Place, dict[str, Any], dict[str, Any]]]:
    for at, question in house["questions"].rows("questions"):
        for index, option in enumerate(question["options"]):
            yield (*at, "options", index), question, option


def _buttons(house: House) -> Iterator[tuple[Document, Place, str]]:
    """Every text that stands on a button, or that a typed answer is compared with."""
    for topic in house.topics.values():
        yield topic, ("title",), topic.data["title"]
    for at, question, option in _options(house):
        section = SECTIONS.get(question["reads"], "")
        words = house["symptoms"].data.get(section, {}).get(option.get("value"), {})
        label = option.get("label") or words.get("label")
        if label:
            key = "label" if "label" in option else "value"
            yield house["questions"], (*at, key), str(label)
    for at, phrase in house["phrases"].rows("phrases"):
        if at[-1] in BUTTONS:
            yield house["phrases"], at, phrase


def labels(house: House) -> Iterator[Problem]:
    """No two buttons have the same words: a title, a choice of a question, a phrase."""
    seen: dict[str, Problem] = {}
    for document, place, text in _buttons(house):
        here = document.problem(place, f'"{text}" stands on another button too')
        other = seen.setdefault(plain(text), here)
        if other is not here:
            message = f'"{text}" means something else already ({other.file}:{other.line})'
            yield document.problem(place, message)


def required(house: House) -> Iterator[Problem]:
    """The danger signs are asked, and first."""
    document = house["questions"]
    slots = [row["slot"] for _, row in document.rows("questions")]
    if slots[0] != "danger_signs":
        yield document.problem(("questions", 0, "slot"), '"danger_signs" must be asked first')
