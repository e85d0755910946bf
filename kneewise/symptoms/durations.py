"""Which span of time says how long the knee has hurt: not years of running, rest or a race."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kneewise.symptoms.amounts import Amounts
from kneewise.symptoms.patterns import any_of
from kneewise.symptoms.timespans import COUNTED, NAMED, SINCE, Span, TimeSpans

_SHORT = 6  # words of an answer to "since when?"
_PADDING = 2  # words beside the span in an answer that is nothing else ("only since yesterday")
_LIFE = 15 * 365  # days; nobody's knee has hurt for longer: "41 years" is an age
_FAR = 60  # characters on either side in which a span says what it is about
_CUT = re.compile(r"[,.;)(]|$")
_SENTENCE_END = re.compile(r"(?<!\S)[.!?](?!\S)")


class Durations:
    """The time cues of symptoms.yml, compiled."""

    def __init__(
        self, section: Mapping[str, Any], amounts: Amounts, words: Mapping[str, str]
    ) -> None:
        self._spans = TimeSpans(section, amounts)
        self._cue = {name: any_of(cues, words) for name, cues in section["about"].items()}

    def answered(self, plain: str, today: date) -> float | None:
        """Read a bare answer; whatever span it holds is meant."""
        return next((span.days for span in self._spans.read(plain, today)), None)

    def stated(self, plain: str, today: date) -> tuple[float, int, int] | None:
        """Return the longest span that is about the knee."""
        meant = [span for span in self._spans.read(plain, today) if self._is_meant(span, plain)]
        return max(meant)[:3] if meant else None

    def _is_meant(self, span: Span, plain: str) -> bool:
        before = plain[max(span.start - _FAR, 0) : span.start].rstrip()
        after = plain[span.end + 1 : span.end + _FAR]
        lead, tail = _SENTENCE_END.split(before)[-1], f"{plain[span.start : span.end]} {after}"
        sentence = f"{lead} {tail}"
        news = f"{self._cue['fresh_start'].split(lead)[-1]} {tail}"
        if self._is_ruled_out(span, before, after, news):
            return False
        return self._stands_alone(span, plain, before, after) or self._is_about_knee(
            span, before, after, sentence
        )

    def _is_ruled_out(self, span: Span, before: str, after: str, news: str) -> bool:
        """Rule out ages, minutes into a run, weeks of rest and races to come."""
        hours = 0 < span.days < 1 and not self._cue["ago"].match(after)
        if hours or span.days > _LIFE or self._cue["not_about"].search(news):
            return True
        if _ends(self._cue["still"], before):
            return False
        return bool(self._cue["not_after"].match(after)) or _ends(self._cue["not_before"], before)

    def _stands_alone(self, span: Span, plain: str, before: str, after: str) -> bool:
        """Tell whether the span is an answer, or an item of a list (", 2 months, no injury")."""
        words = len(plain.split())
        if span.manner == SINCE or words - len(plain[span.start : span.end].split()) <= _PADDING:
            return True
        if span.manner != COUNTED:
            return False
        item = not before or (_CUT.match(after) and _CUT.search(before[-1:]))
        return bool(item) or (words <= _SHORT and not self._cue["about_the_knee"].search(plain))

    def _is_about_knee(self, span: Span, before: str, after: str, sentence: str) -> bool:
        if span.manner == NAMED:
            return bool(self._cue["began"].search(sentence) or self._cue["began"].search(before))
        if _ends(self._cue["still"], before) or _ends(self._cue["duration_before"], before):
            return True
        tail = self._cue["duration_after"].match(after)
        return bool(tail and self._cue["about_the_knee"].search(sentence))


def _ends(cue: re.Pattern[str], before: str) -> bool:
    return any(match.end() == len(before) for match in cue.finditer(before))
