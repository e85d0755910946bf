"""One value of symptoms.yml (a sign, a place, a trigger ...) with its patterns compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kneewise.symptoms.patterns import Pattern, any_of, compile_all


@dataclass(frozen=True, eq=False)
class Entry:
    """Everything that tells one value; the keys are explained at the top of symptoms.yml."""

    kind: str
    value: str
    patterns: tuple[Pattern, ...]
    maybe: tuple[Pattern, ...]
    denies: tuple[Pattern, ...]
    of_children: tuple[Pattern, ...]
    anyone: tuple[Pattern, ...]
    skip: tuple[Pattern, ...]
    bare: re.Pattern[str] | None
    masks: frozenset[str]
    implies: tuple[str, ...]
    history: bool
    settles: bool
    certain: bool
    needs: frozenset[str]

    @property
    def telling(self) -> tuple[Pattern, ...]:
        """Every pattern that can tell this value."""
        return (*self.patterns, *self.maybe, *self.denies, *self.of_children, *self.anyone)


def entry_of(kind: str, value: str, body: Mapping[str, Any], words: Mapping[str, str]) -> Entry:
    """Compile one value of the file."""
    lists = {
        name: compile_all(body.get(name) or (), words, strict=name == "denies")
        for name in ("patterns", "maybe", "denies", "of_children", "anyone", "skip")
    }
    telling = (pattern for name, patterns in lists.items() if name != "skip" for pattern in patterns)
    return Entry(
        kind=kind,
        value=value,
        **lists,
        bare=any_of(body["bare"], words) if body.get("bare") else None,
        masks=frozenset(body.get("masks") or ()),
        implies=tuple(body.get("implies") or ()),
        history=bool(body.get("history")),
        settles=bool(body.get("settles")),
        certain=bool(body.get("certain")),
        needs=needs_of(telling),
    )


def needs_of(patterns: Iterable[Pattern]) -> frozenset[str]:
    """Return the strings that patterns need; a text with none of them matches nothing."""
    return frozenset().union(*(pattern.needs for pattern in patterns))
