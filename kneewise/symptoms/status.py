"""Decide whether a thing is stated as so, denied, doubtful, long past, or only asked about.

Cues come from the `status` section of symptoms.yml. In doubt a thing counts as present:
a sign missed costs more than a question too many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kneewise.symptoms.context import Context
from kneewise.symptoms.facts import DENIED, HYPOTHETICAL, PAST, PRESENT, UNSURE
from kneewise.symptoms.patterns import any_of

_OR = frozenset({"or", "nor"})
_CLOSE = 1  # words between "not" and "walks fine"


class Statuses:
    """The `status` section of symptoms.yml, compiled."""

    def __init__(self, section: Mapping[str, Any], words: Mapping[str, str]) -> None:
        self._cue = {name: any_of(cues, words) for name, cues in section["cues"].items()}
        self._verbs = frozenset(section["verbs_of_their_own"])
        self._adjectives = frozenset(section["adjectives"])
        self._definite_nouns = frozenset(section["definite_nouns"])
        self._particles = frozenset(section["particles"])
        self._list_words = frozenset(section["list_words"])
        self._reach = int(section["negation_reach"])

    def of(self, context: Context) -> str | None:
        """Return the status of a match, or None when it says nothing."""
        if context.found.base == DENIED:
            return self._of_denial(context)
        if self._asked(context):
            return HYPOTHETICAL
        if self._negated(context):
            return DENIED
        if self._past(context):
            return PAST
        return UNSURE if self._unsure(context) else PRESENT

    def turned_round(self, before: str) -> bool:
        """Tell whether "can not" stands right before "walk properly": it then denies nothing."""
        return bool(self._cue["turned_round"].search(before))

    def _of_denial(self, context: Context) -> str | None:
        """Read "walks fine": it says nothing once it is asked, past or turned round by a "not"."""
        asked = context.clause.question or self._cue["interrogative"].search(context.so_far)
        if asked or self._asked(context) or self._past(context):
            return None
        return None if self._negated(context, close=True) else DENIED

    def _negated(self, context: Context, close: bool = False) -> bool:
        if self._cue["negated_after"].match(context.after):
            return True
        if self._cue["affirmed_after"].match(context.after):
            return False
        if context.found.negative:
            return bool(self._cue["double_negation"].search(context.before))
        cleared = self._cue["not_negation"].sub(_blank, context.around)
        stretch = cleared[: context.found.end - context.start]
        return any(
            self._governs(context.between(cue.end()), context, name)
            and not (close and len(context.between(cue.end())) > _CLOSE)
            for name in ("negation", "noun_negation")
            for cue in self._cue[name].finditer(stretch)
        )

    def _governs(self, between: Sequence[str], context: Context, cue: str) -> bool:
        """Tell whether a "no" reaches over the words between to the sign."""
        first = context.first_word
        if first in self._verbs and between:
            return self._lists_verbs(between, context)
        if cue == "noun_negation" and first in self._adjectives and len(between) > 1:
            return False
        words = [word for word in between if word not in self._list_words]
        ended = self._cue["negation_ends"].search(" ".join(between))
        return len(words) <= self._reach and not ended

    def _lists_verbs(self, between: Sequence[str], context: Context) -> bool:
        """Tell that a verb is one of several under a "no": "it never locks or buckles"."""
        verbs = self._verbs | self._particles | self._list_words
        joined = between[-1] in _OR or bool(context.after.replace(", ", "").split(" ")[0] in _OR)
        return joined and all(word in verbs for word in between)

    def _asked(self, context: Context) -> bool:
        """Tell whether it is only asked about or imagined."""
        if context.found.certain:
            return False
        if self._runs_into("asking", context):
            return not self._is_definite(context)
        if self._runs_into("condition_now", context):
            return False
        before = self._doubts_cleared(context.before)
        if any(self._cue[name].search(before) for name in ("acting_if", "asking_about")):
            return not self._is_definite(context)
        return bool(self._cue["may"].search(before)) or self._in_condition(before)

    def _runs_into(self, name: str, context: Context) -> bool:
        """Find a cue that starts before the sign ("can ibuprofen cause black poo")."""
        cue = self._cue[name].search(self._doubts_cleared(context.so_far))
        return cue is not None and context.start + cue.start() < context.found.start

    def _in_condition(self, before: str) -> bool:
        """Tell whether the last "if" still holds: "if I run it swells" is over at "it"."""
        ends = [cue.end() for cue in self._cue["condition"].finditer(before)]
        return bool(ends) and not self._cue["condition_over"].search(before, ends[-1])

    def _is_definite(self, context: Context) -> bool:
        """Tell that "should I worry about the swelling" asks not whether there is any."""
        noun = context.first_word in self._definite_nouns
        return noun and bool(self._cue["definite"].search(self._doubts_cleared(context.before)))

    def _doubts_cleared(self, text: str) -> str:
        """Blank "not sure if": it is a doubt, no condition and no denial."""
        return self._cue["unsure"].sub(_blank, text)

    def _past(self, context: Context) -> bool:
        if context.found.history:
            return False
        if context.found.settles and self._settled(context.rest):
            return True
        if not self._cue["past"].search(context.around):
            return False
        again = self._cue["returned"].search(context.rest)
        return not again and not self._cue["not_past"].search(context.around)

    def _settled(self, rest: str) -> bool:
        return bool(self._cue["settled"].search(rest)) and not self._cue["not_settled"].search(rest)

    def _unsure(self, context: Context) -> bool:
        if context.found.base == UNSURE or self._cue["unsure"].search(context.before):
            return True
        if self._runs_into("condition_now", context):
            return True
        whether = self._cue["asked_whether"].search(context.before)
        usual = context.clause.question and self._cue["asked_after"].match(context.after)
        if usual or (whether and not context.found.negative):
            return True
        return bool(self._cue["unsure_after"].match(context.after))


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match.group())
