"""Find what a diary line is made of: numbers, distances, days and the words of `coach.yml`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from kneewise import knowledge
from kneewise.coach.book import Book
from kneewise.symptoms.amounts import Amounts
from kneewise.symptoms.lexicon import lexicon, spelling_tables
from kneewise.symptoms.patterns import any_of
from kneewise.symptoms.spelling import Spelling

WORST = 10
_SIMPLE = ("dates", "not_did", "not_limp", "limp", "not_phase", "score", "no_pain")
_THEN = ("unsettled", "settled")
_LAST = (
    "position", "distance", "named", "vague", "minutes", "not_numbers", "pain_number",
    "run_walk", "no_run", "rest", "walked",
)  # fmt: skip
_END = (
    "other_sport",
    "elsewhere",
    "knee",
    "ran",
    "did_it",
    "sore",
    "same",
    "worse",
    "fine",
    "bare",
)


@dataclass(frozen=True)
class Tag:
    """A stretch of a plain text that means something.

    `value` is the pain of a score, the km of a distance (None: not clear), the days ago of a day.
    """

    kind: str
    start: int
    end: int
    text: str
    value: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Cues:
    """The `reading` section, compiled."""

    spelling: Spelling
    amounts: Amounts
    tags: tuple[tuple[str, re.Pattern[str]], ...]
    skips: Mapping[str, re.Pattern[str]]
    told: re.Pattern[str]
    asking: re.Pattern[str]
    breaks: re.Pattern[str]
    stops: re.Pattern[str]
    units: Mapping[str, float]
    imperial: frozenset[str]
    named: Mapping[str, float]
    days: Mapping[str, int]
    weekdays: Sequence[str]

    def find(self, plain: str) -> tuple[Tag, ...]:
        """Every tag of a plain text, in order; what one has taken no other can take."""
        left, found = plain, []
        for kind, pattern in self.tags:
            for match in pattern.finditer(left):
                found.append(self._tag(kind, match, plain))
                left = f"{left[: match.start()]}{'~' * len(match.group())}{left[match.end() :]}"
        return tuple(sorted(found, key=lambda tag: tag.start))

    def length(self, tag: Tag) -> Tag:
        """A place on the way as the length it names ("after 3 km"), if it names one."""
        pattern = next(pattern for kind, pattern in self.tags if kind == "distance")
        match = pattern.search(tag.text)
        if match is None:
            return tag
        return replace(tag, kind="distance", value=self._km(match), unit=match["unit"])

    def _tag(self, kind: str, match: re.Match[str], plain: str) -> Tag:
        text = plain[match.start() : match.end()]
        span = (kind, match.start(), match.end(), text)
        if kind == "distance":
            return Tag(*span, self._km(match), match["unit"])
        if kind in ("score", "pain_number", "bare"):
            return Tag(*span, self._pain(text))
        if kind == "named":
            return Tag(*span, self.named[text])
        return Tag(*span)

    def _km(self, match: re.Match[str]) -> float | None:
        """The km of a distance; a range of distances is not clear."""
        if match["high"]:
            return None
        number = 0.5 if match["part"] else self.amounts.value(match["low"]) if match["low"] else 1.0
        more = 0.5 if match["half"] or match["more"] else 0.0
        return (number + more) * self.units[match["unit"]]

    def _pain(self, text: str) -> float:
        """The number of a score; in doubt the pain is the worse: a range is rounded up."""
        said = re.split(r" / | out of ", text)[0]
        values = [self.amounts.value(m) for m in re.findall(self._one, said)]
        return float(math.ceil(sum(values) / len(values))) if len(values) > 1 else values[0]

    @property
    def _one(self) -> str:
        return rf"(?<!\S)(?:{self.amounts.one})(?!\S)"


def cues() -> Cues:
    """The words of the knowledge folder, compiled once."""
    return _compiled(knowledge.load().coach)


@lru_cache(maxsize=4)
def _compiled(coach: Book) -> Cues:
    book = coach.reading
    amounts = Amounts(lexicon().numbers)
    joints = "|".join(book["range_joints"])
    words = {"unit": _either(book["units"])}
    number = rf"(?:{amounts.one})(?: (?:{joints}) (?:{amounts.one}))?"

    def compiled(patterns: Iterable[str]) -> re.Pattern[str]:
        return any_of([p.replace("#", f"(?:{number})") for p in patterns], words)

    special = {
        "distance": _distance(book, amounts, joints),
        "named": any_of([_either(book["named"])], {}),
        "bare": compiled(["#"]),
    }
    return Cues(
        spelling=_spelling(book),
        amounts=amounts,
        tags=tuple(
            (kind, special.get(kind) or compiled(patterns)) for kind, patterns in _in_order(book)
        ),
        skips={name: compiled(book[name]) for name in ("future", "habit", "past")},
        told=compiled(book["told"]),
        asking=re.compile(
            rf"(?:(?:{_either(book['fillers'])}|,) )*(?:{'|'.join(book['asking'])})(?!\S)(?! not)"
        ),
        breaks=compiled(book["breaks"]),
        stops=compiled(book["stops_at"]),
        units=book["units"],
        imperial=frozenset(book["imperial"]),
        named=book["named"],
        days=book["days"],
        weekdays=book["weekdays"],
    )


def _in_order(book: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    """Every kind of tag, those that take words from others first."""
    for kind in (*_SIMPLE, *_THEN):
        yield kind, book[kind]
    for phase in ("morning", "after", "now"):
        yield phase, book["phases"][phase]
    yield "day", [_either(book["days"])]
    lead = _either(book["weekday_lead"])
    yield "weekday", [rf"(?:(?:{lead}) )?(?:{_either(book['weekdays'])})"]
    yield "this_morning", book["this_morning"]
    for kind in _LAST:
        yield kind, book.get(kind, ())
    for kind, patterns in book["did"].items():
        yield kind, patterns
    yield "during", book["phases"]["during"]
    for kind in _END:
        yield kind, book.get(kind, ())


def _distance(book: Mapping[str, Any], amounts: Amounts, joints: str) -> re.Pattern[str]:
    more, half = "|".join(book["and_a_half"]), "|".join(book["half"])
    amount = rf"(?P<low>{amounts.one})(?: (?:{joints}) (?P<high>{amounts.one}))?"
    return re.compile(
        rf"(?<!\S)(?:{amount}(?P<half> (?:{more}))?|(?P<part>{half})|an?)"
        rf" (?P<unit>{_either(book['units'])})(?P<more> (?:{more}))?(?!\S)"
    )


def _spelling(book: Mapping[str, Any]) -> Spelling:
    """The speller of the symptoms with the words of a diary beside the knee words."""
    table, known = spelling_tables()
    words = {**table["words"], **book["slips"]}
    return Spelling({**table, "words": words}, known | set(book["vocabulary"].split()), _real())


def _real() -> frozenset[str]:
    lines = (knowledge.folder() / "real_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


def _either(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))
