"""Move a plan by the pain rule: up, hold, back, stop, or see someone. Pure and deterministic.

One change at a time. Red stops, amber goes back, and only green that is told in full goes up; what
nobody wrote down never moves a plan up. Sources: g-pain-rule, g-bands, g-walk-run,
g-every-other-day, g-prevent-jump, g-see-our-line (evidence base, sections 2.2, 2.3 and 1.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from kneewise.coach import ladder, trend
from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import LADDER, REST, RESTING
from kneewise.coach.lines import may_jump
from kneewise.coach.programme import BACKS_KEPT, JUMP_SQUAT, RAISE, SQUAT, Programme, stepped
from kneewise.coach.readiness import DAY, WEEK, careless, lit, newest_light, told_since, wanting_of
from kneewise.coach.rule import AMBER, GREEN_TO, RED, Light
from kneewise.coach.runs import longest

UP, HOLD, BACK, STOP, SEE_DOCTOR, MISSING = "up", "hold", "back", "stop", "see_doctor", "missing"
MOVES = (UP, HOLD, BACK, STOP, SEE_DOCTOR, MISSING)
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
    red = [(e, x) for e, x in lit(diary, first, today) if x.colour == RED]
    if not red:
        return None
    entry, worst = red[-1]
    again = programme.stopped and entry.day - programme.stopped <= trend.SOON
    at_rest = stopped(programme, entry.day)
    if again or len(red) > 1:
        reasons = ("red_again", *worst.reasons)
        return Verdict(SEE_DOCTOR, worst, reasons, replace(at_rest, advised=today))
    return Verdict(STOP, worst, worst.reasons, at_rest)


def stopped(programme: Programme, day: date) -> Programme:
    """The plan at rest, because of that day."""
    return stepped(programme, RESTING, day + DAY, stopped=day, before=None, strength=RAISE)


def stop_for(verdict: Verdict, day: date, shown: Light) -> Verdict:
    """A verdict that stops for a red day which the plan itself does not reckon with.

    It was before the plan began, or another entry is newer.
    """
    if verdict.move in (STOP, SEE_DOCTOR):
        return verdict
    return Verdict(STOP, shown, shown.reasons, stopped(verdict.programme, day))


def _is_not_better(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """Worsening, no better in two to three weeks, six weeks at the latest: see someone."""
    if programme.advised and today - programme.advised < WEEK:
        return None
    reason = trend.concern(programme, diary, today)
    if not reason:
        return None
    newest = newest_light(diary, programme, today)
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
    return Verdict(MISSING, newest_light(diary, programme, today), ("missing_week",), lowered)


def _goes_back(programme: Programme, diary: Sequence[Entry], today: date) -> Verdict | None:
    """Amber since the last step: back to the step before, or half; one flare counts once.

    One slight rise in a week only waits, and what comes after it decides.
    """
    since = told_since(programme, diary, today)
    amber = [
        (e, x) for e, x in since
        if x.colour == AMBER and not (x.slight and today - e.day >= WEEK)
    ]  # fmt: skip
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
    reasons = (*newest.reasons, *careless(programme, diary, today))
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
    since = told_since(programme, diary, today)
    newest = since[-1][1] if since else newest_light(diary, programme, today)
    wanting = tuple(wanting_of(programme, since, diary, today))
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
