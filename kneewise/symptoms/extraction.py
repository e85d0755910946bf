"""Read the facts out of a message: patterns find them, the clause around them gives the status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from kneewise.symptoms.clauses import Clause, clause_at, clauses
from kneewise.symptoms.context import Context, Found
from kneewise.symptoms.entries import Entry, Tell
from kneewise.symptoms.facts import (
    DENIED,
    OTHER_PERSON,
    PRESENT,
    STATUSES,
    UNSURE,
    Fact,
)
from kneewise.symptoms.lexicon import Lexicon, lexicon
from kneewise.symptoms.numbers import number_facts
from kneewise.symptoms.people import OTHER, Mention, person_at
from kneewise.symptoms.wording import Wording, plain_words

_ENOUGH = 24  # matches of one entry in one message; more is a pasted or hostile text

_NEAR = 60  # characters in which a "can not" stands right before a match
_LISTED = 8  # answers in one list
_SHORT_ANSWER = 6  # words of one answer; longer ones are sentences


@dataclass(frozen=True)
class Reading:
    """A message, read once: its plain words, clauses and the people in it."""

    lexicon: Lexicon
    wording: Wording
    clauses: tuple[Clause, ...]
    people: tuple[Mention, ...]
    held: frozenset[str]
    of_child: bool

    @property
    def plain(self) -> str:
        """The message in plain words."""
        return self.wording.plain


@dataclass(frozen=True)
class Hit:
    """One match of one entry."""

    entry: Entry
    found: Found
    anyone: bool
    of_someone: bool = False  # counts in a child only, and no child is named


@dataclass(frozen=True)
class Stated:
    """What a message states, and whether it is about the writer's own child."""

    facts: tuple[Fact, ...]
    about_child: bool


def _reading(text: str) -> Reading:
    """Spell a message out and cut it up."""
    book = lexicon()
    wording = plain_words(text, book.spelling)
    cut = clauses(wording.plain, book.breaks)
    return Reading(
        lexicon=book,
        wording=wording,
        clauses=cut,
        people=book.people.mentions(wording.plain, cut),
        held=book.needs.held_by(wording.plain),
        of_child=book.people.speaks_of_child(wording.plain),
    )


def read(text: str, today: date | None = None) -> Stated:
    """Read a message once: its facts in the order of the text, and whose knee it is about."""
    reading = _reading(text)
    if not reading.wording.words:
        return Stated((), about_child=False)
    hits = list(_unmasked(list(_hits(reading))))
    facts = [fact for hit in hits for fact in _facts(hit, reading)]
    facts += number_facts(reading, today or date.today())
    ordered = sorted(
        _strongest(facts),
        key=lambda fact: (fact.start, fact.end, fact.kind, str(fact.value)),
    )
    return Stated(tuple(ordered), about_child=reading.of_child)


def extract(text: str, today: date | None = None) -> list[Fact]:
    """Return every fact a message states, in the order of the text."""
    return list(read(text, today).facts)


def about_child(text: str) -> bool:
    """Tell whether the message is about the writer's own child."""
    return read(text).about_child


def _hits(reading: Reading) -> Iterator[Hit]:
    of_child = reading.of_child or bool(reading.lexicon.young.search(reading.plain))
    for entry, tells in reading.lexicon.possible(reading.held):
        hits = list(islice(_entry_hits(entry, tells, reading, of_child), _ENOUGH))
        skipped = _skipped(entry, reading) if hits else []
        for hit in hits:
            if hit.found.base == DENIED or not any(_meet(span, hit.found) for span in skipped):
                yield hit
    yield from _bare_hits(reading)


def _entry_hits(
    entry: Entry, tells: Sequence[Tell], reading: Reading, of_child: bool
) -> Iterator[Hit]:
    plain = reading.wording.plain
    someone = not any(mention.person == OTHER for mention in reading.people)
    for pattern, base, anyone, of_children in tells:
        if of_children and not of_child and not someone:
            continue
        for match in pattern.regex.finditer(plain):
            if base == DENIED and _is_turned_round(match.start(), reading):
                continue
            negative = pattern.denies_within(match)
            found = Found(
                *match.span(), base, negative, entry.history, entry.settles, entry.certain or anyone
            )
            yield Hit(entry, found, anyone, of_someone=of_children and not of_child)


