"""How long ago it began, in days: "3 weeks", "since last Tuesday", "a couple of months now"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from kneewise.symptoms.amounts import Amounts
from kneewise.symptoms.patterns import any_of, fill

_CUT = re.compile(r"[,.;)(]|$")
Span = tuple[float, int, int]
_BARE_WORDS = 6  # an answer to "since when?" is short
_PADDING = 2  # words beside the span in an answer that is nothing else ("only since yesterday")
_LIFE = 15 * 365  # nobody's knee has hurt for longer: "41 years" is an age
_BEFORE = 60  # characters looked at on either side for what the time is about


class Durations:
    """The time words of symptoms.yml, compiled."""

    def __init__(self, section: Mapping[str, Any], amounts: Amounts, words: Mapping[str, str]) -> None:
        self._amounts = amounts
        self._units: dict[str, float] = section["units"]
        self._vague_amounts: dict[str, float] = section["vague_amounts"]
        self._vague_spans: dict[str, float] = section["vague_spans"]
        self._single = frozenset(section["single"])
        self._days_ago: dict[str, float] = section["days_ago"]
        self._weekdays: list[str] = section["weekdays"]
        self._months: list[str] = section["months"]
        self._feasts: dict[str, list[int]] = section["feasts"]
        self._compile(section, words)

    def _compile(self, section: Mapping[str, Any], words: Mapping[str, str]) -> None:
        vague = "|".join(self._vague_amounts)
        units = "|".join(self._units)
        half = section["and_a_half"]
        self._counted = re.compile(
            rf"(?<!\S)(?:{self._amounts.range}|(?P<vague>{vague}))(?P<half1> {half})? (?P<unit>{units})(?P<half2> {half})?(?!\S)"
        )
        days = "|".join([*self._vague_spans, *self._days_ago, *self._weekdays, *self._months, *self._feasts])
        self._named = re.compile(
            rf"(?<!\S)(?P<lead>{section['lead']})?(?P<last>{section['last']})?"
            rf"(?:(?P<named>{days})|(?P<year>(?:19|20)\d\d))(?!\S)"
        )
        self._since = re.compile(fill(section["since"], words))
        self._cue = {
            name: any_of(section[name], words)
            for name in ("duration_before", "duration_after", "not_before", "not_after", "about_the_knee", "not_about", "began")
        }

    def answered(self, plain: str, today: date) -> float | None:
        """Read a bare answer; whatever span it holds is meant."""
        spans = [span for span, _ in self._candidates(plain, today)]
        return spans[0][0] if spans else None

    def stated(self, plain: str, today: date) -> Span | None:
        """Return the longest span that is about the knee, not about running, rest or a race."""
        bare = len(plain.split()) <= _BARE_WORDS
        spans = [s for s, kind in self._candidates(plain, today) if self._is_meant(s, kind, plain, bare)]
        return max(spans, default=None)

    def _is_meant(self, span: Span, kind: str, plain: str, bare: bool) -> bool:
        _, start, end = span
        before, after = plain[max(start - _BEFORE, 0) : start].rstrip(), plain[end + 1 : end + _BEFORE]
        if self._cue["not_after"].match(after) or _ends(self._cue["not_before"], before):
            return False
        sentence = re.split(r"(?<!\S)[.!?](?!\S)", before)[-1] + " " + plain[start:end] + " " + after
        if span[0] > _LIFE:
            return False
        hours = 0 < span[0] < 1 and not after.startswith("ago")
        if hours or self._cue["not_about"].search(sentence):
            return False
        apart = _CUT.match(after) and _CUT.search(before[-1:])  # ", 2 months, no injury"
        if kind == "since" or (kind == "counted" and (apart or not start)) or (bare and kind == "counted" and not self._cue["about_the_knee"].search(sentence)):
            return True
        about_knee = bool(self._cue["about_the_knee"].search(sentence))
        if len(plain.split()) - len(plain[start:end].split()) <= _PADDING:
            return True
        if kind == "named":
            return bool(self._cue["began"].search(sentence) or self._cue["began"].search(before))
        return _ends(self._cue["duration_before"], before) or (
            about_knee and bool(self._cue["duration_after"].match(after))
        )

    def _candidates(self, plain: str, today: date) -> Iterator[tuple[Span, str]]:
        for match in self._counted.finditer(plain):
            yield (self._count(match), *match.span()), "single" if match["vague"] in self._single else "counted"
        for match in self._named.finditer(plain):
            days = self._days_since(match, today)
            if days is not None:
                yield (days, *match.span()), "since" if self._since.search(match["lead"] or "") else "named"

    def _count(self, match: re.Match[str]) -> float:
        amount = self._vague_amounts[match["vague"]] if match["vague"] else self._amounts.middle(match)
        half = 0.5 if match["half1"] or match["half2"] else 0.0
        return (amount + half) * self._units[match["unit"]]

    def _days_since(self, match: re.Match[str], today: date) -> float | None:
        name = match["named"]
        if name is None:
            return self._year_days(match, today)
        if name in self._vague_spans:
            return self._vague_spans[name] if match["lead"] else None
        if name in self._days_ago:
            return float(self._days_ago[name])
        if name in self._weekdays:
            return float((today.weekday() - self._weekdays.index(name)) % 7 or 7)
        month, day = self._feasts[name] if name in self._feasts else (self._months.index(name) + 1, 15)
        if not (match["lead"] or match["last"]):
            return None
        return _days_since_date(today, month, day)

    def _year_days(self, match: re.Match[str], today: date) -> float | None:
        if not self._since.search(match["lead"] or "") or int(match["year"]) > today.year:
            return None
        return float(max((today - date(int(match["year"]), 7, 1)).days, 0))


def _days_since_date(today: date, month: int, day: int) -> float:
    """Count from the last time a day of the year came round."""
    then = date(today.year, month, day)
    if then > today:
        then = date(today.year - 1, month, day)
    return float((today - then) / timedelta(days=1))


def _ends(cue: re.Pattern[str], before: str) -> bool:
    return any(match.end() == len(before) for match in cue.finditer(before))
