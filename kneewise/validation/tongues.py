"""Check languages.yml: every language can be recognised, and no word says two things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kneewise.validation.documents import Problem
from kneewise.validation.house import House

STEM = 4
"""The fewest letters of a beginning: a shorter one would fit anything."""


def languages(house: House) -> Iterator[Problem]:
    """A language has words or a script of its own; its words are neither English nor shared."""
    document = house["languages"]
    english, shared = (set(document.data[name].split()) for name in ("english", "shared"))
    for word in sorted(english & shared):
        yield document.problem(("shared",), f'"{word}" is among the English words too')
    for at, row in document.rows("languages"):
        if not row.get("words") and not row.get("script"):
            yield document.problem(at, "it has neither words nor a script to be known by")
        if not _can_be_read(row.get("script", "")):
            yield document.problem((*at, "script"), "a range runs backwards")
        for key, message in _words(row, english, shared):
            yield document.problem((*at, key), message)


def _can_be_read(script: str) -> bool:
    """True if every range of a script begins before it ends."""
    return all(first <= last for first, last in re.findall("(.)-(.)", script))


def _words(
    row: Mapping[str, Any], english: set[str], shared: set[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the words of a language, with the list they stand in."""
    seen: set[str] = set()
    for key in ("words", "weak"):
        for word in str(row.get(key, "")).split():
            if word in seen:
                yield key, f'"{word}" is there twice'
            elif word in english | shared:
                where = "English words" if word in english else "shared words"
                yield key, f'"{word}" is among the {where} too'
            elif word.endswith("*") and len(word) <= STEM:
                yield key, f'"{word}" is too short for a beginning'
            seen.add(word)
