"""The steps of running: from rest over the walk-run ladder to runs of a set length. Pure.

Source of the rungs: g-walk-run (a trial's walk-run ladder), g-walk-first for the first, with
g-every-other-day for the rest day and the two rungs a week (evidence base, section 2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor

MILE = 1.609344
"""Kilometres of a mile."""
REST, LADDER, RUN_WALK, RUN_LESS = "rest", "ladder", "run_walk", "run_less"
MODES = (REST, LADDER, RUN_WALK, RUN_LESS)

TIMES_EACH = 2
"""Green runs that a rung needs before the next (g-walk-run)."""
RUNGS_A_WEEK = 2
"""The most rungs in seven days (g-every-other-day)."""
MOST_RUNS = 4
"""The most runs in seven days while building up (g-every-other-day)."""
BUILD_RUNS = 3
"""Runs in seven days right after pain or the ladder (precaution)."""
JUMP = 1.10
"""A single run may be this much of the longest of the last 30 days (g-prevent-jump)."""
LONGEST_OF = 30
"""Days in which the longest run counts (g-prevent-jump)."""
FARTHEST = 10_000.0
"""No weekly distance in km can be more; what is more was misread."""
HALF = 0.5
"""What is left of a distance after amber (g-bands)."""


@dataclass(frozen=True)
class Rung:
    """One rung: walk and run in turn, in minutes, for a distance in km. No walk: run all of it."""

    id: str
    walk: int
    run: int
    km: float


RUNGS = (
    Rung("walk_mile", 1, 0, MILE),
    Rung("walk_2_run_3_mile", 2, 3, MILE),
    Rung("walk_2_run_3_more", 2, 3, 1.5 * MILE),
    Rung("walk_2_run_4", 2, 4, 1.5 * MILE),
    Rung("walk_2_run_4_two", 2, 4, 2 * MILE),
    Rung("walk_1_run_4_two", 1, 4, 2 * MILE),
    Rung("run_two_miles", 0, 1, 2 * MILE),
)
"""From "can walk a mile with no pain or swelling" (g-walk-first) to two miles of running."""
_BY_ID: Mapping[str, int] = {rung.id: place for place, rung in enumerate(RUNGS)}


@dataclass(frozen=True)
class Level:
    """How much running: the mode, the rung of a ladder, and what is the most.

    `runs` in seven days, `single_km` in one run, `weekly_km` in seven days. At rest all are 0.

    Raises:
        ValueError: the mode or rung is unknown, or a number is not in range.
    """

    mode: str
    rung: str | None = None
    runs: int = 0
    single_km: float = 0.0
    weekly_km: float = 0.0

    def __post_init__(self) -> None:
        if self.mode not in MODES or (self.mode == LADDER) != (self.rung in _BY_ID):
            raise ValueError(f"there is no level {self.mode!r} with rung {self.rung!r}")
        if not (0 <= self.runs <= MOST_RUNS and 0 <= self.single_km <= self.weekly_km <= FARTHEST):
            raise ValueError(f"a level of {self.runs} runs, {self.single_km}, {self.weekly_km} km")

    @property
    def step(self) -> str:
        """What an entry names as the step of the plan: the rung, or else the mode."""
        return self.rung or self.mode


RESTING = Level(REST)
STEPS = (REST, *(rung.id for rung in RUNGS), RUN_WALK, RUN_LESS)
"""What an entry can name as its step, the least running first."""


def rung_of(level: Level) -> Rung:
    """The rung of a level on the ladder. Raises KeyError for other levels."""
    return RUNGS[_BY_ID[level.rung or ""]]


def on_rung(place: int) -> Level:
    """The level of a rung, counted from 0."""
    rung = RUNGS[place]
    return Level(LADDER, rung.id, BUILD_RUNS, rung.km, BUILD_RUNS * rung.km)


def by_distance(mode: str, single_km: float, weekly_km: float, runs: int) -> Level:
    """A level of runs of a set length, rounded down; under a mile it is the ladder instead."""
    single = rounded_down(single_km)
    if single < MILE:
        return on_rung(1)
    return Level(mode, None, runs, single, max(single, rounded_down(weekly_km)))


def rounded_down(km: float) -> float:
    """A distance in whole tenths of a km, never more than it was."""
    return floor(km * 10 + 1e-9) / 10


def lower(level: Level) -> Level:
    """One step back: half the distance, the rung below, or rest below the lowest (g-bands)."""
    if level.mode in (RUN_WALK, RUN_LESS):
        halves = HALF * level.single_km, HALF * level.weekly_km
        return by_distance(RUN_WALK, *halves, min(level.runs, BUILD_RUNS))
    place = _BY_ID.get(level.rung or "", 0)
    return on_rung(place - 1) if place else RESTING


def higher(level: Level, longest_km: float | None) -> Level:
    """One step on, or the same level if there is none without a jump.

    Args:
        level: the step that went well.
        longest_km: the longest run of the last 30 days; None if no distance is known.
    """
    if level.mode == REST:
        return on_rung(0)
    if level.mode == LADDER:
        place = _BY_ID[level.rung or ""] + 1
        return on_rung(place) if place < len(RUNGS) else _after_ladder(level)
    if longest_km is None:
        return level
    if level.mode == RUN_WALK:
        single = min(level.single_km, JUMP * longest_km)
        return by_distance(RUN_LESS, single, level.weekly_km, level.runs)
    single = rounded_down(JUMP * min(level.single_km, longest_km))
    if single <= level.single_km:
        return level
    return replace(level, single_km=single, weekly_km=rounded_down(JUMP * level.weekly_km))


def _after_ladder(level: Level) -> Level:
    """Two miles went well: runs of two miles, to grow from there."""
    single = level.single_km
    return Level(RUN_LESS, None, BUILD_RUNS, single, BUILD_RUNS * single)
