"""What a step up still needs, and which entries speak for it. Pure.

Sources: g-pain-rule, g-walk-run, g-walk-first, g-every-other-day (evidence base, section 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from kneewise.coach import ladder
from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import LADDER, REST, Level
from kneewise.coach.programme import Programme
from kneewise.coach.rule import GREEN, Light, light
from kneewise.coach.runs import over_limit, without_rest

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def lit(diary: Sequence[Entry], first: date, last: date) -> list[tuple[Entry, Light]]:
    """The entries of some days that tell of the knee, each with its light."""
    days = between(diary, first, last)
    return [(entry, shown) for entry in days if (shown := light(entry, diary))]


def told_since(
    programme: Programme, diary: Sequence[Entry], today: date
) -> list[tuple[Entry, Light]]:
    """The entries that count for the next step, each with its light."""
    return lit(diary, programme.since, today)


def newest_light(diary: Sequence[Entry], programme: Programme, today: date) -> Light | None:
    """The light of the newest entry of the plan that tells of the knee, or None."""
    shown = lit(diary, programme.began, today)
    return shown[-1][1] if shown else None


def wanting_of(
    programme: Programme,
    since: Sequence[tuple[Entry, Light]],
    diary: Sequence[Entry],
    today: date,
) -> list[str]:
    """What a step up still needs, as ids of coach.yml."""
    wanting = careless(programme, diary, today)
    if programme.level.mode == REST:
        calm = [e for e, x in since if x.colour == GREEN and x.sure and e.worst is not None]
        return wanting if len(calm) >= ladder.TIMES_EACH else [*wanting, "rest_not_calm"]
    done = [(e, x) for e, x in since if _counts(e, programme.level)]
    if done and not done[-1][1].sure:
        wanting.append("morning_missing" if "morning" in done[-1][1].missing else "pain_missing")
    if len([x for _, x in done if x.colour == GREEN and x.sure]) < ladder.TIMES_EACH:
        wanting.append("need_more_runs")
    elif _rising([e for e, _ in done]):
        wanting.append("pain_rising")
    return [*wanting, *_too_soon(programme, done, today)]


def _too_soon(
    programme: Programme, done: Sequence[tuple[Entry, Light]], today: date
) -> Iterator[str]:
    """What only time, or a walk with no pain, can bring."""
    if programme.level.mode != LADDER:
        if today - programme.since < WEEK - DAY:
            yield "week_not_over"
        return
    if sum(today - day < WEEK for day in programme.ups) >= ladder.RUNGS_A_WEEK:
        yield "two_rungs_a_week"
    walks = not ladder.rung_of(programme.level).run
    if walks and any(entry.worst for entry, _ in done[-ladder.TIMES_EACH :]):
        yield "walk_not_free"


def _counts(entry: Entry, level: Level) -> bool:
    """True if an entry is a go at the step: a run, or on the first rung a walk of a mile."""
    if level.mode == LADDER and not ladder.rung_of(level).run:
        return entry.ran or "walk_mile" in entry.did
    return entry.ran


def _rising(runs: Sequence[Entry]) -> bool:
    """True if the newest run hurt more than the one before it (g-walk-run)."""
    pains = [entry.during for entry in runs if entry.during is not None]
    return len(pains) > 1 and pains[-1] > pains[-2]


def careless(programme: Programme, diary: Sequence[Entry], today: date) -> list[str]:
    """Runs over the limit, or on days in a row: named, and the limit stays."""
    recent = between(diary, max(programme.since, today - WEEK + DAY), today)
    wrong = {
        "over_limit": over_limit(programme.level, recent),
        "no_rest_day": without_rest(recent),
    }
    return [reason for reason, there in wrong.items() if there]
