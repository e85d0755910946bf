"""Read a diary line in free text: which day, how far, and how much it hurt when.

Nothing is guessed: a number whose meaning is not clear is left out and reported. What others did,
what is planned, and what is long past is no entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kneewise.coach.cues import cues
from kneewise.coach.diary import SIGNS, Entry
from kneewise.coach.drafts import Drafts, walked_far
from kneewise.coach.measures import KM, MILES
from kneewise.coach.pairing import Said, said_in
from kneewise.coach.parts import LENGTHS, RUN, Part, parts_of
from kneewise.symptoms import extraction
from kneewise.symptoms.facts import PRESENT
from kneewise.symptoms.wording import plain_words

DAY = timedelta(days=1)
MORNING = ("morning", "this_morning")


@dataclass(frozen=True)
class DayRead:
    """What a line tells: an entry for each day, ordered.

    `unit` is "km" or "miles": the one that was written, else the one given. `missing` names what
    the pain rule still needs of the newest run: "km", "during", "after", "morning"; of a day
    without a run "pain". `unclear` names what was left out: "number", "distance", "pain", "day".
    """

    entries: tuple[Entry, ...]
    unit: str
    missing: tuple[str, ...]
    unclear: tuple[str, ...]


def read_day(text: str, today: date, unit: str = KM) -> DayRead | None:
    """Read a diary line, or None if it tells of no run and no knee.

    Args:
        text: what the runner wrote.
        today: the runner's day.
        unit: "km" or "miles", for when no unit is written.
    """
    book = cues()
    parts = parts_of(plain_words(text, book.spelling).plain, book, today)
    clear = list(_on_known_days(parts))
    drafts = Drafts(["day"] if len(clear) < len(parts) else [])
    said = said_in(clear)
    dated = list(zip(_dated(clear, said, today), said, strict=True))
    drafts.runs |= {part.day for part, _ in dated if part.kind == RUN and part.day}
    drafts.walks |= {part.day for part, _ in dated if part.day and walked_far(part)}
    for part, told in dated:
        _write(part, told, drafts, today)
    entries = tuple(drafts.entries())
    if not entries and not (drafts.unclear and any(part.kind for part in parts)):
        return None
    entries = _with_signs(entries, text, today)
    return DayRead(entries, _unit(parts, book.imperial, unit), missing_of(entries), drafts.unclear)


def _on_known_days(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts up to one whose day is not clear, and again from the next that names one."""
    known = True
    for part in parts:
        known = not part.day_is_unclear and (known or part.day is not None)
        if known:
            yield part


def _dated(parts: Sequence[Part], said: Sequence[Said], today: date) -> Iterator[Part]:
    """The parts, each with its day: named, else that of the part before, else what fits."""
    named = [part for part in parts if part.day]
    alone = {part.day for part in named} if not any(part.kind for part in named) else set()
    first = next(iter(alone)) if len(alone) == 1 else None
    # A run with a morning after it was not today, unless that is said.
    woke = any(p in MORNING for told in said for p in told.phases)
    day = first or (today - DAY if woke and not named else None)
    for part in parts:
        if part.day or (part.kind and part.has("this_morning")):
            day = part.day or today
        yield replace(part, day=day or today)


def _write(part: Part, told: Said, drafts: Drafts, today: date) -> None:
    """Put what a part says into the drafts of its days."""
    day = part.day or today
    if part.kind:
        drafts.moved(day, part)
    for what in told.unclear:
        drafts.note(what)
    for phase, pain in told.scores:
        _score(drafts, day, phase, pain, today)
    for word, phase in told.words:
        _word(drafts, day, phase, word, today)
    for kind in ("settled", "unsettled"):
        if part.has(kind):
            drafts.put(drafts.run_on(day), "settled", kind == "settled")
    drafts.did(day, part)


def _score(drafts: Drafts, day: date, phase: str | None, pain: float, today: date) -> None:
    """Put a pain where it belongs: by when it was, else to the run, else to the day."""
    if phase in MORNING:
        morning = _night_before(drafts, day, phase, today)
        if morning:
            drafts.put(morning, "morning", pain)
        elif phase == "this_morning":
            drafts.put(today, "pain", pain)
        else:
            drafts.note("day")
    elif phase in ("during", "after"):
        drafts.put(drafts.run_on(day), phase, pain)
    elif day not in drafts.runs | drafts.walks:
        drafts.put(today if phase == "now" else day, "pain", pain)
    elif phase is None and drafts.held(day, "during") is None:
        drafts.put(day, "during", pain)
    else:
        drafts.note("number")


def _word(drafts: Drafts, day: date, phase: str | None, word: str, today: date) -> None:
    """Put "fine", "sore", "worse" where the pain rule asks for it; elsewhere it says too little."""
    hurt = word in ("sore", "worse")
    if phase in MORNING:
        morning = _night_before(drafts, day, phase, today)
        if morning:
            drafts.put(morning, "worse", hurt)
    elif phase == "after" and not hurt:
        drafts.put(drafts.run_on(day), "settled", True)
    elif phase is None and not hurt and (woke := drafts.woke()):
        drafts.put(woke, "worse", False)
    elif phase is None and day == today and day not in drafts.runs and today - DAY in drafts.runs:
        drafts.put(today - DAY, "worse", hurt)


def _night_before(drafts: Drafts, day: date, phase: str | None, today: date) -> date | None:
    """The day whose run a morning belongs to, or None if it is none of those told."""
    ran = max((d for d in drafts.runs if d < today), default=None)
    if phase == "this_morning":
        return today - DAY if ran in (None, today - DAY) else None
    if drafts.runs:
        return max(drafts.runs) if max(drafts.runs) < today else None
    return day if day < today else today - DAY


def _with_signs(entries: Sequence[Entry], text: str, today: date) -> tuple[Entry, ...]:
    """The entries, the newest with the signs that the text says are there."""
    if not entries:
        return ()
    facts = extraction.read(text, today).facts
    there = {fact.value for fact in facts if fact.kind == "sign" and fact.status == PRESENT}
    signs = tuple(s for s in SIGNS if s in there or s in entries[-1].signs)
    return (*entries[:-1], replace(entries[-1], signs=signs))


def _unit(parts: Iterable[Part], imperial: frozenset[str], given: str) -> str:
    units = [tag.unit for part in parts for tag in part.of(*LENGTHS) if tag.unit]
    if not units:
        return given
    return MILES if units[-1] in imperial else KM


def missing_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What the pain rule still needs of the newest run, or of the newest day."""
    ran = [e for e in entries if e.ran or "walk_mile" in e.did]
    if not ran:
        bare = bool(entries) and entries[-1].km == 0 and entries[-1].worst is None
        return ("pain",) if bare else ()
    run = ran[-1]
    needs = {
        "km": run.km is None and "walk_mile" not in run.did,
        "during": run.during is None,
        "after": run.after is None and run.settled is None,
        "morning": run.morning is None and run.worse is None,
    }
    return tuple(name for name, lacks in needs.items() if lacks)
