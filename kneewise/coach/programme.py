"""A two-week plan from the facts: how to run, how to get strong, and when to see someone. Pure.

Nothing is worded here; each line is an id with its numbers, and `knowledge/coach.yml` holds its
text and what it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from kneewise.coach import ladder
from kneewise.coach.facts import PlanFacts
from kneewise.coach.ladder import LADDER, MILE, RESTING, RUN_LESS, RUN_WALK, Level
from kneewise.coach.rule import AMBER_TO, GREEN_TO

FORTNIGHT = timedelta(days=14)
VERSION = 1
BACKS_KEPT = 8
SEVERE = 8.0
"""From this pain someone has to look first (knowledge/plan.yml, branch `severe`)."""
SHORTER = 0.6
"""A run of what it was: three runs of 5 km become five of 3 km (g-run-shorter)."""
RAISE, SQUAT, JUMP_SQUAT = "straight_leg_raise", "squat", "jump_squat"
STRENGTH = (RAISE, SQUAT, JUMP_SQUAT)
"""The steps of the article, in its order (a-progress)."""


@dataclass(frozen=True)
class NoPlan:
    """Why there is no plan.

    `reason` is one of `red_flag under_16 recent_surgery severe unchecked other_knee`.
    """

    reason: str


@dataclass(frozen=True)
class Line:
    """One line of a plan: an id of `knowledge/coach.yml` and the numbers it is filled with.

    Those of `DISTANCES` are km and are told in the runner's unit.
    """

    id: str
    values: tuple[tuple[str, float], ...] = ()


DISTANCES = frozenset({"single", "week", "distance", "longest"})


@dataclass(frozen=True)
class Programme:
    """The plan as it stands.

    `began` is the day of the first plan, `since` the first day whose entries count for the next
    step, `before` the level before the newest step up (None after a step back). `ups` are the days
    of the newest steps up of running, `backs` of the entries that led to a step back; `changed` is
    what stepped up last, `running` or `strength`.
    `stopped` is the day of the newest entry that stopped it, `advised` the day of the newest
    advice to see someone.
    """

    facts: PlanFacts
    began: date
    since: date
    level: Level
    strength: str = RAISE
    before: Level | None = None
    ups: tuple[date, ...] = ()
    backs: tuple[date, ...] = ()
    changed: str | None = None
    stopped: date | None = None
    advised: date | None = None
    strength_since: date | None = None

    @property
    def step(self) -> str:
        """What an entry names as the step of the plan on its day."""
        return self.level.step

    def ends(self, today: date) -> date:
        """The last day of the fortnight that holds `today`."""
        past = max((today - self.began) // FORTNIGHT, 0)
        return self.began + (past + 1) * FORTNIGHT - timedelta(days=1)


def make(facts: PlanFacts, today: date) -> Programme | NoPlan:
    """The plan for these facts, the same for the same facts; or why there is none."""
    reason = _held_back(facts)
    if reason:
        return NoPlan(reason)
    return Programme(facts, today, today, _level(facts), _strength(facts), strength_since=today)


def _held_back(facts: PlanFacts) -> str | None:
    """Who has to be seen first (knowledge/plan.yml, branches; evidence base, section 5)."""
    tests = {
        "red_flag": bool(facts.flags),
        "under_16": facts.is_child,
        "recent_surgery": "recent_surgery" in facts.cautions,
        "severe": (facts.worst or 0) >= SEVERE,
        "unchecked": not facts.checked,
        "other_knee": not facts.fits,
    }
    return next((reason for reason, holds in tests.items() if holds), None)


def _level(facts: PlanFacts) -> Level:
    """How to run at first.

    Over 5: rest. With no run of late, an unknown longest run or unknown pain: the ladder from its
    start, which is our careful choice. 3 to 5: half, with walks (g-bands, g-run-walk). Up to 2:
    shorter runs (g-run-shorter).
    """
    if facts.pain is not None and facts.pain > AMBER_TO:
        return RESTING
    longest = facts.longest_km
    if facts.pain is None or longest is None or longest < MILE or facts.weekly_km == 0:
        return ladder.on_rung(0)
    calm = facts.pain <= GREEN_TO and (facts.worst or 0) <= AMBER_TO
    share, runs = (SHORTER, ladder.MOST_RUNS) if calm else (ladder.HALF, ladder.BUILD_RUNS)
    single = share * longest
    week = runs * single
    if facts.weekly_km is not None:
        week = min(week, facts.weekly_km if calm else ladder.HALF * facts.weekly_km)
    return ladder.by_distance(RUN_LESS if calm else RUN_WALK, min(single, week), week, runs)


def _strength(facts: PlanFacts) -> str:
    """Squats only where a squat is known not to hurt; never jumps at first (a-progress)."""
    pain_free = facts.squatting == 0 and facts.worst is not None and facts.worst <= GREEN_TO
    return SQUAT if pain_free else RAISE


def is_new_to_running(programme: Programme) -> bool:
    """True if the ladder is there because no run of late is known."""
    facts = programme.facts
    short = facts.longest_km is not None and facts.longest_km < MILE
    return programme.level.mode == LADDER and (short or facts.weekly_km == 0)


def as_data(programme: Programme) -> dict[str, Any]:
    """The plan as JSON can hold it."""
    return {"version": VERSION, **_plain(programme)}


def _plain(value: Any) -> Any:
    if isinstance(value, (Programme, PlanFacts, Level)):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def from_data(data: object) -> Programme | None:
    """The plan that `as_data` made, or None for anything else. Never raises."""
    try:
        return _programme(data) if isinstance(data, Mapping) else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _programme(data: Mapping[str, Any]) -> Programme | None:
    if data["version"] != VERSION or data["strength"] not in STRENGTH:
        return None
    if data["changed"] not in (None, "running", "strength"):
        return None
    facts: dict[str, Any] = {
        n: tuple(v) if isinstance(v, list) else v for n, v in data["facts"].items()
    }
    held = {name: value for name, value in data.items() if name != "version"}
    days = ("began", "since", "stopped", "advised", "strength_since")
    return Programme(
        **{
            **held,
            **{name: date.fromisoformat(data[name]) if data[name] else None for name in days},
            "facts": PlanFacts(**facts),
            "level": Level(**data["level"]),
            "before": Level(**data["before"]) if data["before"] else None,
            "ups": tuple(map(date.fromisoformat, data["ups"])),
            "backs": tuple(map(date.fromisoformat, data["backs"])),
        }
    )


def stepped(programme: Programme, level: Level, since: date, **changes: Any) -> Programme:
    """The plan at another level; entries count from `since`."""
    return replace(programme, level=level, since=since, **changes)
