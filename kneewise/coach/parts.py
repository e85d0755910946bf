"""Cut a diary line into parts that each say one thing, and leave out what is no entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kneewise.coach.cues import Cues, Tag
from kneewise.symptoms.clauses import clause_at, clauses
from kneewise.symptoms.lexicon import lexicon
from kneewise.symptoms.people import SELF, person_at

RUN, WALK, NONE = "run", "walk", "none"
SCORES = ("score", "pain_number", "no_pain")
PHASES = ("during", "after", "morning", "this_morning", "now")
WORDS = ("fine", "same", "worse", "sore")
LENGTHS = ("distance", "named")
_SENTENCE_ENDS = ".!?"
_JOINED = "and"


@dataclass(frozen=True)
class Part:
    """One part: its tags in order, the day it names, and what it says of running.

    `kind` is `run`, `walk`, `none` (did not run) or None. `joined`: an "and" came before it.
    """

    tags: tuple[Tag, ...]
    day: date | None
    kind: str | None
    joined: bool

    def of(self, *kinds: str) -> list[Tag]:
        """The tags of some kinds."""
        return [tag for tag in self.tags if tag.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """True if there is a tag of one of the kinds."""
        return any(tag.kind in kinds for tag in self.tags)

    @property
    def day_is_unclear(self) -> bool:
        """True if it names a day that may be today or a week ago."""
        return self.has("weekday", "dates") and self.day is None


def parts_of(plain: str, book: Cues, today: date) -> list[Part]:
    """The parts of a plain text that tell what the writer did or felt."""
    tags = book.find(plain)
    cut = clauses(plain, lexicon().breaks)
    people = lexicon().people.mentions(plain, cut)
    found, skipping, asked = [], False, _questions(plain)
    for start, end, lead in _stretches(plain, tags, book):
        if lead and lead[0] in _SENTENCE_ENDS:
            skipping = False
        text, within = plain[start:end], [t for t in tags if start <= t.start < end]
        told = bool(book.told.search(text))
        asks = any(a <= start < b for a, b in asked)
        off = _is_off(text, told or any(tag.kind == "score" for tag in within), asks, book)
        skipping = off or (skipping and not told)
        if skipping or not within:
            continue
        # Whom a part is about, where its first telling word stands.
        if all(person_at(people, clause_at(cut, t.start), t.start) == SELF for t in within):
            found.append(_part(within, text, book, today, joined=lead == _JOINED))
    return found


def _stretches(plain: str, tags: Sequence[Tag], book: Cues) -> Iterator[tuple[int, int, str]]:
    """Start, end and the word before each stretch between breaks that no tag covers."""
    start, lead = 0, "."
    for match in book.breaks.finditer(plain):
        if any(tag.start <= match.start() < tag.end for tag in tags):
            continue
        yield start, match.start(), lead
        start, lead = match.end(), match.group()
    yield start, len(plain), lead


def _questions(plain: str) -> list[tuple[int, int]]:
    """The spans of sentences that end with a question mark."""
    return [match.span() for match in re.finditer(r"[^.!?]*\?", plain)]


def _is_off(text: str, told: bool, asked: bool, book: Cues) -> bool:
    """True for a question, a plan, a habit, or something long past."""
    stripped = text.strip()
    if book.asking.match(stripped) or (asked and not told):
        return True
    return any(cue.search(stripped) for cue in book.skips.values())


def _part(tags: Sequence[Tag], text: str, book: Cues, today: date, *, joined: bool) -> Part:
    kinds = {tag.kind for tag in tags}
    if kinds & {"position"} and book.stops.search(text):
        # "Stopped after 3 km": there the place on the way is the length.
        tags = [book.length(tag) if tag.kind == "position" else tag for tag in tags]
        kinds = {tag.kind for tag in tags}
    lengths = [tag.value for tag in tags if tag.kind in LENGTHS]
    kind = NONE if lengths and not any(km is None or km for km in lengths) else _kind(kinds)
    return Part(tuple(tags), _day(tags, book, today), kind, joined)


def _kind(kinds: set[str]) -> str | None:
    if "other_sport" in kinds and not kinds & {"ran", "run_walk"}:
        return None
    if kinds & {"no_run", "rest"} and not kinds & set(LENGTHS):
        return NONE
    if kinds & {"ran", "run_walk"}:
        return RUN
    if "walked" in kinds:
        return WALK
    timed = "minutes" in kinds and "did_it" in kinds
    return RUN if timed or kinds & {*LENGTHS, "vague"} else None


def _day(tags: Sequence[Tag], book: Cues, today: date) -> date | None:
    for tag in tags:
        if tag.kind == "day":
            return today - timedelta(days=book.days[tag.text])
        if tag.kind == "weekday":
            back = (today.weekday() - book.weekdays.index(tag.text.split()[-1])) % 7
            return today - timedelta(days=back) if back else None
    return None
