"""Can I run today? Answered from the runner's own last entries, and never yes without them. Pure.

Sources: g-pain-rule, g-bands, g-every-other-day, g-prevent-jump; how old an entry may be is our own
precaution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kneewise.coach import ladder
from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import JUMP, LADDER, MILE, REST, Level, rounded_down
from kneewise.coach.programme import Programme
from kneewise.coach.rule import AMBER, GREEN_TO, RED, Light, light
from kneewise.coach.runs import distance, longest

YES, EASY, NO, ASK_FIRST, UNKNOWN = "yes", "easy", "rest", "ask_first", "unknown"
ANSWERS = (YES, EASY, NO, ASK_FIRST, UNKNOWN)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
FRESH = timedelta(days=7)
"""How old the newest entry may be (precaution: the same as a missing week)."""


@dataclass(frozen=True)
class RunToday:
    """The answer: `yes`, `easy` (do less), `rest`, `ask_first` (the danger signs), `unknown`.

    `reasons` are ids of coach.yml. `level` is the step to run at, and `km` the most of it: both
    None unless the answer is yes or easy.
    """

    answer: str
    reasons: tuple[str, ...]
    level: Level | None = None
    km: float | None = None


def run_today(programme: Programme | None, entries: Sequence[Entry], today: date) -> RunToday:
    """Say if somebody may run today, from the plan and the last entries.

    Args:
        programme: the plan as judged by `progress.judge` today; None if there is none.
        entries: the whole diary, ordered by day.
        today: the runner's day.
    """
    diary = between(entries, date.min, today)
    shown = _newest(diary)
    if shown is None or today - shown[0].day > FRESH:
        return RunToday(UNKNOWN, ("nothing_told" if shown is None else "too_old",))
    entry, last = shown
    for answer, reason in _against(programme, diary, entry, last, today):
        return RunToday(answer, (reason, *(last.reasons if answer == ASK_FIRST else ())))
    if programme is None:
        return RunToday(UNKNOWN, ("no_plan",))
    return _how(programme, diary, last, today)


def _newest(diary: Sequence[Entry]) -> tuple[Entry, Light] | None:
    """The newest entry that tells of the knee, with its light."""
    for entry in reversed(diary):
        shown = light(entry, diary)
        if shown:
            return entry, shown
    return None


def _against(
    programme: Programme | None,
    diary: Sequence[Entry],
    entry: Entry,
    last: Light,
    today: date,
) -> Sequence[tuple[str, str]]:
    """What speaks against running today, the weightiest first."""
    level = programme.level if programme else None
    week = between(diary, today - WEEK + DAY, today)
    ran = {e.day for e in diary if e.ran}
    tests = (
        (last.colour == RED, ASK_FIRST, "was_red"),
        (today in ran, NO, "ran_today"),
        (entry.day == today and (entry.pain or 0) > GREEN_TO, NO, "sore_today"),
        (level is not None and level.mode == REST, NO, "resting"),
        (today - DAY in ran, NO, "ran_yesterday"),
        (not last.sure, UNKNOWN, "morning_missing"),
        (bool(level) and sum(e.ran for e in week) >= (level.runs if level else 0), NO, "runs_done"),
    )
    return [(answer, reason) for holds, answer, reason in tests if holds]


def _how(programme: Programme, diary: Sequence[Entry], last: Light, today: date) -> RunToday:
    """How far: the step of the plan, or one lower after amber, with what the week has left."""
    eased = last.colour == AMBER and today_is_unjudged(programme, diary)
    level = ladder.lower(programme.level) if eased else programme.level
    if level.mode == REST:
        return RunToday(NO, last.reasons)
    left = level.weekly_km - distance(diary, today - WEEK + DAY, today)
    known = longest(programme, diary, today)
    most = level.single_km
    if level.mode != LADDER and known is not None:
        most = min(most, rounded_down(JUMP * known))
    if min(left, most) < (MILE if level.mode == LADDER else MILE / 2):
        return RunToday(NO, ("week_is_full",))
    km = most if level.mode == LADDER and left >= most else rounded_down(min(left, most))
    answer = EASY if last.colour == AMBER else YES
    return RunToday(answer, last.reasons, level, km)


def today_is_unjudged(programme: Programme, diary: Sequence[Entry]) -> bool:
    """True if the newest entry that tells of the knee has not moved the plan yet."""
    shown = _newest(diary)
    return shown is not None and shown[0].day >= programme.since
