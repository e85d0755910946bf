"""What the diary says of the running: how far, how often, and if it kept to the plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import LONGEST_OF, REST, Level
from kneewise.coach.programme import Programme

TOLD_COUNTS = timedelta(days=14)
"""How long the longest run told at the start still counts as one of the last 30 days (precaution:
nobody says on which day it was)."""
SLACK = 1.05
"""What a watch may differ: a run this much over the limit is still on it (precaution)."""
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def longest(programme: Programme, diary: Sequence[Entry], today: date) -> float | None:
    """The longest run in km of the last 30 days, or None if no distance is known."""
    known = [e.km for e in between(diary, today - LONGEST_OF * DAY, today) if e.km]
    if programme.facts.longest_km and today - programme.began <= TOLD_COUNTS:
        known.append(programme.facts.longest_km)
    return max(known, default=None)


def distance(diary: Sequence[Entry], first: date, last: date) -> float:
    """The km of some days, both included; a run with no distance counts as none."""
    return sum(entry.km or 0.0 for entry in between(diary, first, last))


def over_limit(level: Level, days: Sequence[Entry]) -> bool:
    """True if a run, or the runs of seven days, were longer than the level has it."""
    if level.mode == REST:
        return any(entry.ran for entry in days)
    too_far = any((entry.km or 0) > SLACK * level.single_km for entry in days)
    weeks = (distance(days, e.day - WEEK + DAY, e.day) for e in days)
    return too_far or any(km > SLACK * level.weekly_km for km in weeks)


def without_rest(days: Sequence[Entry]) -> bool:
    """True if somebody ran on two days in a row (g-every-other-day)."""
    ran = {entry.day for entry in days if entry.ran}
    return any(day + DAY in ran for day in ran)
