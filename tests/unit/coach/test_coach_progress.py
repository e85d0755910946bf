"""The plan moves by the pain rule: every rule, and no jump for any diary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import BEGAN, KB, SAFE_FACTS, UK, book, diaries, green, on, plan

from kneewise.coach.diary import Entry, between
from kneewise.coach.ladder import (
    JUMP,
    LADDER,
    LONGEST_OF,
    REST,
    RESTING,
    RUN_LESS,
    RUN_WALK,
    RUNGS,
    lower,
    on_rung,
    rung_of,
)  # fmt: skip
from kneewise.coach.programme import JUMP_SQUAT, RAISE, SQUAT, NoPlan, Programme, make
from kneewise.coach.progress import (
    BACK,
    HOLD,
    MISSING,
    MOVES,
    SEE_DOCTOR,
    STOP,
    UP,
    judge,
)  # fmt: skip
from kneewise.coach.rule import AMBER, GREEN, RED, light
from kneewise.coach.runs import longest
from kneewise.coach.wording import verdict_reply

CALM = plan(running=2, longest_km=5, weekly_km=15, age=34)  # 3 km, 12 km a week, 4 runs
SORE = plan(running=4, longest_km=8, weekly_km=24, age=34)  # run and walk, 4 km, 12 km a week
NEW = plan(running=1, longest_km=0, age=34)  # a walk of a mile
GREEN_WEEK = book(green(0), green(2), green(4))


def at(level, programme=CALM, **changes):
    return replace(programme, level=level, **changes)


def verdict(programme, entries, day):
    """The judgement of a day of the plan, which can be said in words."""
    judged = judge(programme, entries, on(day))
    assert judged.move in MOVES
    assert judged.reasons
    assert verdict_reply(judged, UK, "km").text
    return judged


# --- up ---


def test_a_green_week_adds_a_tenth():
    judged = verdict(CALM, GREEN_WEEK, 6)
    assert (judged.move, judged.reasons) == (UP, ("green_week",))
    assert judged.programme.level.single_km == pytest.approx(3.3)
    assert judged.programme.level.weekly_km == pytest.approx(13.2)
    assert judged.programme.since == on(5)
    assert judged.light.colour == GREEN


def test_after_run_and_walk_comes_running_of_the_same_length():
    entries = book(green(0, 4), green(2, 4), green(4, 4))
    judged = verdict(SORE, entries, 6)
    assert judged.programme.level == replace(SORE.level, mode=RUN_LESS)


def test_two_green_goes_are_a_rung():
    entries = book(green(0, 1.6), green(2, 1.6))
    judged = verdict(at(on_rung(1)), entries, 3)
    assert (judged.move, judged.reasons) == (UP, ("green_twice",))
    assert judged.programme.level == on_rung(2)


def test_two_walks_without_pain_are_the_first_rung():
    walks = [Entry(on(n), during=0, morning=0, did=("walk_mile",)) for n in (0, 2)]
    assert verdict(NEW, book(*walks), 3).programme.level == on_rung(1)
    sore = book(walks[0], replace(walks[1], during=1))
    assert verdict(NEW, sore, 3).reasons == ("pain_rising", "walk_not_free")


def test_two_calm_days_end_the_rest():
    entries = book(Entry(on(0), km=0, pain=2), Entry(on(1), km=0, pain=1))
    judged = verdict(at(RESTING), entries, 1)
    assert (judged.move, judged.reasons) == (UP, ("calm_rest",))
    assert judged.programme.level == on_rung(0)


# --- hold ---


@pytest.mark.parametrize(
    ("entries", "day", "reasons"),
    [
        ((), 3, ("need_more_runs", "week_not_over")),
        (book(green(0)), 6, ("need_more_runs",)),
        (GREEN_WEEK, 5, ("week_not_over",)),
        (book(green(0), green(2), green(4, morning=None)), 6, ("morning_missing",)),
        (book(green(0), green(2), green(4, during=None)), 6, ("pain_missing",)),
        (book(green(0), green(2), green(4, during=2)), 6, ("pain_rising",)),
        (book(green(0), green(2), green(4, km=3.5)), 6, ("over_limit",)),
        (book(green(0), green(3), green(4)), 6, ("no_rest_day",)),
        (book(green(0), green(2, after=1)), 3, ("not_settled", "slight")),
    ],
)
def test_the_plan_holds_and_says_why(entries, day, reasons):
    judged = verdict(CALM, entries, day)
    assert (judged.move, judged.reasons) == (HOLD, reasons)
    assert judged.programme == CALM


def test_a_weekly_limit_is_a_limit():
    entries = book(*(green(n, 3) for n in (0, 2, 4)), green(6, 3.1))
    week = at(replace(CALM.level, weekly_km=9.0))
    assert "over_limit" in verdict(week, entries, 6).reasons


def test_a_step_over_the_limit_is_forgotten_after_a_week():
    entries = book(green(0, 9), green(2), green(4), green(6), green(8))
    assert verdict(CALM, entries, 8).move == UP


def test_the_third_rung_of_a_week_waits():
    entries = book(green(0, 1.6), green(2, 1.6))
    held = at(on_rung(1), ups=(on(0), on(1)))
    assert verdict(held, entries, 3).reasons == ("two_rungs_a_week",)
    assert verdict(replace(held, ups=(on(-5), on(1))), entries, 3).move == UP


def test_unknown_lengths_add_nothing():
    entries = book(*(green(n, None) for n in (14, 16, 18, 20)))
    judged = verdict(at(CALM.level, since=on(14)), entries, 20)
    assert (judged.move, judged.reasons) == (HOLD, ("km_missing",))


def test_shorter_runs_than_allowed_add_nothing():
    entries = book(*(green(n, 2) for n in (14, 16, 18, 20)))
    judged = verdict(at(CALM.level, since=on(14)), entries, 20)
    assert (judged.move, judged.reasons) == (HOLD, ("at_the_limit",))


def test_rest_goes_on_until_two_calm_days():
    entries = book(Entry(on(0), km=0, pain=2))
    assert verdict(at(RESTING), entries, 1).reasons == ("rest_not_calm",)
    sore = book(Entry(on(0), km=0, pain=4))
    judged = verdict(at(RESTING), sore, 1)
    assert (judged.move, judged.reasons) == (HOLD, ("over_2", "still_resting"))


# --- back ---


def test_amber_halves():
    judged = verdict(SORE, book(green(0, 4, during=3)), 1)
    assert (judged.move, judged.reasons) == (BACK, ("over_2",))
    assert judged.programme.level == lower(SORE.level)
    assert judged.programme.level.single_km == 2
    assert judged.light.colour == AMBER


def test_amber_after_a_step_up_goes_back_to_that_step():
    up = verdict(CALM, GREEN_WEEK, 6).programme
    judged = verdict(up, book(*GREEN_WEEK, green(6, 3.3, morning=3)), 7)
    assert judged.move == BACK
    assert judged.programme.level == CALM.level
    assert judged.programme.before is None


def test_still_sore_next_morning_is_a_step_back():
    entries = book(Entry(on(0), km=1.6, during=1, worse=True))
    assert verdict(at(on_rung(2)), entries, 1).programme.level == on_rung(1)


def test_one_flare_counts_once():
    back = verdict(SORE, book(green(0, 4, during=4)), 1).programme
    sore = book(green(0, 4, during=4), Entry(on(1), km=0, pain=3))
    judged = verdict(back, sore, 1)
    assert (judged.move, judged.reasons) == (HOLD, ("over_2", "same_flare"))
    again = book(*sore, green(2, 2, during=3))
    assert verdict(judged.programme, again, 3).move == BACK


def test_two_slight_rises_are_a_step_back():
    entries = book(green(0), green(2, after=1), green(4, after=1))
    assert verdict(CALM, entries, 5).move == BACK


def test_a_slight_rise_is_no_green_run():
    entries = book(green(0), green(2, after=1), green(4))
    held = at(CALM.level, since=on(1))
    assert verdict(held, entries, 8).reasons == ("need_more_runs",)
    assert verdict(held, book(*entries, green(6)), 8).move == UP


def test_jumps_end_with_the_first_amber():
    judged = verdict(at(CALM.level, strength=JUMP_SQUAT), book(green(0, during=3)), 1)
    assert judged.programme.strength == SQUAT


# --- stop ---


@pytest.mark.parametrize("told", [{"during": 6}, {"signs": ("swelling",)}, {"morning": 5.5}])
def test_red_stops(told):
    judged = verdict(CALM, book(green(0, **told)), 1)
    assert judged.move == STOP
    assert judged.light.colour == RED
    assert judged.programme.level == RESTING
    assert judged.programme.strength == RAISE
    reply = verdict_reply(judged, UK, "km")
    assert KB.coach.says["danger_check"].text in reply.text


def test_a_second_stop_within_a_fortnight_is_for_a_doctor():
    stopped = verdict(CALM, book(green(0, during=6)), 1).programme
    judged = verdict(stopped, book(green(0, during=6), Entry(on(9), km=0, pain=7)), 9)
    assert (judged.move, judged.reasons[0]) == (SEE_DOCTOR, "red_again")
    later = verdict(stopped, book(green(0, during=6), Entry(on(20), km=0, pain=7)), 20)
    assert later.move == STOP


def test_red_wins_over_all_else():
    entries = book(green(0), green(2), green(4), Entry(on(20), km=3, during=8))
    assert verdict(CALM, entries, 20).move == STOP


# --- see someone ---


def every_other_day(first, last, pain):
    return [Entry(on(n), km=0, pain=pain) for n in range(first, last, 2)]


@pytest.mark.parametrize(
    ("weeks", "day", "reason"),
    [
        ((2, 4.5), 13, "getting_worse"),
        ((3, 3, 4), 20, "not_better"),
        ((4, 4, 3.5, 3.5), 27, "not_better"),
        ((5, 4, 3, 3, 3, 3, 3), 48, "six_weeks"),
    ],
)
def test_no_better_is_for_a_doctor(weeks, day, reason):
    days = [
        e for week, pain in enumerate(weeks) for e in every_other_day(7 * week, 7 * week + 7, pain)
    ]
    judged = verdict(at(RESTING, since=on(day - 1), backs=()), book(*days), day)
    assert (judged.move, judged.reasons) == (SEE_DOCTOR, (reason,))
    assert judged.programme.advised == on(day)
    reply = verdict_reply(judged, UK, "km")
    assert reply.urgency == "routine"
    assert KB.coach.says["button_summary"].text in reply.buttons


def test_a_doctor_is_not_named_each_day():
    days = book(*every_other_day(0, 21, 4))
    first = verdict(at(RESTING, since=on(20)), days, 20)
    assert first.move == SEE_DOCTOR
    assert verdict(first.programme, days, 21).move == HOLD
    assert verdict(first.programme, book(*days, *every_other_day(22, 28, 4)), 27).move == SEE_DOCTOR


def test_after_that_advice_only_new_calm_days_count():
    walks = [Entry(on(n), during=0, morning=0, did=("walk_mile",)) for n in (39, 41, 43, 45)]
    held = at(on_rung(0), since=on(38))
    advised = verdict(held, book(*walks[:2]), 42)
    assert advised.move == SEE_DOCTOR
    assert verdict(advised.programme, book(*walks[:3]), 44).move == HOLD
    assert verdict(advised.programme, book(*walks), 46).programme.level == on_rung(1)


def test_what_keeps_coming_back_is_for_a_doctor():
    held = at(CALM.level, backs=(on(2), on(6), on(12)), since=on(13))
    entries = book(green(12), green(14))
    assert verdict(held, entries, 15).reasons == ("keeps_coming_back",)
    assert verdict(replace(held, backs=held.backs[1:]), entries, 15).move == HOLD


def test_a_knee_that_cannot_run_after_six_weeks_is_for_a_doctor():
    entries = book(*every_other_day(36, 43, 1))
    judged = verdict(at(on_rung(0), since=on(36)), entries, 42)
    assert judged.reasons == ("six_weeks",)


def test_a_rare_diary_is_judged_too():
    entries = book(*(Entry(on(n), km=2, during=4) for n in (0, 7, 14, 21)))
    assert judge(at(RESTING, since=on(21)), entries, on(21)).move == SEE_DOCTOR


# --- a missing week ---


def test_a_missing_week_goes_a_step_lower():
    judged = verdict(at(on_rung(3)), book(green(0, 2.4)), 8)
    assert (judged.move, judged.reasons) == (MISSING, ("missing_week",))
    assert judged.programme.level == on_rung(2)
    assert verdict(at(on_rung(3)), book(green(0, 2.4)), 7).move == HOLD


def test_a_missing_week_counts_once():
    held = verdict(at(on_rung(3)), book(green(0, 2.4)), 8).programme
    assert verdict(held, book(green(0, 2.4)), 9).move == HOLD
    assert verdict(held, book(green(0, 2.4)), 16).move == MISSING


def test_back_after_a_gap_is_a_step_lower_too():
    entries = book(green(0, 2.4), green(10, 2.4))
    judged = verdict(at(on_rung(3)), entries, 11)
    assert judged.move == MISSING
    assert judged.programme.since == on(10)
    assert verdict(judged.programme, entries, 11).move == HOLD


# --- strength ---

TRAINED = book(
    *(green(n, did=("strength",), during=0, after=0, morning=0) for n in range(0, 16, 2))
)


def test_strength_goes_up_after_running_did():
    ran = at(CALM.level, changed="running", since=on(7))
    judged = verdict(ran, TRAINED, 14)
    assert (judged.move, judged.reasons) == (UP, ("strength_up",))
    assert judged.programme.strength == SQUAT
    assert judged.programme.level == CALM.level
    assert judged.programme.changed == "strength"


@pytest.mark.parametrize(
    "changes",
    [
        {"changed": "strength"},
        {"strength_since": on(5)},
        {"strength": JUMP_SQUAT},
    ],
)
def test_strength_waits(changes):
    held = at(CALM.level, **{"changed": "running", "since": on(7), **changes})
    assert verdict(held, TRAINED, 14).reasons == ("green_week",)


def test_jumps_need_squats_without_any_pain_and_a_known_age():
    held = at(CALM.level, changed="running", since=on(7), strength=SQUAT)
    assert verdict(held, TRAINED, 14).programme.strength == JUMP_SQUAT
    ached = book(*TRAINED, Entry(on(4), during=1))
    assert verdict(held, ached, 14).programme.strength == SQUAT
    unknown = replace(held, facts=replace(held.facts, age=None))
    assert verdict(unknown, TRAINED, 14).programme.strength == SQUAT


# --- for any diary ---

STARTS = SAFE_FACTS.map(lambda facts: make(facts, BEGAN)).filter(
    lambda made: not isinstance(made, NoPlan)
)


def no_jump(before: Programme, after: Programme, farthest: float | None) -> bool:
    """True if a step up is one step, and no longer than the sourced limit."""
    if after.level == before.level:
        return True
    if after.level.mode == LADDER:
        first = -1 if before.level.mode == REST else RUNGS.index(rung_of(before.level))
        return RUNGS.index(rung_of(after.level)) <= first + 1
    if before.level.mode == LADDER:
        return after.level.single_km == before.level.single_km
    return after.level.single_km <= JUMP * min(before.level.single_km, farthest) + 1e-9


@settings(max_examples=60)
@given(STARTS, diaries())
def test_no_diary_makes_a_jump(programme, entries):
    for day in range(56):
        judged = judge(programme, entries, on(day))
        told = between(entries, programme.since, on(day))
        lights = [shown for e in told if (shown := light(e, entries))]
        if judged.move == UP:
            assert {shown.colour for shown in lights} <= {GREEN, AMBER}
            assert lights[-1].colour == GREEN
            sure = [x for x in lights if x.colour == GREEN and x.sure]
            assert len(sure) >= 2
            assert no_jump(programme, judged.programme, longest(programme, entries, on(day)))
        else:
            assert judged.programme.strength in (programme.strength, RAISE, SQUAT)
            assert judged.programme.level.single_km <= programme.level.single_km
        if any(shown.colour == RED for shown in lights):
            assert judged.programme.level == RESTING
        assert judge(judged.programme, entries, on(day)).move not in (UP, STOP)
        programme = judged.programme


@settings(max_examples=40)
@given(STARTS, diaries(calm=True))
def test_jumps_are_never_for_the_young_or_the_sore(programme, entries):
    for day in range(56):
        judged = judge(programme, entries, on(day))
        if judged.programme.strength == JUMP_SQUAT and programme.strength != JUMP_SQUAT:
            assert programme.facts.age >= 16
            fortnight = between(entries, on(day - 14), on(day))
            assert all((entry.worst or 0) <= 2 for entry in fortnight)
        programme = judged.programme


@settings(max_examples=60)
@given(STARTS, diaries(), st.integers(0, 60))
def test_a_judgement_is_the_same_twice_and_can_be_said(programme, entries, day):
    judged = judge(programme, entries, on(day))
    assert judged == judge(programme, entries, on(day))
    for unit in ("km", "miles"):
        reply = verdict_reply(judged, UK, unit)
        assert reply.text
        assert reply.sources
        assert "{" not in reply.text
    assert set(judged.reasons) <= set(KB.coach.reasons)


def test_what_is_to_come_does_not_count():
    assert judge(CALM, book(green(0, during=7)), on(-1)).move == HOLD


def test_the_longest_run_is_of_the_last_30_days():
    entries = book(green(0, 6), green(20, 3))
    assert longest(CALM, entries, on(10)) == 6
    assert longest(CALM, entries, on(LONGEST_OF + 1)) == 3
    assert longest(CALM, (), on(14)) == 5
    assert longest(CALM, (), on(15)) is None


def test_walks_in_between_are_a_mode_of_their_own():
    assert SORE.level.mode == RUN_WALK
