"""Read when somebody wants to be reminded: "in 15 minutes", "every morning", "mon wed fri at 6pm".

What cannot be read gives None, and is asked. What can be meant in two ways is read as the waking
person means it: "at 7" is the next seven o'clock of the day, not the one at night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from kneewise.coach.clock import A_DAY, instant
from kneewise.coach.clocktimes import Clock, clock_of
from kneewise.coach.reminders import LONGEST, LONGEST_STEP, Reminder, fresh_id, next_after
from kneewise.coach.words import Words

_AMOUNT = (
    r"(?P<n>\d{1,4}(?:\.\d{1,2})?|an?|half an?|a half|quarter of an|couple of|a couple of|a few)"
)
_MEANT = {"half": 0.5, "quarter": 0.25, "couple": 2, "few": 3}
_A_WEEK, _HOUR = 7, 60


@dataclass(frozen=True)
class When:
    """When to remind: the first time in UTC, and for what comes again the fields of `Reminder`."""

    at: datetime
    wall: time | None = None
    days: tuple[int, ...] = ()
    every: int = 1
    asked: bool = True

    def reminder(self, what: str, *, again: int = 0, times: int = 0) -> Reminder:
        """A new reminder at this time."""
        return Reminder(
            fresh_id(), what, self.at, self.wall, self.days, self.every, self.asked, again, times
        )


def read_when(
    text: str, now: datetime, zone: tzinfo, words: Words, what: str | None = None
) -> When | None:
    """When somebody wants to be reminded; None if that is not said, or cannot be read.

    Args:
        now: an aware instant.
        zone: where they are.
        what: what it is about, for the time of a day for which they name none.
    """
    plain, ask = words.plain(text), _Ask(now, zone, what, words)
    if (minutes := minutes_from_now(plain, words)) is not None:
        return _in(minutes, now)
    clock = clock_of(plain, words)
    if clock is not None and not clock.possible:
        return None
    if repeat := _repeat(plain, words):
        return _recurring(*repeat, clock, ask)
    try:
        day = _day(plain, ask.today, words)
    except ValueError:
        return None
    if day is None and clock is None:
        bare = _amount(plain, words) if what in (None, "ice") else None
        return None if bare is None else _in(bare, now)
    if clock and clock.named and day == ask.today + _A_WEEK * A_DAY:
        # On a Thursday, "Thursday at six" is today, if it is not six yet.
        at = instant(ask.today, clock.usual(), zone)
        day = ask.today if at > now else day
    return _once(day, clock, ask)


@dataclass(frozen=True)
class _Ask:
    """What a text is read against."""

    now: datetime
    zone: tzinfo
    what: str | None
    words: Words

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def default(self) -> time:
        return self.words.times[self.what or "check_in"]


def is_span(text: str, words: Words) -> bool:
    """True if a text says how long from now, for which no clock and no zone is needed."""
    plain = words.plain(text)
    bare = clock_of(plain, words) is None and _amount(plain, words) is not None
    return minutes_from_now(plain, words) is not None or bare


def ice_timer(now: datetime, words: Words) -> Reminder:
    """The timer of who only says "remind me to ice": take it off, and later the offer of another.

    Source: knowledge/reminders.yml, `ice`, with its facts.
    """
    end = now + timedelta(minutes=words.ice["minutes"])
    return Reminder(fresh_id(), "ice", end, asked=True, again=words.ice["again"], times=1)


def minutes_of(text: str, words: Words) -> float | None:
    """How long a text says, in minutes: "ten", "half an hour", "10 min"; for putting off."""
    plain = words.plain(text)
    found = _amount(plain, words, r"(?<!\w)")
    if found is None and (number := re.search(r"(?<![\d:.])(\d{1,3})(?![\d:.]| ?[ap]m)", plain)):
        found = float(number[1])
    return found if found and timedelta(minutes=found) <= LONGEST else None


def minutes_from_now(plain: str, words: Words) -> float | None:
    """The minutes of "in 15 minutes", "an hour from now", "timer for 15 min"; None if none."""
    span = _span(words)
    for form in (
        rf"\b(?:in|after|within) (?:about )?{span}",
        rf"\b(?:timer|alarm|countdown)(?: of| for| to)? {span}",
        rf"\b{span} (?:from now|timer|later|alarm)\b",
    ):
        if found := re.search(form, plain):
            return _minutes(found[0], words)
    if found := re.search(r"\b(?:in|timer(?: for)?) (\d{1,3})(?: to \w+| then| please)?$", plain):
        return float(found[1])
    return None


def _span(words: Words) -> str:
    unit = "|".join((words.units["minute"], words.units["hour"], "m", "h"))
    one = rf"{_AMOUNT} ?(?:{unit})(?!\w)".replace("?P<n>", "?:")
    return rf"{one}(?: and a half)?(?: (?:and )?{one})?"


def _amount(plain: str, words: Words, before: str = r"(?<!\w)(?<!for )") -> float | None:
    """A time span anywhere, unless something is done for so long."""
    found = re.search(rf"{before}{_span(words)}(?! of| run| jog| walk| easy| ago)", plain)
    return _minutes(found[0], words) if found else None


def _minutes(span: str, words: Words) -> float:
    total = 0.0
    unit = rf"(?:(?P<hours>{words.units['hour']}|h)|{words.units['minute']}|m)(?!\w)"
    for found in re.finditer(rf"(?<!\w){_AMOUNT} ?{unit}(?P<half> and a half)?", span):
        by = _HOUR if found["hours"] else 1
        total += by * (_number(found["n"]) + (0.5 if found["half"] else 0))
    return total


def _number(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    return next((value for word, value in _MEANT.items() if word in text), 1)


def _in(minutes: float, now: datetime) -> When | None:
    later = timedelta(minutes=minutes)
    if not timedelta(minutes=1) <= later <= LONGEST:
        return None
    return When((now + later).replace(microsecond=0))


def _repeat(plain: str, words: Words) -> tuple[tuple[int, ...], int] | None:
    """The days that come again, as weekdays and every how many days; None if none do."""
    found = next((r for r in words.repeats if r.pattern.search(plain)), None)
    named = _weekdays(plain, words)
    if found and not (named and found.daily):  # "monday mornings" are not every day
        return found.days, found.every
    if number := re.search(rf"\bevery (\d{{1,2}}) (?:{words.units['day']})\b", plain):
        return ((), int(number[1])) if 1 <= int(number[1]) <= LONGEST_STEP else None
    days = _span_of_days(plain, named) or sorted({day for day, _ in named})
    plural = found or any(said.endswith("days") for _, said in named)
    if len(days) > 1 or (days and (plural or re.search(r"\b(?:every|each)\b", plain))):
        return tuple(days), 1
    return None


def _weekdays(plain: str, words: Words) -> list[tuple[int, str]]:
    """The weekdays that are named, each with how it was written."""
    named = enumerate(words.weekdays)
    return [(day, found[0]) for day, said in named for found in said.finditer(plain)]


def _span_of_days(plain: str, named: list[tuple[int, str]]) -> list[int]:
    """The weekdays of "tuesday to friday"."""
    written = {said: day for day, said in named}
    for span in re.finditer(r"\b(\w+) ?(?:to|till|until|through|thru|-) ?(\w+)\b", plain):
        if span[1] in written and span[2] in written:
            first, last = written[span[1]], written[span[2]]
            return sorted((first + n) % _A_WEEK for n in range((last - first) % _A_WEEK + 1))
    return []


def _recurring(days: tuple[int, ...], every: int, clock: Clock | None, ask: _Ask) -> When | None:
    wall = clock.usual() if clock else ask.default
    asked = clock is not None and clock.named
    # Of "every other day" the first is the next there is, and the others count from it.
    pattern = Reminder("", ask.what or "check_in", ask.now, wall, days, asked=asked)
    at = next_after(pattern, ask.now, ask.zone, ask.words.quiet)
    return When(at, wall, days, every, asked) if at else None


def _day(plain: str, today: date, words: Words) -> date | None:
    """The day that is named, if one is. Raises ValueError: one that is not in the calendar."""
    if words.days["after_tomorrow"].search(plain):
        return today + 2 * A_DAY
    if words.days["tomorrow"].search(plain):
        return today + A_DAY
    if words.days["today"].search(plain):
        return today
    for unit, length in (("day", 1), ("week", _A_WEEK)):
        if found := re.search(rf"\bin {_AMOUNT} (?:{words.units[unit]})\b", plain):
            return today + _number(found["n"]) * length * A_DAY
    if named := _weekdays(plain, words):
        return today + ((named[0][0] - today.weekday() - 1) % _A_WEEK + 1) * A_DAY
    return _date(plain, today, words)


def _date(plain: str, today: date, words: Words) -> date | None:
    """A day of the calendar, "5 dec" or "december 5th": this year's, or else the next's.

    Raises:
        ValueError: a day that is not in the calendar.
    """
    nth = r"(\d{1,2})(?:st|nd|rd|th)?"
    for month, said in enumerate(words.months, 1):
        found = re.search(rf"\b(?:{nth} (?:of )?(?:{said})|(?:{said}) {nth})(?![\w:])", plain)
        if found:
            day = date(today.year, month, int(found[1] or found[2]))
            return day if day >= today else day.replace(year=today.year + 1)
    return None


def _once(day: date | None, clock: Clock | None, ask: _Ask) -> When | None:
    if clock is None:
        if day is None or day == ask.today:
            return None  # "today", and not when
        return When(instant(day, ask.default, ask.zone), asked=False)
    if day is not None and (day != ask.today or clock.sure):
        at = instant(day, clock.usual(), ask.zone)
        return When(at, asked=clock.named) if at > ask.now else None
    days = (ask.today,) if day else (ask.today, ask.today + A_DAY)
    later = [instant(d, wall, ask.zone) for d in days for wall in clock.readings()]
    return next((When(at, asked=clock.named) for at in sorted(later) if at > ask.now), None)
