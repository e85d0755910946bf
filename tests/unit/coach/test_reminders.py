"""Reminders come at the time of the runner's own clock, once, and not at night unless asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kneewise.coach.clock import A_DAY, UTC, Quiet, instant
from kneewise.coach.reminders import (
    KINDS,
    LATE,
    LATE_TIMER,
    MOST,
    NIGHT,
    Reminder,
    TooMany,
    add,
    as_data,
    cancel,
    due,
    fresh_id,
    from_data,
    next_after,
    settle,
    snooze,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAILY = Reminder("d", "check_in", NOON, time(8, 30))
ICE = Reminder("i", "ice", NOON, again=150, times=1)
zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
moments = st.datetimes(
    datetime.combine(date(2000, 1, 1), time()), datetime.combine(date(2037, 1, 1), time())
).map(lambda at: at.replace(tzinfo=UTC, microsecond=0))
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
weekdays = st.sets(st.integers(0, 6)).map(lambda days: tuple(sorted(days)))
recurring = st.builds(
    Reminder,
    id=st.just("r"),
    what=st.sampled_from(KINDS),
    at=moments,
    wall=walls,
    days=weekdays,
    every=st.integers(1, 30),
    asked=st.booleans(),
)
once = st.builds(
    Reminder,
    id=st.text("abc", min_size=1, max_size=4),
    what=st.sampled_from(KINDS),
    at=moments,
    again=st.integers(0, 300),
    times=st.integers(0, 2),
    told=st.integers(0, 3),
)


def local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


# --- the clock -----------------------------------------------------------------------------------


def test_a_time_that_does_not_exist_is_the_next_that_does() -> None:
    at = instant(date(2026, 3, 29), time(2, 30), BERLIN)
    assert local(at, BERLIN) == datetime.combine(date(2026, 3, 29), time(3))


def test_a_time_that_comes_twice_is_its_first() -> None:
    at = instant(date(2026, 10, 25), time(2, 30), BERLIN)
    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_never_was_ends_where_the_next_begins() -> None:
    at = instant(date(2011, 12, 30), time(7), ZoneInfo("Pacific/Apia"))
    assert local(at, ZoneInfo("Pacific/Apia")) == datetime.combine(date(2011, 12, 31), time())


@settings(max_examples=300)
@given(zones, moments, walls)
def test_a_wall_clock_shows_the_time_unless_it_is_skipped(
    zone: ZoneInfo, near: datetime, wall: time
) -> None:
    day = near.astimezone(zone).date()
    at = instant(day, wall, zone)
    wanted = datetime.combine(day, wall)
    if local(at, zone) != wanted:
        # A second before, the clock was still before the time that it skips.
        assert local(at - timedelta(seconds=1), zone) < wanted < local(at, zone)


@pytest.mark.parametrize(
    ("quiet", "night", "day"),
    [
        (NIGHT, [time(21), time(0), time(7, 59)], [time(8), time(20, 59)]),
        (Quiet(time(1), time(5)), [time(1), time(4, 59)], [time(0), time(5), time(23)]),
        (Quiet(time(8), time(8)), [], [time(8), time(0), time(12)]),
    ],
)
def test_the_night_goes_over_midnight_or_not(
    quiet: Quiet, night: list[time], day: list[time]
) -> None:
    assert all(quiet.has(wall) for wall in night)
    assert not any(quiet.has(wall) for wall in day)


# --- when it comes next --------------------------------------------------------------------------


@settings(max_examples=400)
@given(recurring, moments, zones)
def test_it_comes_at_its_time_of_the_clock_once_a_day(
    reminder: Reminder, now: datetime, zone: ZoneInfo
) -> None:
    seen: list[date] = []
    for _ in range(4):
        at = next_after(reminder, now, zone)
        assert at is not None
        assert at > now
        shown = local(at, zone)
        wanted = reminder.wall
        if not reminder.asked:
            assert not NIGHT.has(shown.time())
            wanted = NIGHT.end if NIGHT.has(reminder.wall or time()) else wanted
        assert wanted is not None
        if shown.time() != wanted:
            assert at == instant(shown.date(), wanted, zone) or shown.date() - A_DAY not in seen
        elif reminder.days:
            assert shown.weekday() in reminder.days
        seen.append(shown.date())
        now = at
    assert sorted(set(seen)) == seen, "two on one day"


@pytest.mark.parametrize(
    ("zone", "change"), [(BERLIN, date(2026, 3, 29)), (NEW_YORK, date(2026, 11, 1))]
)
def test_its_time_stays_when_the_clocks_change(zone: ZoneInfo, change: date) -> None:
    at = instant(change - 3 * A_DAY, time(8, 30), zone)
    gaps = []
    for _ in range(6):
        following = next_after(DAILY, at, zone)
        assert following is not None
        assert local(following, zone).time() == time(8, 30)
        gaps.append(following - at)
        at = following
    assert sorted(set(gaps)) != [A_DAY]


def test_every_other_day_counts_from_its_first() -> None:
    alternate = replace(DAILY, every=2, at=instant(date(2026, 11, 26), time(8, 30), BERLIN))
    at, days = alternate.at, []
    for _ in range(3):
        following = next_after(alternate, at, BERLIN)
        assert following is not None
        at = following
        alternate = replace(alternate, at=at)
        days.append(local(at, BERLIN).day)
    assert days == [28, 30, 2]


def test_a_timer_comes_no_more() -> None:
    assert next_after(ICE, NOON, BERLIN) is None


# --- telling -------------------------------------------------------------------------------------


def test_what_is_due_is_told_and_moves_on() -> None:
    reminders = (DAILY, ICE, replace(ICE, id="later", at=NOON + timedelta(hours=1)))
    told, after = settle(reminders, NOON, UTC)
    assert [r.id for r in told] == ["d", "i"]
    assert due(after, NOON) == ()
    again = next(r for r in after if r.id == "i")
    assert again.at == NOON + timedelta(minutes=150)
    assert (again.told, again.times) == (1, 0)
    assert settle(after, NOON, UTC) == ((), after)


def test_ice_is_offered_again_once_and_then_gone() -> None:
    told, after = settle([ICE], NOON, UTC)
    later = after[0].at
    told, after = settle(after, later, UTC)
    assert [r.told for r in told] == [1]
    assert after == ()


def test_ice_late_in_the_evening_is_not_offered_again_at_night() -> None:
    late = replace(ICE, at=datetime(2026, 11, 26, 20, 45, tzinfo=UTC))
    told, after = settle([late], late.at, UTC)
    assert told
    assert after == ()


def test_a_timer_that_was_asked_for_holds_at_night() -> None:
    night = replace(ICE, at=datetime(2026, 11, 26, 23, tzinfo=UTC))
    assert settle([night], night.at, UTC)[0] == (night,)


@pytest.mark.parametrize(
    ("reminder", "most"), [(replace(DAILY, wall=time(12)), LATE), (ICE, LATE_TIMER)]
)
def test_what_was_missed_is_told_once_if_it_is_still_of_use(
    reminder: Reminder, most: timedelta
) -> None:
    told, after = settle([reminder], NOON + most, UTC)
    assert told == (reminder,)
    assert due(after, NOON + most) == ()
    told, after = settle([reminder], NOON + most + timedelta(seconds=1), UTC)
    assert told == ()
    assert all(r.at > NOON + most for r in after)


def test_what_was_missed_is_not_told_at_night() -> None:
    evening = replace(DAILY, wall=time(20), at=datetime(2026, 11, 26, 20, tzinfo=UTC))
    assert settle([evening], evening.at + timedelta(hours=2), UTC)[0] == ()


def test_days_off_are_told_as_one() -> None:
    told, after = settle([DAILY], NOON + 5 * A_DAY - timedelta(hours=2), UTC)
    assert len(told) + len(after) <= 2
    assert after[0].at > NOON + 4 * A_DAY


@settings(max_examples=300)
@given(st.lists(st.one_of(recurring, once), max_size=MOST), moments, zones)
def test_nothing_stays_due_and_nothing_is_told_twice(
    reminders: list[Reminder], now: datetime, zone: ZoneInfo
) -> None:
    told, after = settle(reminders, now, zone)
    assert all(r.at > now for r in after)
    assert settle(after, now, zone)[0] == ()
    assert set(told) <= set(due(reminders, now))
    waiting = [r for r in reminders if r.at > now]
    assert all(r in after for r in waiting)
    assert sum(r.recurs for r in after) == sum(r.recurs for r in reminders)


# --- adding, putting off, cancelling -------------------------------------------------------------


def test_the_same_twice_is_one() -> None:
    assert add([DAILY], replace(DAILY, id="other"))[0].id == "other"
    assert len(add([DAILY], replace(DAILY, id="other", wall=time(9)))) == 2


def test_there_are_not_too_many() -> None:
    many: tuple[Reminder, ...] = ()
    for minute in range(MOST):
        many = add(many, Reminder(fresh_id(), "ice", NOON + timedelta(minutes=minute)))
    with pytest.raises(TooMany):
        add(many, Reminder("more", "ice", NOON - timedelta(minutes=1)))
    assert len({r.id for r in many}) == MOST


def test_cancel_one_kind_one_or_all() -> None:
    both = (DAILY, ICE)
    assert cancel(both, "ice") == (DAILY,)
    assert cancel(both, ids=["d"]) == (ICE,)
    assert cancel(both) == ()


def test_what_is_put_off_comes_once_more_and_stays_daily() -> None:
    told, after = settle([DAILY], NOON, UTC)
    put_off = snooze(after, told[0], NOON, 10)
    assert next(r.at for r in put_off) == NOON + timedelta(minutes=10)
    again, rest = settle(put_off, NOON + timedelta(minutes=10), UTC)
    assert [r.what for r in again] == ["check_in"]
    assert rest == after
    assert len(snooze(snooze(after, told[0], NOON, 10), told[0], NOON, 20)) == 2


# --- kept as JSON --------------------------------------------------------------------------------


@given(st.lists(st.one_of(recurring, once), max_size=MOST))
def test_what_is_kept_comes_back(reminders: list[Reminder]) -> None:
    assert from_data(json.loads(json.dumps(as_data(reminders)))) == tuple(reminders)


damaged = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(damaged, st.dictionaries(st.sampled_from(list(vars(DAILY))), damaged))
def test_old_data_never_raises(data: Any, row: dict[str, Any]) -> None:
    from_data(data)
    found = from_data([{**as_data([DAILY])[0], **row}])
    for reminder in found:
        next_after(reminder, NOON, BERLIN)
