"""A plan is safe for any facts, explains itself, and is the same for the same facts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import ANY_FACTS, BEGAN, DAY, KB, SAFE_FACTS, UK, on, plan

from kneewise.coach import programme as programmes
from kneewise.coach.facts import PlanFacts, facts_of
from kneewise.coach.ladder import JUMP, LADDER, REST, RUN_LESS, RUN_WALK
from kneewise.coach.lines import NO_ICE, NO_ROLLING, lines
from kneewise.coach.programme import JUMP_SQUAT, RAISE, SQUAT, NoPlan, Programme, make
from kneewise.coach.wording import plan_reply
from kneewise.triage import Facts, triage


def ids(programme: Programme) -> list[str]:
    return [line.id for line in lines(programme)]


# --- what a plan is ---


@pytest.mark.parametrize(
    ("told", "mode", "single", "week", "runs"),
    [
        ({"running": 2, "longest_km": 5, "weekly_km": 15}, RUN_LESS, 3, 12, 4),
        ({"running": 2, "longest_km": 10, "weekly_km": 20}, RUN_LESS, 6, 20, 4),
        ({"running": 4, "longest_km": 8, "weekly_km": 24}, RUN_WALK, 4, 12, 3),
        ({"running": 5, "longest_km": 8}, RUN_WALK, 4, 12, 3),
        ({"severity": 1, "longest_km": 8}, RUN_LESS, 4.8, 19.2, 4),
        ({"running": 1, "morning": 3, "longest_km": 8}, RUN_WALK, 4, 12, 3),
        ({"running": 1, "severity": 7, "longest_km": 8}, RUN_WALK, 4, 12, 3),
    ],
)
def test_how_to_run(told, mode, single, week, runs):
    level = plan(**told).level
    assert (level.mode, level.runs) == (mode, runs)
    assert level.single_km == pytest.approx(single)
    assert level.weekly_km == pytest.approx(week)


def test_too_much_pain_is_rest():
    made = plan(running=6, longest_km=8)
    assert made.level.mode == REST
    assert ids(made)[:2] == ["why_rest", "run_rest"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"running": 2, "longest_km": 0}, "why_new"),
        ({"running": 2, "longest_km": 1}, "why_new"),
        ({"running": 2, "longest_km": 8, "weekly_km": 0}, "why_new"),
        ({"running": 2}, "why_unknown"),
        ({"longest_km": 8}, "why_unknown"),
        ({}, "why_unknown"),
    ],
)
def test_what_is_not_known_is_a_careful_start(told, why):
    made = plan(**told)
    assert made.level.rung == "walk_mile"
    assert ids(made)[:2] == [why, "rung_walk"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"flags": ("RF11",)}, "red_flag"),
        ({"age": 15}, "under_16"),
        ({"child": True}, "under_16"),
        ({"cautions": ("recent_surgery",)}, "recent_surgery"),
        ({"severity": 8}, "severe"),
        ({"stairs": 9}, "severe"),
        ({"checked": False}, "unchecked"),
        ({"fits": False}, "other_knee"),
    ],
)
def test_who_gets_no_plan(told, reason):
    assert make(PlanFacts(**{"checked": True, **told}), BEGAN) == NoPlan(reason)


def test_an_age_told_says_more_than_a_child_meant():
    assert isinstance(make(PlanFacts(age=40, child=True, checked=True), BEGAN), Programme)


@pytest.mark.parametrize(
    ("told", "there", "gone"),
    [
        ({"running": 1}, "cadence", "older_advice"),
        ({"running": 0}, "slower", "cadence"),
        ({"running": 4}, "older_advice", "why_less"),
        ({"running": 1, "stairs": 3}, "stairs", "why_less"),
        ({"running": 1, "cautions": ("numb_skin",)}, "ice_left_out", "ice"),
        ({"running": 1, "tried": ("ice",)}, "tried", "ice"),
        ({"running": 1, "tried": ("physio",)}, "ice", "tried"),
        ({"running": 1, "tried": ("insoles",)}, "tried", "insoles"),
        ({"running": 1, "equipment": ("roller",)}, "rolling", "rolling_left_out"),
        ({"running": 1}, "shoes", "rolling"),
        ({"running": 1, "equipment": ("roller",), "cautions": ("calf_swelling",)},
         "rolling_left_out", "rolling"),
        ({"running": 1, "equipment": ("band",)}, "hip_band", "hip"),
        ({"running": 1, "cautions": ("pregnant",)}, "pregnant", "blood_thinner"),
        ({"running": 1, "cautions": ("blood_thinner",)}, "blood_thinner", "pregnant"),
        ({"running": 1, "goal": "race"}, "race", "age_50"),
        ({"running": 1, "age": 52}, "age_50", "race"),
        ({"running": 1, "duration_days": 42}, "see_now", "see_someone"),
        ({"running": 1, "duration_days": 41}, "see_someone", "see_now"),
        ({"running": 2, "severity": 6}, "strength_easier", "strength_squat"),
        ({"running": 1, "squatting": 0}, "strength_squat", "strength_raise"),
        ({"running": 1, "squatting": 1}, "strength_raise", "strength_squat"),
        ({"running": 3, "squatting": 0}, "strength_raise", "strength_squat"),
    ],
)  # fmt: skip
def test_a_line_is_for_whom_it_is_meant(told, there, gone):
    said = ids(plan(longest_km=8, **told))
    assert there in said
    assert gone not in said


def test_the_fortnights_of_a_plan():
    made = plan(running=1, longest_km=8)
    assert made.ends(BEGAN) == on(13)
    assert made.ends(on(13)) == on(13)
    assert made.ends(on(14)) == on(27)
    assert made.ends(on(-3)) == on(13)


@pytest.mark.parametrize(
    "wrong", [{"running": 11}, {"longest_km": -1}, {"age": 200}, {"severity": float("nan")}]
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="not 0 to"):
        PlanFacts(**wrong)


def test_the_facts_of_an_assessment():
    facts = Facts(
        location="front",
        severity=3,
        duration_days=20,
        age_group="50_or_over",
        signs={"pregnant": True, "swelling": False},
        triggers=("running", "stairs"),
    )
    told = facts_of(facts, triage(facts, KB), checked=True, running=2, longest_km=6)
    assert told == PlanFacts(
        running=2, severity=3, longest_km=6, duration_days=20, cautions=("pregnant",), age=50,
        checked=True, fits=True,
    )  # fmt: skip


def test_a_flag_that_cannot_wait_is_a_fact_of_the_plan():
    facts = Facts(location="front", severity=3, age=30, signs={"locking": True})
    told = facts_of(facts, triage(facts, KB), checked=True)
    assert told.flags
    assert make(told, BEGAN) == NoPlan("red_flag")


# --- for any facts ---


@given(ANY_FACTS)
def test_no_plan_for_whom_someone_has_to_see_first(facts):
    made = make(facts, BEGAN)
    held = facts.flags or facts.is_child or not facts.checked or not facts.fits
    if held or "recent_surgery" in facts.cautions or (facts.worst or 0) >= 8:
        assert isinstance(made, NoPlan)
    else:
        assert isinstance(made, Programme)


@given(SAFE_FACTS)
def test_a_plan_is_safe(facts):
    made = make(facts, BEGAN)
    if isinstance(made, NoPlan):
        assert made.reason == "severe"
        return
    level = made.level
    if level.mode in (RUN_WALK, RUN_LESS):
        share = 0.6 if facts.pain <= 2 and (facts.worst or 0) <= 5 else 0.5
        assert level.single_km <= share * facts.longest_km < JUMP * facts.longest_km
        assert level.weekly_km <= level.runs * share * facts.longest_km + 1e-9
        if facts.weekly_km is not None:
            assert level.weekly_km <= max(facts.weekly_km, level.single_km)
    elif level.mode == LADDER:
        # A mile with walks is no jump for whoever ran one.
        assert level.rung == "walk_mile" or facts.longest_km >= level.single_km
    else:
        assert facts.pain > 5
    assert level.runs <= 4
    assert made.strength != JUMP_SQUAT
    assert made.strength == RAISE or (facts.squatting == 0 and facts.worst <= 2)


@given(SAFE_FACTS)
def test_cautions_are_heeded(facts):
    made = make(facts, BEGAN)
    if isinstance(made, NoPlan):
        return
    said = set(ids(made))
    assert "ice" not in said or not NO_ICE & set(facts.cautions)
    assert "rolling" not in said or not NO_ROLLING & set(facts.cautions)
    assert {"pain_rule", "medicine", "expect", "tell_me"} <= said
    assert said & {"see_now", "see_someone"}


@given(SAFE_FACTS, st.sampled_from(["km", "miles"]))
def test_every_line_is_sourced_and_said(facts, unit):
    made = make(facts, BEGAN)
    if isinstance(made, NoPlan):
        return
    assert lines(made)
    assert all(KB.coach.lines[line.id].sources for line in lines(made))
    assert any(line.id.startswith("why_") for line in lines(made))
    reply = plan_reply(made, UK, unit)
    assert reply.topic == "plan"
    assert "{" not in reply.text
    sources = {s for line in lines(made) for s in KB.coach.lines[line.id].sources}
    assert sources <= set(reply.sources) <= set(KB.sources)


@given(SAFE_FACTS)
def test_the_same_facts_make_the_same_plan(facts):
    made = make(facts, BEGAN)
    assert made == make(facts, BEGAN)
    if isinstance(made, Programme):
        data = json.loads(json.dumps(programmes.as_data(made)))
        assert programmes.from_data(data) == made


@pytest.mark.parametrize("name", list(programmes.as_data(plan())))
def test_damaged_data_is_no_plan(name):
    data = programmes.as_data(plan(running=1, longest_km=8))
    assert programmes.from_data({**data, name: "soon"}) is None
    assert programmes.from_data({key: held for key, held in data.items() if key != name}) is None


@pytest.mark.parametrize("data", [None, 7, [], "plan", {}, {"version": 2}])
def test_other_data_is_no_plan(data):
    assert programmes.from_data(data) is None


def test_data_with_a_pain_out_of_range_is_no_plan():
    data = programmes.as_data(plan(running=1, longest_km=8))
    data["facts"]["running"] = 12
    assert programmes.from_data(data) is None


def test_jump_squats_are_named_only_to_the_grown_who_run():
    calm = plan(running=1, longest_km=8, age=30)
    held = programmes.replace(calm, strength=JUMP_SQUAT)
    assert "strength_jump" in ids(held)
    child = programmes.replace(held, facts=PlanFacts(age=15, checked=True))
    unknown = programmes.replace(held, facts=PlanFacts(checked=True))
    sore = programmes.replace(held, level=plan(running=4, longest_km=8).level)
    for other in (child, unknown, sore):
        assert "strength_jump" not in ids(other)
        assert SQUAT in "".join(ids(other))


def test_a_day_later_it_is_the_same_plan_of_another_day():
    assert make(PlanFacts(checked=True), BEGAN + DAY).began == BEGAN + DAY
