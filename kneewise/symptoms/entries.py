"""One value of symptoms.yml (a sign, a place, a trigger ...) with its patterns compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kneewise.symptoms.facts import DENIED, PRESENT, UNSURE
from kneewise.symptoms.patterns import Pattern, any_of, compile_all


class Tell(NamedTuple):
    """A pattern that tells a value, the status it starts from, and about whom it counts."""

    pattern: Pattern
    base: str
    anyone: bool = False
    of_children: bool = False


@dataclass(frozen=True, eq=False)
class Entry:
    """Everything that tells one value; the keys are explained at the top of symptoms.yml."""

    kind: str
    value: str
    tells: tuple[Tell, ...]
    skip: tuple[Pattern, ...]
    bare: re.Pattern[str] | None
    masks: frozenset[str]
    implies: tuple[str, ...]
    history: bool
    settles: bool
    certain: bool
    needs: frozenset[str]


def entry_of(kind: str, value: str, body: Mapping[str, Any], words: Mapping[str, str]) -> Entry:
    """Compile one value of the file."""

    def compiled(name: str) -> tuple[Pattern, ...]:
        return compile_all(body.get(name) or (), words, strict=name == "denies")

    tells = (
        *(Tell(pattern, PRESENT) for pattern in compiled("patterns")),
        *(Tell(pattern, UNSURE) for pattern in compiled("maybe")),
        *(Tell(pattern, DENIED) for pattern in compiled("denies")),
        *(Tell(pattern, PRESENT, of_children=True) for pattern in compiled("of_children")),
        *(Tell(pattern, PRESENT, anyone=True) for pattern in compiled("anyone")),
    )
    return Entry(
        kind=kind,
        value=value,
        tells=tells,
        skip=compiled("skip"),
        bare=any_of(body["bare"], words) if body.get("bare") else None,
        masks=frozenset(body.get("masks") or ()),
        implies=tuple(body.get("implies") or ()),
        **{name: bool(body.get(name)) for name in ("history", "settles", "certain")},
        needs=needs_of(tell.pattern for tell in tells),
    )


def needs_of(patterns: Iterable[Pattern]) -> frozenset[str]:
    """Return the strings that patterns need; a text with none of them matches nothing."""
    return frozenset().union(*(pattern.needs for pattern in patterns))
