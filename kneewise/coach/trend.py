"""Is the knee getting better? From the diary alone, and never "yes" without data. Pure.

Source: no better in two to three weeks, six weeks at the latest: g-see-our-line; what counts as
better or worse is our own precaution.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import mean

from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import LADDER, REST, rung_of
from kneewise.coach.programme import Programme
from kneewise.coach.rule import GREEN_TO

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SOON = timedelta(days=14)
"""From here on a knee that is no better at all should be seen."""
LATER = timedelta(days=21)
"""From here on it should be better by `BETTER` points, or calm."""
LATEST = timedelta(days=42)
"""From here on it should be calm."""
BETTER, WORSE = 1.0, 2.0
"""Points of 10 by which a week must be better, or may be worse."""
TOO_OFTEN = 3
"""Steps back within `LATER` that say it keeps coming back."""
ENOUGH = 2
"""Days with a pain told that make a week."""


def concern(programme: Programme, diary: Sequence[Entry], today: date) -> str | None:
    """Why somebody should look at the knee, as an id of coach.yml; None if nothing says so."""
    now, first = _lately(diary, today), _first(programme, diary)
    age = today - programme.began
    if now is None or first is None:
        return None
    if age >= WEEK and now - first >= WORSE:
        return "getting_worse"
    if age >= SOON and _comes_back(programme, today):
        return "keeps_coming_back"
    if age >= LATEST and programme.level.mode in (REST, LADDER) and not _runs(programme):
        return "six_weeks"
    return _not_calm(now, first, age) if now > GREEN_TO else None


def _runs(programme: Programme) -> bool:
    """True if the step has any running in it."""
    return programme.level.mode != REST and bool(rung_of(programme.level).run)


def _not_calm(now: float, first: float, age: timedelta) -> str | None:
    """What to say of a week that is still above green."""
    if age >= LATEST:
        return "six_weeks"
    slow = age >= LATER and first - now < BETTER
    return "not_better" if slow or (age >= SOON and now >= first) else None


def _comes_back(programme: Programme, today: date) -> bool:
    """True if the plan went back too often of late."""
    return sum(today - day < LATER for day in programme.backs) >= TOO_OFTEN


def _lately(diary: Sequence[Entry], today: date) -> float | None:
    """The pain of the last week; of the last two if hardly anything was told."""
    week = _pain(diary, today - WEEK + DAY, today)
    return week if week is not None else _pain(diary, today - SOON + DAY, today, enough=1)


def _first(programme: Programme, diary: Sequence[Entry]) -> float | None:
    """The pain at the start: the mean of the first week, else what the plan was made of."""
    began = programme.began
    told = _pain(diary, began, began + WEEK - DAY)
    return told if told is not None else programme.facts.worst


def _pain(diary: Sequence[Entry], first: date, last: date, enough: int = ENOUGH) -> float | None:
    """The mean of the worst pain of some days, or None if too few were told."""
    told = [entry.worst for entry in between(diary, first, last)]
    known = [pain for pain in told if pain is not None]
    return mean(known) if len(known) >= enough else None