def _is_turned_round(start: int, reading: Reading) -> bool:
    return reading.lexicon.statuses.turned_round(reading.plain[max(start - _NEAR, 0) : start])


def _skipped(entry: Entry, reading: Reading) -> list[tuple[int, int]]:
    patterns = (pattern for pattern in entry.skip if not pattern.needs.isdisjoint(reading.held))
    return [match.span() for pattern in patterns for match in pattern.regex.finditer(reading.plain)]


def _meet(span: tuple[int, int], found: Found) -> bool:
    return span[0] < found.end and found.start < span[1]


def _bare_hits(reading: Reading) -> Iterator[Hit]:
    """Read a message that is nothing but a list of short answers ("running and stairs")."""
    items = list(_list_items(reading))
    if len(items) > _LISTED or any(len(item.split()) > _SHORT_ANSWER for _, item in items):
        return
    for start, item in items:
        for entry in reading.lexicon.entries:
            if entry.bare and entry.bare.fullmatch(item) and not _is_skipped(entry, start, reading):
                yield Hit(entry, Found(start, start + len(item), PRESENT), False)


def _is_skipped(entry: Entry, start: int, reading: Reading) -> bool:
    return any(begin <= start < end for begin, end in _skipped(entry, reading))


def _list_items(reading: Reading) -> Iterator[tuple[int, str]]:
    start = 0
    cuts = [
        *(match.span() for match in reading.lexicon.list_joints.finditer(reading.plain)),
        (len(reading.plain),) * 2,
    ]
    for cut_start, cut_end in cuts:
        piece = reading.plain[start:cut_start]
        item = piece.strip()
        offset = start + len(piece) - len(piece.lstrip())
        padding = reading.lexicon.list_padding.match(item)
        skip = padding.end() + 1 if padding and padding.end() < len(item) else 0
        if item:
            yield offset + skip, item[skip:]
        start = cut_end


def _unmasked(hits: list[Hit]) -> Iterator[Hit]:
    """Drop what a more telling match covers: a swollen calf is no swollen knee."""
    for hit in hits:
        if not any(_covers(other, hit) for other in hits):
            yield hit


def _covers(other: Hit, hit: Hit) -> bool:
    """A masking match covers what it touches; "stairs are fine" covers the "stairs" inside it."""
    if not _meet((other.found.start, other.found.end), hit.found):
        return False
    if hit.entry.value in other.entry.masks:
        return other.found.base != UNSURE
    if other.entry is not hit.entry or other.found.base != DENIED:
        return False
    within = other.found.start <= hit.found.start and hit.found.end <= other.found.end
    return hit.found.base == UNSURE or (hit.found.base == PRESENT and within)


def _facts(hit: Hit, reading: Reading) -> Iterator[Fact]:
    clause = clause_at(reading.clauses, hit.found.start)
    context = Context(hit.found, clause, reading.plain)
    status = reading.lexicon.statuses.of(context)
    if status is None:
        return
    if hit.of_someone and not reading.lexicon.people.is_of_someone(context.before):
        return
    speaker = person_at(reading.people, clause, hit.found.start)
    if hit.of_someone or (not hit.anyone and speaker == OTHER):
        status = OTHER_PERSON
    start, end = reading.wording.original(hit.found.start, hit.found.end)
    yield Fact(hit.entry.kind, hit.entry.value, status, start, end)
    if status in (PRESENT, UNSURE):
        for value in hit.entry.implies:
            yield Fact(reading.lexicon.by_value(value).kind, value, status, start, end)


def _strongest(facts: list[Fact]) -> list[Fact]:
    """Keep one fact a value: the strongest status, then the longest span."""
    best: dict[tuple[str, str | float], Fact] = {}
    for fact in facts:
        key = (fact.kind, fact.value)
        rival = best.get(key)
        if rival is None or _rank(fact) < _rank(rival):
            best[key] = fact
    return list(best.values())


def _rank(fact: Fact) -> tuple[int, int, int]:
    return STATUSES.index(fact.status), fact.start - fact.end, fact.start
