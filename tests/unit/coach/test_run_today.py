"""Can I run today? From the own last entries, and never yes without them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import BEGAN, KB, SAFE_FACTS, UK, book, diaries, green, on, plan

from kneewise.coach.diary import Entry
from kneewise.coach.ladder import RESTING, on_rung
from kneewise.coach.programme import NoPlan, make
from kneewise.coach.progress import judge
from kneewise.coach.rule import AMBER, GREEN, light
from kneewise.coach.today import ANSWERS, ASK_FIRST, EASY, NO, UNKNOWN, YES, run_today
from kneewise.coach.wording import run_today_reply

CALM = plan(running=2, longest_km=5, weekly_km=15, age=34)  # 3 km, 12 km a week, 4 runs


@pytest.mark.parametrize(
    ("entries", "day", "answer", "reasons"),
    [
        ((), 3, UNKNOWN, ("nothing_told",)),
        (book(Entry(on(0), did=("ice",))), 1, UNKNOWN, ("nothing_told",)),
        (book(green(0)), 8, UNKNOWN, ("too_old",)),
        (book(green(0)), 7, YES, ("green",)),
        (book(green(0)), 2, YES, ("green",)),
        (book(green(0), Entry(on(1), km=0, pain=0)), 2, YES, ("green",)),
        (book(green(0, during=6)), 2, ASK_FIRST, ("was_red", "over_5")),
        (book(green(0), Entry(on(2), signs=("locking",))), 2, ASK_FIRST, ("was_red", "locking")),
        (book(green(2)), 2, NO, ("ran_today",)),
        (book(green(0), Entry(on(2), pain=3)), 2, NO, ("sore_today",)),
        (book(green(1)), 2, NO, ("ran_yesterday",)),
        (book(green(0, morning=None)), 2, UNKNOWN, ("morning_missing",)),
        (book(green(0), green(2), green(4), green(5)), 7, YES, ("green",)),
        (book(green(1), green(2), green(4), green(5)), 7, NO, ("runs_done",)),
        (book(green(1, 4), green(3, 4), green(5, 4)), 7, NO, ("week_is_full",)),
        (book(green(0, during=4)), 2, EASY, ("over_2",)),
    ],
)
def test_an_answer_and_why(entries, day, answer, reasons):
    told = run_today(CALM, entries, on(day))
    assert (told.answer, told.reasons) == (answer, reasons)
    assert (told.km is None) == (answer not in (YES, EASY))


def test_yes_is_the_step_of_the_plan():
    told = run_today(CALM, book(green(0)), on(2))
    assert (told.level, told.km) == (CALM.level, 3.0)


def test_easy_is_half():
    told = run_today(CALM, book(green(0, during=4)), on(2))
    assert told.km == pytest.approx(1.609, abs=0.01)
    assert told.level == on_rung(1)  # half of 3 km is under a mile


def test_easy_is_halved_once():
    entries = book(green(0, during=4))
    moved = judge(CALM, entries, on(1)).programme
    told = run_today(moved, entries, on(2))
    assert (told.answer, told.level) == (EASY, moved.level)


def test_what_the_week_has_left():
    entries = book(green(1, 4), green(3, 4), green(5, 2.5))
    assert run_today(CALM, entries, on(7)).km == pytest.approx(1.5)


def test_no_run_is_longer_than_a_tenth_over_the_longest_of_30_days():
    held = replace(CALM, since=on(20))
    assert run_today(held, book(green(20, 2)), on(22)).km == pytest.approx(2.2)


def test_rest_is_rest():
    resting = replace(CALM, level=RESTING)
    assert run_today(resting, book(Entry(on(0), pain=1)), on(1)).answer == NO


def test_without_a_plan_nobody_knows_how_far():
    assert run_today(None, book(green(0)), on(2)).reasons == ("no_plan",)
    assert run_today(None, book(green(0, during=7)), on(2)).answer == ASK_FIRST


def test_the_first_rung_is_a_walk():
    told = run_today(replace(CALM, level=on_rung(0)), book(Entry(on(0), pain=0)), on(1))
    text = run_today_reply(told, UK, "miles").text
    assert text.startswith("Walk today")
    assert "1 mile" in text
    assert "Yes" not in text


STARTS = st.none() | SAFE_FACTS.map(lambda facts: make(facts, BEGAN)).filter(
    lambda made: not isinstance(made, NoPlan)
)


@settings(max_examples=150)
@given(STARTS, diaries(), st.integers(0, 60), st.sampled_from(["km", "miles"]))
def test_never_yes_without_data_or_after_red(programme, entries, day, unit):
    told = run_today(programme, entries, on(day))
    assert told.answer in ANSWERS
    if told.answer in (YES, EASY):
        lit = [(e, x) for e in entries if e.day <= on(day) and (x := light(e, entries))]
        assert on(day) - lit[-1][0].day <= on(7) - on(0)
        assert lit[-1][1].colour in ((GREEN,) if told.answer == YES else (AMBER,))
        assert lit[-1][1].sure
        assert not any(e.ran for e in entries if e.day == on(day))
        assert 0 < told.km <= programme.level.single_km + 1e-9
    reply = run_today_reply(told, UK, unit)
    assert reply.topic == "can_i_run"
    assert reply.sources
    assert "{" not in reply.text
    assert set(told.reasons) <= set(KB.coach.reasons)
