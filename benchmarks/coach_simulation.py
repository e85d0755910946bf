"""Seven runners over eight weeks with the coach: where each ends (`benchmarks/results/coach.md`).

    python -m benchmarks.coach_simulation

A runner is a knee (how it hurts from day to day), and a way to follow a plan and to write a diary.
Nothing here is clinical data: the knees are made up, so that every rule of the coach is tried.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import pi, sin
from pathlib import Path
from random import Random

from kneewise.coach import diary, ladder
from kneewise.coach.diary import Entry
from kneewise.coach.facts import PlanFacts
from kneewise.coach.programme import NoPlan, Programme, make
from kneewise.coach.progress import Verdict, judge
from kneewise.coach.today import EASY, YES, RunToday, run_today

RESULT = Path(__file__).with_name("results") / "coach.md"
BEGAN = date(2026, 1, 5)
DAYS = 56
DAY = timedelta(days=1)
WORST = 10.0
USUAL, BY_KM, AT_REST = 4.0, 0.4, 0.3
"""Km of the run that `pain` is of, and the shares of it that grow with the km or stay at rest."""
BAD_DAYS = range(30, 34)
CARELESS = 0.5
"""How often a careless runner runs on a day off."""
FACTS = PlanFacts(running=4, stairs=3, weekly_km=24, longest_km=8, age=34, checked=True)


@dataclass(frozen=True)
class Runner:
    """Someone with a sore knee.

    `pain` gives the pain of a run of `USUAL` km, 0 to 10, on a day of the eight weeks. A shorter
    run hurts less; on a walk and at rest some of it is there. `noise` is how far a told number is
    off. `far` is what of the limit is run, `heeds`
    if rest days are kept, `silent` on which days nothing is run or written.
    """

    name: str
    pain: Callable[[int], float]
    facts: PlanFacts = FACTS
    noise: float = 0.4
    far: float = 1.0
    heeds: bool = True
    silent: frozenset[int] = frozenset()
    seed: int = 7


RUNNERS = (
    Runner("improving", lambda day: 4 - 0.11 * day),
    Runner("worsening", lambda day: 2.5 + 0.12 * day),
    Runner("up and down", lambda day: 2.6 + 1.6 * sin(2 * pi * day / 11)),
    Runner("careless", lambda day: 2.4 - 0.03 * day, far=1.5, heeds=False),
    Runner("a missing week", lambda day: 3 - 0.12 * day, silent=frozenset(range(26, 37))),
    Runner("no change", lambda _: 4.0),
    Runner("a bad day", lambda day: 8.0 if day in BAD_DAYS else 3 - 0.08 * day),
)


@dataclass
class Story:
    """What happened: the diary, each day's plan, and every verdict that moved or advised."""

    runner: Runner
    plans: list[Programme] = field(default_factory=list)
    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()

    def moves(self, move: str) -> list[int]:
        """The days on which the plan made a move, counted from 0."""
        return [day for day, verdict in self.verdicts if verdict.move == move]

    def reasons(self) -> set[str]:
        """Every reason that was given."""
        return {reason for _, verdict in self.verdicts for reason in verdict.reasons}

    @property
    def last(self) -> Programme:
        """The plan at the end."""
        return self.plans[-1]


def follow(runner: Runner) -> Story:
    """Eight weeks of one runner: each day the morning, the verdict, and perhaps a run.

    Raises:
        ValueError: the runner's facts give no plan.
    """
    programme = make(runner.facts, BEGAN)
    if isinstance(programme, NoPlan):
        raise ValueError(programme.reason)  # noqa: TRY004 - the facts are wrong, not the type
    story, chance = Story(runner), Random(runner.seed)  # noqa: S311 - no secret depends on it
    for number in range(DAYS):
        today = BEGAN + number * DAY
        if number not in runner.silent:
            _write_morning(story, number, chance)
        verdict = judge(programme, story.entries, today)
        programme = verdict.programme
        story.verdicts.append((number, verdict))
        if number not in runner.silent:
            answer = run_today(programme, story.entries, today)
            _write_day(story, programme, answer, number, chance)
        story.plans.append(programme)
    return story


