"""Read spans of time: "3 weeks", "since last Tuesday", "a couple of months"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from kneewise.symptoms.amounts import Amounts

COUNTED, SINGLE, NAMED, SINCE = "counted", "single", "named", "since"


class Span(NamedTuple):
    """A span of time in days, where it stands, and how it was put."""

    days: float
    start: int
    end: int
    manner: str


class TimeSpans:
    """The time words of symptoms.yml and the expressions made of them."""

    def __init__(self, section: Mapping[str, Any], amounts: Amounts) -> None:
        self._amounts = amounts
        self._units: dict[str, float] = section["units"]
        self._vague_amounts: dict[str, float] = section["vague_amounts"]
        self._single = frozenset(section["single"])
        self._vague_spans: dict[str, float] = section["vague_spans"]
        self._days_ago: dict[str, float] = section["days_ago"]
        self._weekdays: list[str] = section["weekdays"]
        self._months: list[str] = section["months"]
        self._feasts: dict[str, list[int]] = section["feasts"]
        self._since = re.compile(section["since"])
        self._counted = self._counted_expression(section["and_a_half"])
        self._named = self._named_expression(section["lead"], section["last"])

    def read(self, plain: str, today: date) -> Iterator[Span]:
        """Yield every span of time in a text: counted ones, then days by name."""
        for match in self._counted.finditer(plain):
            manner = SINGLE if match["vague"] in self._single else COUNTED
            yield Span(self._count(match), *match.span(), manner)
        for match in self._named.finditer(plain):
            since = bool(self._since.search(match["lead"] or ""))
            days = self._year(match, today, since) if match["year"] else self._day(match, today)
            if days is not None:
                yield Span(days, *match.span(), SINCE if since else NAMED)

    def _counted_expression(self, half: str) -> re.Pattern[str]:
        amount = rf"(?:{self._amounts.range}|(?P<vague>{'|'.join(self._vague_amounts)}))"
        unit = rf"(?P<unit>{'|'.join(self._units)})"
        return re.compile(rf"(?<!\S){amount}(?P<half> {half})? {unit}(?P<more> {half})?(?!\S)")

    def _named_expression(self, lead: str, last: str) -> re.Pattern[str]:
        names = (
            *self._vague_spans, *self._days_ago, *self._weekdays, *self._months, *self._feasts,
        )  # fmt: skip
        when = rf"(?:(?P<named>{'|'.join(names)})|(?P<year>(?:19|20)\d\d))"
        return re.compile(rf"(?<!\S)(?P<lead>{lead})?(?P<last>{last})?{when}(?!\S)")

    def _count(self, match: re.Match[str]) -> float:
        vague = match["vague"]
        amount = self._vague_amounts[vague] if vague else self._amounts.middle(match)
        half = 0.5 if match["half"] or match["more"] else 0.0
        return (amount + half) * self._units[match["unit"]]

    def _day(self, match: re.Match[str], today: date) -> float | None:
        """Count the days since a day by name; a month or feast needs a "since", "in" or "last"."""
        name = match["named"]
        if name in self._days_ago:
            return float(self._days_ago[name])
        if name in self._weekdays:
            return float((today.weekday() - self._weekdays.index(name)) % 7 or 7)
        if name in self._vague_spans:
            return float(self._vague_spans[name]) if match["lead"] else None
        return self._day_of_year(name, today) if match["lead"] or match["last"] else None

    def _day_of_year(self, name: str, today: date) -> float:
        """Count from the last time a month's middle or a feast came round."""
        feast = self._feasts.get(name)
        month, day = feast or (self._months.index(name) + 1, 15)
        then = date(today.year, month, day)
        if then > today:
            then = date(today.year - 1, month, day)
        return float((today - then).days)

    def _year(self, match: re.Match[str], today: date, since: bool) -> float | None:
        """Count from the middle of a year."""
        year = int(match["year"])
        if not since or year > today.year:
            return None
        return float(max((today - date(year, 7, 1)).days, 0))
