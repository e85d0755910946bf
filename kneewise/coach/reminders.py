"""What a runner is to be reminded of, and when. Pure: the time and the zone are always given.

A reminder is told once. One that the server could not tell in time, because it was off, is told
if it is not too late for it to be of use, and else passed over.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from kneewise.coach.clock import A_DAY, UTC, Quiet, instant

LATER = "-later"
"""How the id of a reminder ends that was put off."""
KINDS = ("ice", "exercise", "check_in", "run")
MOST = 12
"""Reminders that one runner may have: more would be noise, and nobody could list them."""
NIGHT = Quiet(time(21), time(8))
"""The quiet hours where nothing else is said; those in use are in knowledge/reminders.yml."""
LATE_TIMER = timedelta(hours=1)
"""So late a timer is still told. An hour after it, "take the ice off" no longer helps."""
LATE = timedelta(hours=4)
"""The same for what is at a time of the day: half a day later it is about another part of it."""
PUNCTUAL = timedelta(minutes=15)
"""So late a reminder counts as told in its own time, which may be at night if that was wished."""
LONGEST = 366 * A_DAY
"""How far ahead a reminder may be."""
LONGEST_STEP = 30
"""Days between two times of one that comes again."""


class TooMany(ValueError):
    """A runner has as many reminders as they may have."""


@dataclass(frozen=True)
class Reminder:
    """One reminder. `at` is the next time, in UTC; `id` is of it alone, for every runner.

    One that comes again has `wall`, the time of the runner's own clock, on the weekdays `days`
    (0: Monday), or every so many days if there are none. A timer has none of these; it may come
    `times` more, each `again` minutes after the time before. `told` is how often it was told.
    `asked`: the runner has named this very time, so it holds at night too.
    """

    id: str
    what: str
    at: datetime
    wall: time | None = None
    days: tuple[int, ...] = ()
    every: int = 1
    asked: bool = False
    again: int = 0
    times: int = 0
    told: int = 0

    @property
    def recurs(self) -> bool:
        """True for one that comes again and again."""
        return self.wall is not None

    @property
    def same(self) -> tuple[Any, ...]:
        """What two reminders have in common of which one is enough."""
        return (self.what, self.wall, self.days, self.every, None if self.recurs else self.at)


def fresh_id() -> str:
    """An id for a new reminder. Rasa's own scheduler has one name space for all runners."""
    return secrets.token_hex(8)


def next_after(
    reminder: Reminder, now: datetime, zone: tzinfo, quiet: Quiet = NIGHT
) -> datetime | None:
    """When a reminder comes next after now; None if it comes no more."""
    if reminder.wall is None:
        return None
    # What nobody asked for at night comes in the morning of the same day.
    moved = not reminder.asked and quiet.has(reminder.wall)
    wall = quiet.end if moved else reminder.wall
    day = now.astimezone(zone).date() - A_DAY  # where clocks skip midnight, yesterday's is today
    for _ in range(2 + 7 * min(reminder.every, LONGEST_STEP)):
        if _falls_on(reminder, day, zone):
            at = instant(day, wall, zone)
            if at > now and (reminder.asked or not quiet.covers(at, zone)):
                return at
        day += A_DAY
    return None


def _falls_on(reminder: Reminder, day: date, zone: tzinfo) -> bool:
    if reminder.days:
        return day.weekday() in reminder.days
    return (day - reminder.at.astimezone(zone).date()).days % reminder.every == 0


def due(reminders: Iterable[Reminder], now: datetime) -> tuple[Reminder, ...]:
    """Those whose time has come, the earliest first."""
    return tuple(sorted((r for r in reminders if r.at <= now), key=lambda r: r.at))


def settle(
    reminders: Iterable[Reminder], now: datetime, zone: tzinfo, quiet: Quiet = NIGHT
) -> tuple[tuple[Reminder, ...], tuple[Reminder, ...]]:
    """What is to be told now, and all reminders as they are after that."""
    kept = tuple(reminders)
    told = tuple(r for r in due(kept, now) if _of_use(r, now, zone, quiet))
    left = (r if r.at > now else _stepped(r, now, zone, quiet, told=r in told) for r in kept)
    return told, tuple(r for r in left if r is not None)