def _told(value: float, runner: Runner, chance: Random) -> float:
    """A pain as people tell it: a whole number, and not always the same one."""
    return float(min(max(round(value + chance.uniform(-runner.noise, runner.noise)), 0), WORST))


def _of_run(runner: Runner, number: int, km: float) -> float:
    """The pain of a run: more of it with each km, up to half as far again as usual."""
    return runner.pain(number) * (1 - BY_KM + BY_KM * min(km / USUAL, 1.5))


def _write_morning(story: Story, number: int, chance: Random) -> None:
    """How the knee is the morning after a run."""
    yesterday = BEGAN + (number - 1) * DAY
    ran = [e for e in story.entries if e.day == yesterday and e.during is not None]
    if ran:
        morning = _told(AT_REST * story.runner.pain(number), story.runner, chance)
        story.entries = diary.add(story.entries, Entry(yesterday, morning=morning))


def _write_day(
    story: Story, programme: Programme, answer: RunToday, number: int, chance: Random
) -> None:
    """A run if the coach, or a careless heart, allows it; else how the knee is at rest."""
    runner, today = story.runner, BEGAN + number * DAY
    first = answer.reasons == ("nothing_told",) and programme.level.mode != ladder.REST
    runs = answer.answer in (YES, EASY) or first
    may = programme.level.mode != ladder.REST
    careless = may and not runner.heeds and chance.random() < CARELESS
    did = ("strength",) if number % 2 else ()
    if not (runs or careless):
        pain = _told(AT_REST * runner.pain(number), runner, chance)
        story.entries = diary.add(story.entries, Entry(today, km=0.0, pain=pain, did=did))
        return
    km = round((answer.km or programme.level.single_km) * runner.far, 2)
    walks = programme.level.rung == ladder.RUNGS[0].id
    hurts = AT_REST * runner.pain(number) if walks else _of_run(runner, number, km)
    entry = Entry(
        today,
        km=None if walks else km,
        during=_told(hurts, runner, chance),
        after=_told(AT_REST * runner.pain(number), runner, chance),
        did=(*did, "walk_mile") if walks else did,
        step=programme.step,
    )
    story.entries = diary.add(story.entries, entry)


def table(stories: list[Story]) -> Iterator[str]:
    """The lines of the table: a row for each runner, then the weeks of each."""
    yield "| runner | starts at | ends at | up | back | stop | see someone | why | no entry |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for story in stories:
        yield "| " + " | ".join(_row(story)) + " |"
    yield ""
    yield "Step and longest run at the end of each week:"
    yield ""
    yield "| runner | " + " | ".join(f"week {week}" for week in range(1, DAYS // 7 + 1)) + " |"
    yield "|---" * (DAYS // 7 + 1) + "|"
    for story in stories:
        weeks = [_level(story.plans[day]) for day in range(6, DAYS, 7)]
        yield f"| {story.runner.name} | " + " | ".join(weeks) + " |"


def _row(story: Story) -> list[str]:
    counts = [str(len(story.moves(move))) for move in ("up", "back", "stop")]
    advised = story.moves("see_doctor")
    why = [v.reasons[0] for _, v in story.verdicts if v.move == "see_doctor"]
    missing = story.moves("missing")
    return [
        story.runner.name,
        _level(story.plans[0]),
        _level(story.last),
        *counts,
        f"day {advised[0] + 1}" if advised else "never",
        ", ".join(dict.fromkeys(why)).replace("_", " ") or "-",
        f"day {missing[0] + 1}" if missing else "-",
    ]


def _level(programme: Programme) -> str:
    level = programme.level
    name = level.step.replace("_", " ")
    return (
        name if level.mode in (ladder.REST, ladder.LADDER) else f"{name} {level.single_km:.1f} km"
    )


def main() -> None:
    """Follow every runner and write the table."""
    stories = [follow(runner) for runner in RUNNERS]
    text = "\n".join([*INTRODUCTION, *table(stories), ""])
    RESULT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


INTRODUCTION = (
    "# Seven runners, eight weeks",
    "",
    "Made-up knees that follow the coach for 56 days (`python -m benchmarks.coach_simulation`).",
    "Each starts from the same facts: pain 4 out of 10 on a run, 24 km a week, 8 km at most. Seeds",
    "are fixed, so the table is the same each time.",
    "",
)

if __name__ == "__main__":
    main()
