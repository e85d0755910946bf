"""Read numbers: how bad out of ten, how old, and the bare answers to those questions.

The words and phrases stand in the `numbers` section of symptoms.yml; a # there is any number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kneewise.symptoms.amounts import Amounts
from kneewise.symptoms.clauses import clause_at
from kneewise.symptoms.durations import Durations
from kneewise.symptoms.facts import OTHER_PERSON, PAST, PRESENT, Fact
from kneewise.symptoms.lexicon import Lexicon, lexicon
from kneewise.symptoms.people import OTHER, person_at
from kneewise.symptoms.wording import plain_words

if TYPE_CHECKING:
    from kneewise.symptoms.extraction import Reading

_WORST = 10
_OLDEST = 110


@dataclass(frozen=True)
class Numbers:
    """The `numbers` section, compiled."""

    amounts: Amounts
    durations: Durations
    severity: tuple[re.Pattern[str], ...]
    age: tuple[re.Pattern[str], ...]
    age_past: tuple[re.Pattern[str], ...]
    decade: re.Pattern[str]
    decades: Mapping[str, float]
    within_decade: Mapping[str, float]


def number_facts(reading: Reading, today: date) -> Iterator[Fact]:
    """Yield severity, age and duration where the words around them say what they are."""
    book = _numbers(reading.lexicon)
    spans = {
        "severity": _severity(book, reading.plain),
        "age": _age(book, reading.plain),
        "duration_days": book.durations.stated(reading.plain, today),
    }
    for kind, found in spans.items():
        if found is not None:
            yield _fact(kind, *found, reading)
    if spans["age"] is None and (past := _first(book.age_past, book.amounts, reading.plain)):
        yield Fact("age", past[0], PAST, *reading.wording.original(past[1], past[2]))


def bare_number(text: str) -> float | None:
    """Read an answer such as "7ish", "about 7", "7/10" or "6-7" (a range is rounded up)."""
    book = lexicon()
    plain = plain_words(text, book.spelling).plain
    numbers = _numbers(book)
    out_of_ten = _severity(numbers, plain)
    if out_of_ten is not None:
        return out_of_ten[0]
    found = numbers.amounts.anywhere.search(plain)
    return None if found is None else _score(numbers.amounts, found)


def age_years(text: str) -> float | None:
    """Read an answer such as "34", "thirty four", "I'm 34" or "in my fifties"."""
    book = lexicon()
    plain = plain_words(text, book.spelling).plain
    numbers = _numbers(book)
    found = _age(numbers, plain) or _age(numbers, f"{book.numbers['decade_lead']} {plain}")
    if found is not None:
        return found[0]
    number = numbers.amounts.anywhere.search(plain)
    value = None if number is None else numbers.amounts.low(number)
    return value if value is not None and value <= _OLDEST else None


def duration_days(text: str, today: date | None = None) -> float | None:
    """Read an answer such as "couple of weeks" or "since last tuesday"; vague ones give None."""
    book = lexicon()
    return _numbers(book).durations.answered(
        plain_words(text, book.spelling).plain, today or date.today()
    )


def _score(amounts: Amounts, match: re.Match[str]) -> float:
    """Round the middle of a range up: in doubt the pain is the worse of the two."""
    return float(math.ceil(amounts.middle(match))) if match["high"] else amounts.low(match)


def _fact(kind: str, value: float, start: int, end: int, reading: Reading) -> Fact:
    clause = clause_at(reading.clauses, start)
    status = OTHER_PERSON if person_at(reading.people, clause, start) == OTHER else PRESENT
    return Fact(kind, value, status, *reading.wording.original(start, end))


def _severity(book: Numbers, plain: str) -> tuple[float, int, int] | None:
    for pattern in book.severity:
        for match in pattern.finditer(plain):
            value = _score(book.amounts, match)
            if value <= _WORST:
                return value, match.start(), match.end()
    return None


def _age(book: Numbers, plain: str) -> tuple[float, int, int] | None:
    decade = book.decade.search(plain)
    if decade:
        start = book.decades.get(decade["decade"]) or float(decade["decade"])
        return (
            start + book.within_decade[(decade["part"] or "mid").strip()],
            decade.start(),
            decade.end(),
        )
    return _first(book.age, book.amounts, plain)


def _first(
    patterns: Sequence[re.Pattern[str]], amounts: Amounts, plain: str
) -> tuple[float, int, int] | None:
    for pattern in patterns:
        match = pattern.search(plain)
        if match and amounts.low(match) <= _OLDEST:
            return amounts.low(match), match.start(), match.end()
    return None


@lru_cache(maxsize=4)
def _numbers(book: Lexicon) -> Numbers:
    section: Mapping[str, Any] = book.numbers
    amounts = Amounts(section)
    decades = "|".join(section["decades"])
    parts = "|".join(section["within_decade"])
    return Numbers(
        amounts=amounts,
        durations=Durations(section, amounts, book.words),
        severity=amounts.patterns(section["severity"], book.words),
        age=amounts.patterns(section["age"], book.words),
        age_past=amounts.patterns(section["age_past"], book.words),
        decade=re.compile(
            section["decade"]
            .replace("%part", f"(?P<part>{parts})")
            .replace("%decade", rf"(?P<decade>{decades}|\d0)")
        ),
        decades=section["decades"],
        within_decade=section["within_decade"],
    )