def _of_use(reminder: Reminder, now: datetime, zone: tzinfo, quiet: Quiet) -> bool:
    late = now - reminder.at
    if late <= PUNCTUAL:
        return True
    timer = reminder.what == "ice" and not reminder.recurs
    most = LATE if (reminder.recurs or reminder.asked) and not timer else LATE_TIMER
    return late <= most and not quiet.covers(now, zone)


def _stepped(
    reminder: Reminder, now: datetime, zone: tzinfo, quiet: Quiet, *, told: bool
) -> Reminder | None:
    """A reminder after its time has come; None if it comes no more."""
    times = reminder.told + told
    if reminder.recurs:
        at = next_after(reminder, now, zone, quiet)
        return replace(reminder, at=at, told=times) if at else None
    at = reminder.at + timedelta(minutes=reminder.again)
    if reminder.times < 1 or at <= now or quiet.covers(at, zone):
        return None  # what nobody asked for does not come at night, and not too late either
    return replace(reminder, at=at, told=times, times=reminder.times - 1)


def add(reminders: Sequence[Reminder], new: Reminder) -> tuple[Reminder, ...]:
    """The reminders with a new one, in place of one for the same thing at the same time.

    Raises:
        TooMany: there are `MOST` of them.
    """
    kept = [r for r in reminders if r.same != new.same and r.id != new.id]
    if len(kept) >= MOST:
        raise TooMany
    return tuple(sorted((*kept, new), key=lambda r: r.at))


def cancel(
    reminders: Iterable[Reminder], what: str | None = None, ids: Iterable[str] | None = None
) -> tuple[Reminder, ...]:
    """The reminders without those of a kind, or those with the ids; without all if neither."""
    gone = None if ids is None else frozenset(ids)
    return tuple(
        r
        for r in reminders
        if (what is not None and r.what != what) or (gone is not None and r.id not in gone)
    )


def snooze(
    reminders: Sequence[Reminder], told: Reminder, now: datetime, minutes: float
) -> tuple[Reminder, ...]:
    """The reminders with one that was told put off: it comes once more, and so often as before.

    Args:
        told: as `settle` gave it.
        minutes: from now.
    """
    later = now + min(timedelta(minutes=minutes), LONGEST)
    name = told.id.removesuffix(LATER) + LATER  # put off again and again, it keeps its length
    put_off = Reminder(name, told.what, later, told=told.told + 1)
    return add([r for r in reminders if r.id != put_off.id], put_off)


def as_data(reminders: Iterable[Reminder]) -> list[dict[str, Any]]:
    """The reminders as JSON."""
    return [_row(r) for r in reminders]


def _row(reminder: Reminder) -> dict[str, Any]:
    wall = reminder.wall and reminder.wall.isoformat("minutes")
    row = {**vars(reminder), "at": reminder.at.isoformat(), "wall": wall}
    row["days"] = list(reminder.days)
    return row


def from_data(data: Any) -> tuple[Reminder, ...]:
    """The reminders of JSON. What cannot be read is left out, so that old data never raises."""
    found = (_of_row(row) for row in data) if isinstance(data, list) else ()
    return tuple(r for r in found if r is not None)[:MOST]


def _of_row(row: Any) -> Reminder | None:
    if not isinstance(row, Mapping) or row.get("what") not in KINDS:
        return None
    try:
        counts = {name: max(0, int(row.get(name) or 0)) for name in ("again", "times", "told")}
        found = Reminder(
            id=str(row["id"]),
            what=row["what"],
            at=datetime.fromisoformat(row["at"]),
            wall=time.fromisoformat(row["wall"]) if row.get("wall") else None,
            days=tuple(sorted({int(day) % 7 for day in row.get("days") or ()})),
            every=min(max(1, int(row.get("every") or 1)), LONGEST_STEP),
            asked=row.get("asked") is True,
            **counts,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return replace(found, at=found.at.astimezone(UTC)) if found.at.tzinfo else None
