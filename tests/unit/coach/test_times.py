"""When somebody wants to be reminded is read as they mean it, or not at all."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise import knowledge
from kneewise.coach.clock import UTC
from kneewise.coach.reminders import LONGEST, next_after, settle
from kneewise.coach.times import ice_timer, minutes_of, read_when
from kneewise.coach.words import Words
from kneewise.knowledge import Knowledge

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.combine(date(2026, 11, 26), time(14), BERLIN).astimezone(UTC)
"""A Thursday, two in the afternoon."""


@pytest.fixture(scope="module")
def words(kb: Knowledge) -> Words:
    return kb.reminders


def shown(at: datetime) -> str:
    return f"{at.astimezone(BERLIN):%a %d %b %H:%M}"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("remind me to ice in 15 minutes", "Thu 26 Nov 14:15"),
        ("in an hour", "Thu 26 Nov 15:00"),
        ("in half an hour pls", "Thu 26 Nov 14:30"),
        ("in an hour and a half", "Thu 26 Nov 15:30"),
        ("in 1 hour 30 minutes", "Thu 26 Nov 15:30"),
        ("in an hour and 10 minutes", "Thu 26 Nov 15:10"),
        ("in 2 and a half hours", "Thu 26 Nov 16:30"),
        ("in twenty-five mins", "Thu 26 Nov 14:25"),
        ("a couple of hours from now", "Thu 26 Nov 16:00"),
        ("set a timer for 15 minutes", "Thu 26 Nov 14:15"),
        ("15 minute timer please", "Thu 26 Nov 14:15"),
        ("remind me in 15", "Thu 26 Nov 14:15"),
        ("20 minutes", "Thu 26 Nov 14:20"),
        ("remind me at 7am", "Fri 27 Nov 07:00"),
        ("at 7 a.m.", "Fri 27 Nov 07:00"),
        ("at 7", "Thu 26 Nov 19:00"),
        ("19:30", "Thu 26 Nov 19:30"),
        ("at 19h30", "Thu 26 Nov 19:30"),
        ("at 1930", "Thu 26 Nov 19:30"),
        ("at 7.30pm", "Thu 26 Nov 19:30"),
        ("half past six", "Thu 26 Nov 18:30"),
        ("quarter to seven", "Thu 26 Nov 18:45"),
        ("ten past six pm", "Thu 26 Nov 18:10"),
        ("twenty five past 5", "Thu 26 Nov 17:25"),
        ("7 o'clock", "Thu 26 Nov 19:00"),
        ("at noon", "Fri 27 Nov 12:00"),
        ("midnight", "Fri 27 Nov 00:00"),
        ("at 5 in the morning", "Fri 27 Nov 05:00"),
        ("tonight", "Thu 26 Nov 20:00"),
        ("tonight at 8", "Thu 26 Nov 20:00"),
        ("this evening", "Thu 26 Nov 18:30"),
        ("in the morning", "Fri 27 Nov 08:30"),
        ("tomorrow at 8", "Fri 27 Nov 08:00"),
        ("tomorrow morning at 6", "Fri 27 Nov 06:00"),
        ("tomorrow", "Fri 27 Nov 08:30"),
        ("tmrw evening", "Fri 27 Nov 18:30"),
        ("the day after tomorrow at 9", "Sat 28 Nov 09:00"),
        ("on saturday at 9", "Sat 28 Nov 09:00"),
        ("thursday at 6pm", "Thu 26 Nov 18:00"),
        ("thursday at 9am", "Thu 03 Dec 09:00"),
        ("in 3 days at 9", "Sun 29 Nov 09:00"),
        ("in two weeks at 10", "Thu 10 Dec 10:00"),
        ("5 december at 9am", "Sat 05 Dec 09:00"),
        ("on january 2nd at 9", "Sat 02 Jan 09:00"),
        ("remind me to run 30 minutes tomorrow at 7", "Fri 27 Nov 07:00"),
        ("remind me to ice for 20 minutes at 5", "Thu 26 Nov 17:00"),
    ],
)
def test_once(text: str, at: str, words: Words) -> None:
    when = read_when(text, NOW, BERLIN, words, words.topic(text))
    assert when is not None
    assert shown(when.at) == at
    assert when.wall is None


DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


@pytest.mark.parametrize(
    ("text", "wall", "days", "every", "first"),
    [
        ("every morning", "08:30", "", 1, "Fri 27 Nov 08:30"),
        ("every morning at 7", "07:00", "", 1, "Fri 27 Nov 07:00"),
        ("each evening", "18:30", "", 1, "Thu 26 Nov 18:30"),
        ("every day at 7 in the evening", "19:00", "", 1, "Thu 26 Nov 19:00"),
        ("daily at 6", "18:00", "", 1, "Thu 26 Nov 18:00"),
        ("mon wed fri at 6pm", "18:00", "mon wed fri", 1, "Fri 27 Nov 18:00"),
        ("Mondays and Thursdays at half past eight", "08:30", "mon thu", 1, "Mon 30 Nov 08:30"),
        ("monday to friday at 7:15", "07:15", "mon tue wed thu fri", 1, "Fri 27 Nov 07:15"),
        ("tue-thu at 9", "09:00", "tue wed thu", 1, "Tue 01 Dec 09:00"),
        ("sunday to tuesday", "08:30", "mon tue sun", 1, "Sun 29 Nov 08:30"),
        ("weekdays at noon", "12:00", "mon tue wed thu fri", 1, "Fri 27 Nov 12:00"),
        ("every saturday morning", "08:30", "sat", 1, "Sat 28 Nov 08:30"),
        ("monday mornings", "08:30", "mon", 1, "Mon 30 Nov 08:30"),
        ("every other day at 6pm", "18:00", "", 2, "Thu 26 Nov 18:00"),
        ("every second day", "08:30", "", 2, "Fri 27 Nov 08:30"),
        ("every 3 days", "08:30", "", 3, "Fri 27 Nov 08:30"),
    ],
)
def test_again_and_again(
    text: str, wall: str, days: str, every: int, first: str, words: Words
) -> None:
    when = read_when(text, NOW, BERLIN, words)
    assert when is not None
    assert when.wall == time.fromisoformat(wall)
    assert when.days == tuple(DAYS[day] for day in days.split())
    assert when.every == every
    assert shown(when.at) == first
    told, after = settle([when.reminder("check_in")], when.at, BERLIN, words.quiet)
    assert len(told) == 1
    assert after[0].at == next_after(when.reminder("check_in"), when.at, BERLIN, words.quiet)


@pytest.mark.parametrize(
    "text",
    [
        *("", "remind me", "remind me to ice", "hello there", "my pain is 3/10", "6 out of 10"),
        *("at 25:00", "at 13pm", "in 0 minutes", "in 99999 hours", "today", "today at 8am"),
        *("twice a day", "later", "i ran 5k", "on 31 february at 9", "every 0 days"),
    ],
)
def test_what_says_no_time_is_not_read(text: str, words: Words) -> None:
    assert read_when(text, NOW, BERLIN, words, words.topic(text)) is None


def test_only_a_time_that_was_named_holds_at_night(words: Words) -> None:
    named = read_when("every day at 6:15", NOW, BERLIN, words)
    meant = read_when("every day", NOW, BERLIN, words, "exercise")
    assert named is not None
    assert meant is not None
    assert named.asked
    assert not meant.asked
    assert meant.wall == words.times["exercise"]


def test_the_clock_is_the_runners_own(words: Words) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    when = read_when("at 7am", NOW, tokyo, words)
    assert when is not None
    assert when.at.astimezone(tokyo).time() == time(7)
    assert NOW < when.at < NOW + timedelta(days=1)


def test_ice_without_a_time_is_a_timer(words: Words) -> None:
    timer = ice_timer(NOW, words)
    assert timer.at == NOW + timedelta(minutes=15)
    told, after = settle([timer], timer.at, BERLIN, words.quiet)
    assert [r.what for r in told] == ["ice"]
    assert timedelta(hours=2) <= after[0].at - timer.at <= timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("remind me to ice", "ice"),
        ("Nudge me about my strength exercises", "exercise"),
        ("remind me to do my squats before my run", "exercise"),
        ("ask me how my knee was each evening", "check_in"),
        ("remind me to check in", "check_in"),
        ("remind me to go for a jog", "run"),
        ("remind me at nine", None),
        ("remind me of the price", None),
    ],
)
def test_what_it_is_about(text: str, what: str | None, words: Words) -> None:
    assert words.topic(text) == what


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("snooze 10 minutes", 10),
        ("ten more minutes", 10),
        ("half an hour", 30),
        ("snooze for an hour", 60),
        ("20", 20),
        ("later", None),
        ("at 7pm", None),
    ],
)
def test_how_long_to_put_off(text: str, minutes: float | None, words: Words) -> None:
    assert minutes_of(text, words) == minutes


PIECES = st.sampled_from(
    [
        *("in", "at", "every", "7", "15", "pm", "am", "minutes", "hours", "mon", "friday", "to"),
        *("half", "past", "quarter", "tomorrow", "other", "day", "and", "a", "an", "few", "31"),
        *("feb", "9:30", "9.75", "99", "-", ":", "o'clock", "midnight", "evening", "weeks"),
        *("\u00bd", "\U0001f9ca", "nights", "1e9"),
    ]
)


@given(st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=60))
def test_anything_is_read_without_an_error_and_lies_ahead(text: str) -> None:
    words = knowledge.load().reminders
    minutes_of(text, words)
    when = read_when(text, NOW, BERLIN, words, words.topic(text))
    if when is not None:
        assert NOW < when.at <= NOW + LONGEST + timedelta(days=366)
        assert next_after(when.reminder("run"), when.at, BERLIN, words.quiet) is not None or (
            when.wall is None
        )
