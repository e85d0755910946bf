"""How people put things in their own words: what the meaning of a clause is learnt from.

`knowledge/phrasings/signs/` holds a file for each danger sign, `knowledge/phrasings/places/` one
for each place that can hurt; the file `nothing.yml` of each holds what is neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from kneewise.symptoms.facts import DENIED, HYPOTHETICAL, OTHER_PERSON, PAST, PRESENT
from kneewise.symptoms.lexicon import knowledge_folder

SIGNS, PLACES = "signs", "places"
NOTHING = "nothing"
"""The label of clauses that speak of no sign, or of no place."""
STATUS = "~"
"""Stands before a status that is a label, so that it is not taken for a sign."""
LOOKALIKE = "lookalike"
"""Comes near to the thing in its words, and is not it."""
NOT_PRESENT = (DENIED, PAST, OTHER_PERSON, HYPOTHETICAL)
STATUSES = (PRESENT, *NOT_PRESENT, LOOKALIKE)


class Phrasing(NamedTuple):
    """One clause, the sign or place it is about, and the status of that in it."""

    text: str
    about: str
    status: str


def phrasing_files(kind: str) -> list[Path]:
    """The files on signs or on places."""
    return sorted((knowledge_folder() / "phrasings" / kind).glob("*.yml"))


def phrasings(kind: str) -> Iterator[Phrasing]:
    """Every phrasing on signs or on places.

    Raises:
        OSError, yaml.YAMLError, KeyError: a file cannot be read; `kneewise check` says why.
    """
    for path in phrasing_files(kind):
        body = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        for status in STATUSES:
            yield from (Phrasing(text, body["id"], status) for text in body.get(status) or ())
