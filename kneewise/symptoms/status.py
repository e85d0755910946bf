"""Decide with what status a thing is stated: is it so, denied, doubtful, past, or only asked about?

Cues come from the `status` section of symptoms.yml. In doubt a thing counts as present:
a sign missed costs more than a question too many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kneewise.symptoms.clauses import Clause
from kneewise.symptoms.facts import DENIED, HYPOTHETICAL, PAST, PRESENT, UNSURE
from kneewise.symptoms.patterns import any_of

_CUES = (
    "not_negation", "negation", "noun_negation", "double_negation", "negation_ends", "negated_after", "affirmed_after",
    "asking", "acting_if", "asking_about", "condition", "condition_now", "condition_over", "definite", "may", "unsure", "asked_whether", "interrogative", "unsure_after", "asked_after",
    "past", "not_past", "returned", "settled", "not_settled", )  # fmt: skip

_CLOSE = 1  # words between "not" and "walks fine"
_FAR = 200  # characters; a cue further off governs nothing


@dataclass(frozen=True)
class Found:
    """Where a pattern matched, and how its status is to be read."""

    start: int
    end: int
    base: str
    negative: bool = False
    history: bool = False
    settles: bool = False
    certain: bool = False


class Statuses:
    """The `status` section of symptoms.yml, compiled."""

    def __init__(self, section: Mapping[str, Any], words: Mapping[str, str]) -> None:
        self._cue: dict[str, re.Pattern[str]] = {name: any_of(section[name], words) for name in _CUES}
        self._finite = frozenset(section["verbs_of_their_own"])
        self._adjectives = frozenset(section["adjectives"])
        self._definite_nouns = frozenset(section["definite_nouns"])
        self._reach = int(section["negation_reach"])

    def of(self, found: Found, clause: Clause, plain: str) -> str | None:
        """Return the status of a match, or None when it says nothing."""
        if found.base == DENIED:
            return self._of_denial(found, clause, plain)
        if self._asked(found, clause, plain):
            return HYPOTHETICAL
        if self._negated(found, clause, plain):
            return DENIED
        if self._past(found, clause, plain):
            return PAST
        return UNSURE if found.base == UNSURE or self._unsure(found, clause, plain) else PRESENT

    def _of_denial(self, found: Found, clause: Clause, plain: str) -> str | None:
        """A denial such as "walks fine" says nothing once it is asked about, past or turned round."""
        if clause.question or self._cue["interrogative"].search(plain[max(clause.start, found.start - _FAR) : found.end]):
            return None
        if self._asked(found, clause, plain) or self._past(found, clause, plain):
            return None
        return None if self._negated(found, clause, plain, reach=_CLOSE) else DENIED

    def _negated(self, found: Found, clause: Clause, plain: str, reach: int | None = None) -> bool:
        if self._cue["negated_after"].match(plain, found.end + 1):
            return True
        if self._cue["affirmed_after"].match(plain, found.end + 1):
            return False
        before = _before(found, clause, plain)
        if found.negative:
            return bool(self._cue["double_negation"].search(before))
        start = max(clause.start, found.start - _FAR)
        cleared = self._cue["not_negation"].sub(_blank, plain[start : min(clause.end, found.end + _FAR)])
        stretch = cleared[: found.end - start]
        first = plain[found.start : found.end].split(" ", 1)[0]
        return any(
            self._governs(plain[start + cue.end() : found.start].split(), first, name, reach)
            for name in ("negation", "noun_negation")
            for cue in self._cue[name].finditer(stretch)
        )

    def _governs(self, between: Sequence[str], first: str, cue: str, reach: int | None) -> bool:
        """Does a "no" reach over the words between to the sign?"""
        if reach is not None and len(between) > reach:
            return False
        if first in self._finite and between:
            return False
        if cue == "noun_negation" and first in self._adjectives and len(between) > 1:
            return False
        words = [word for word in between if word not in {",", "or", "and", "/"}]
        return len(words) <= self._reach and not self._cue["negation_ends"].search(" ".join(between))

    def _asked(self, found: Found, clause: Clause, plain: str) -> bool:
        """Is it only asked about or imagined?"""
        if found.certain:
            return False
        before = self._cue["unsure"].sub(_blank, _before(found, clause, plain))
        if self._runs_into("asking", found, clause, plain):
            return not self._is_definite(found, before, plain)
        if self._runs_into("condition_now", found, clause, plain):
            return False
        if any(self._cue[name].search(before) for name in ("acting_if", "asking_about")):
            return not self._is_definite(found, before, plain)
        return bool(self._cue["may"].search(before)) or self._in_condition(before)

    def _runs_into(self, name: str, found: Found, clause: Clause, plain: str) -> bool:
        """A cue may run into the sign ("can ibuprofen cause black poo") but starts before it."""
        start = max(clause.start, found.start - _FAR)
        cue = self._cue[name].search(self._cue["unsure"].sub(_blank, plain[start : found.end]))
        return cue is not None and start + cue.start() < found.start

    def _in_condition(self, before: str) -> bool:
        cue = None
        for cue in self._cue["condition"].finditer(before):
            pass
        return cue is not None and not self._cue["condition_over"].search(before, cue.end())

    def _is_definite(self, found: Found, before: str, plain: str) -> bool:
        """"Should I worry about the swelling" is no question whether there is any."""
        first = plain[found.start : found.end].split(" ", 1)[0]
        return first in self._definite_nouns and bool(self._cue["definite"].search(before))

    def _past(self, found: Found, clause: Clause, plain: str) -> bool:
        if found.history:
            return False
        if found.settles and self._settled(found, clause, plain):
            return True
        stretch = plain[max(clause.start, found.start - _FAR) : min(clause.end, found.end + _FAR)]
        if not self._cue["past"].search(stretch) or self._cue["not_past"].search(stretch):
            return False
        return not self._cue["returned"].search(plain[found.end : clause.sentence[1]])

    def _settled(self, found: Found, clause: Clause, plain: str) -> bool:
        rest = plain[found.start : min(clause.sentence[1], found.end + _FAR)]
        return bool(self._cue["settled"].search(rest)) and not self._cue["not_settled"].search(rest)

    def _unsure(self, found: Found, clause: Clause, plain: str) -> bool:
        before = _before(found, clause, plain)
        if self._cue["unsure"].search(before) or self._runs_into("condition_now", found, clause, plain):
            return True
        whether = self._cue["asked_whether"].search(before) and not found.negative
        normal = self._cue["asked_after"].match(plain, found.end + 1)
        if whether or (normal and clause.question):
            return True
        return bool(self._cue["unsure_after"].match(plain, found.end + 1))


def _before(found: Found, clause: Clause, plain: str) -> str:
    return plain[max(clause.start, found.start - _FAR) : found.start]


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match.group())
