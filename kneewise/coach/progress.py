"""Move a plan by the pain rule: up, hold, back, stop, or see someone. Pure and deterministic.

One change at a time. Red stops, amber goes back, and only green that is told in full goes up; what
nobody wrote down never moves a plan up. Sources: g-pain-rule, g-bands, g-walk-run,
g-every-other-day, g-prevent-jump, g-see-our-line (evidence base, sections 2.2, 2.3 and 1.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from kneewise.coach import ladder, trend
from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import LADDER, REST, RESTING, Level
from kneewise.coach.lines import may_jump
from kneewise.coach.programme import BACKS_KEPT, JUMP_SQUAT, RAISE, SQUAT, Programme, stepped
from kneewise.coach.rule import AMBER, GREEN, GREEN_TO, RED, Light, light
from kneewise.coach.runs import longest, over_limit, without_rest

UP, HOLD, BACK, STOP, SEE_DOCTOR, MISSING = "up", "hold", "back", "stop", "see_doctor", "missing"
MOVES = (UP, HOLD, BACK, STOP, SEE_DOCTOR, MISSING)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SILENT = timedelta(days=7)
"""After more days than this with no entry the plan restarts a step lower (precaution)."""
FLARE = timedelta(days=3)
"""Soreness on days without a run this soon after a step back belongs to it (precaution)."""
STRENGTH_FOR = timedelta(days=14)
"""How long a strength step lasts at least (precaution; the article: until it no longer hurts)."""
STRENGTH_DAYS = 4
"""Days of strength work that a step needs: two a week for two weeks (g-dose)."""


@dataclass(frozen=True)
class Verdict:
    """How the plan moves, and why; `reasons` are ids of coach.yml, the weightiest first.

    `light` is that of the newest entry which tells of the knee, None if there is none.
    """

    move: str
    light: Light | None
    reasons: tuple[str, ...]
    programme: Programme


def judge(programme: Programme, entries: Sequence[Entry], today: date) -> Verdict:
    """Say how the plan goes on from the diary.

    Args:
        programme: the plan as it stands.
        entries: the whole diary, ordered by day; days after `today` are left out.
        today: the runner's day.
    """
    diary = between(entries, date.min, today)
    for rule in _RULES:
        verdict = rule(programme, diary, today)
        if verdict:
            return verdict
    return _goes_on(programme, diary, today)


def _stops(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """Red since the last stop ends running; a second stop within a fortnight is for a doctor."""
    first = programme.stopped + DAY if programme.stopped else programme.began
    red = [(e, x) for e, x in _lit(diary, first, today) if x.colour == RED]
    if not red:
        return None
    entry, worst = red[-1]
    again = programme.stopped and entry.day - programme.stopped <= trend.SOON
    at_rest = stepped(
        programme, RESTING, entry.day + DAY, stopped=entry.day, before=None, strength=RAISE
    )
    if again or len(red) > 1:
        reasons = ("red_again", *worst.reasons)
        return Verdict(SEE_DOCTOR, worst, reasons, replace(at_rest, advised=today))
    return Verdict(STOP, worst, worst.reasons, at_rest)


def _is_not_better(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """Worsening, no better in two to three weeks, six weeks at the latest: see someone."""
    if programme.advised and today - programme.advised < WEEK:
        return None
    reason = trend.concern(programme, diary, today)
    if not reason:
        return None
    newest = _newest(diary, programme, today)
    back = _goes_back(programme, diary, today)
    eased = back.programme if back else programme
    # What was told before does not count for a step up: first the advice, then new calm days.
    waits = replace(eased, advised=today, since=max(eased.since, today + DAY))
    return Verdict(SEE_DOCTOR, newest, (reason,), waits)


def _was_silent(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """More than a week without an entry: a step lower, and no step up."""
    days = [entry.day for entry in diary if entry.day >= programme.since]
    known = [programme.since - DAY, *days, today]
    if not days:
        known[0] = programme.since
    gaps = [later for earlier, later in pairwise(known) if later - earlier > SILENT]
    if not gaps:
        return None
    lowered = stepped(programme, ladder.lower(programme.level), gaps[-1], before=None)
    return Verdict(MISSING, _newest(diary, programme, today), ("missing_week",), lowered)


def _goes_back(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """Amber since the last step: back to the step before, or half; one flare counts once.

    A single slight rise only waits, and what comes after it decides.
    """
    since = _since(programme, diary, today)
    amber = [(e, x) for e, x in since if x.colour == AMBER]
    if not amber:
        return None
    entry, newest = amber[-1]
    if len(amber) == 1 and newest.slight:
        reasons = (*newest.reasons, "slight")
        is_newest = entry == since[-1][0]
        return Verdict(HOLD, newest, reasons, programme) if is_newest else None
    flare = programme.backs and entry.day - programme.backs[-1] <= FLARE
    if programme.level.mode == REST or (flare and not any(e.ran for e, _ in amber)):
        reason = "still_resting" if programme.level.mode == REST else "same_flare"
        waits = replace(programme, since=entry.day + DAY)
        return Verdict(HOLD, newest, (*newest.reasons, reason), waits)
    reasons = (*newest.reasons, *_careless(programme, diary, today))
    return Verdict(BACK, newest, reasons, _one_back(programme, entry.day))


_RULES: tuple[Callable[[Programme, Sequence[Entry], date], Verdict | None], ...] = (
    _stops,
    _is_not_better,
    _was_silent,
    _goes_back,
)
"""The rules that come before any step up, the weightiest first."""


def _one_back(programme: Programme, counted: date) -> Programme:
    """The plan one step back; jumps are left at once, as they are for calm knees only."""
    level = programme.before or ladder.lower(programme.level)
    strength = SQUAT if programme.strength == JUMP_SQUAT else programme.strength
    backs = (*programme.backs, counted)[-BACKS_KEPT:]
    return stepped(programme, level, counted + DAY, before=None, strength=strength, backs=backs)


def _goes_on(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict:
    """Only green, or nothing: up if enough was told, else hold and say what is wanting."""
    since = _since(programme, diary, today)
    newest = since[-1][1] if since else _newest(diary, programme, today)
    wanting = tuple(_wanting(programme, since, diary, today))
    if wanting:
        return Verdict(HOLD, newest, wanting, programme)
    counts_from = since[-1][0].day + DAY
    farthest = longest(programme, diary, today)
    level = ladder.higher(programme.level, farthest)
    stands = level == programme.level
    if (stands or programme.changed == "running") and _stronger(programme, diary, today):
        return Verdict(UP, newest, ("strength_up",), _strength_up(programme, counts_from, today))
    if stands:
        reason = "km_missing" if farthest is None else "at_the_limit"
        return Verdict(HOLD, newest, (reason,), programme)
    ups = (*(day for day in programme.ups if today - day < WEEK), today)
    up = stepped(programme, level, counts_from, before=programme.level, ups=ups, changed="running")
    return Verdict(UP, newest, (_UP_REASONS.get(programme.level.mode, "green_week"),), up)


def _strength_up(programme: Programme, counts_from: date, today: date) -> Programme:
    step = SQUAT if programme.strength == RAISE else JUMP_SQUAT
    return replace(
        programme, strength=step, strength_since=today, changed="strength", since=counts_from
    )


_UP_REASONS = {LADDER: "green_twice", REST: "calm_rest"}


def _wanting(
    programme: Programme,
    since: Sequence[tuple[Entry, Light]],
    diary: Sequence[Entry],
    today: date,
) -> list[str]:
    """What a step up still needs, as ids of coach.yml."""
    wanting = _careless(programme, diary, today)
    if programme.level.mode == REST:
        calm = [e for e, x in since if x.colour == GREEN and e.worst is not None]
        return wanting if len(calm) >= ladder.TIMES_EACH else [*wanting, "rest_not_calm"]
    done = [(e, x) for e, x in since if _counts(e, programme.level)]
    if done and not done[-1][1].sure:
        wanting.append("morning_missing" if "morning" in done[-1][1].missing else "pain_missing")
    if len([x for _, x in done if x.sure]) < ladder.TIMES_EACH:
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


def _careless(programme: Programme, diary: Sequence[Entry], today: date) -> list[str]:
    """Runs over the limit, or on days in a row: named, and the limit stays."""
    recent = between(diary, max(programme.since, today - WEEK + DAY), today)
    wrong = {
        "over_limit": over_limit(programme.level, recent),
        "no_rest_day": without_rest(recent),
    }
    return [reason for reason, there in wrong.items() if there]


def _stronger(programme: Programme, diary: Sequence[Entry], today: date) -> bool:
    """True if the strength step may go up: done often enough, for long enough, and calm."""
    start = programme.strength_since or programme.began
    days = between(diary, start, today)
    done = sum("strength" in entry.did for entry in days)
    if today - start < STRENGTH_FOR or done < STRENGTH_DAYS or programme.strength == JUMP_SQUAT:
        return False
    if programme.level.mode == REST:
        return False
    if any((entry.worst or 0) > GREEN_TO for entry in between(diary, today - STRENGTH_FOR, today)):
        return False
    if programme.strength == RAISE:
        return True
    pains = [entry.worst for entry in days if "strength" in entry.did]
    return may_jump(programme) and all(pain == 0 for pain in pains)


def _lit(diary: Sequence[Entry], first: date, last: date) -> list[tuple[Entry, Light]]:
    """The entries of some days that tell of the knee, each with its light."""
    days = between(diary, first, last)
    return [(entry, shown) for entry in days if (shown := light(entry, diary))]


def _since(programme: Programme, diary: Sequence[Entry], today: date) -> list[tuple[Entry, Light]]:
    return _lit(diary, programme.since, today)


def _newest(diary: Sequence[Entry], programme: Programme, today: date) -> Light | None:
    lit = _lit(diary, programme.began, today)
    return lit[-1][1] if lit else None
