"""What the coach says and reads, from `knowledge/coach.yml`. Loaded with the other knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """A text that a runner reads, with the facts and sources that it rests on."""

    text: str
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Book:
    """The file, by id: lines of a plan, reasons, what stands around them, words of a diary."""

    lines: Mapping[str, Said]
    reasons: Mapping[str, Said]
    says: Mapping[str, Said]
    reading: Mapping[str, Any]


def read(raw: Mapping[str, Any], facts: Mapping[str, str]) -> Book:
    """The book of a file.

    Args:
        raw: the content of `coach.yml`.
        facts: the source of each fact by its id.

    Raises:
        KeyError: a section or a fact is missing; `kneewise check` says which, and where.
    """
    lines, reasons, says = (
        {name: _said(row, facts) for name, row in raw[section].items()}
        for section in ("lines", "reasons", "says")
    )
    return Book(lines, reasons, says, raw["reading"])


def _said(row: Mapping[str, Any], facts: Mapping[str, str]) -> Said:
    ids = tuple(row.get("facts") or ())
    return Said(row["text"].strip(), ids, tuple(dict.fromkeys(facts[fact] for fact in ids)))
