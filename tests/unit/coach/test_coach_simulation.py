"""Seven made-up runners over eight weeks end where they should."""

from __future__ import annotations

import pytest

from benchmarks.coach_simulation import DAYS, FACTS, RESULT, RUNNERS, Story, follow, table
from kneewise.coach.ladder import JUMP, LADDER, REST, RUN_LESS
from kneewise.coach.programme import Programme
from kneewise.coach.runs import longest

STORIES = {runner.name: follow(runner) for runner in RUNNERS}


def runs_in(plan: Programme) -> bool:
    """True if the plan of a day has any running in it."""
    return plan.level.step not in (REST, "walk_mile")


@pytest.fixture(params=STORIES.values(), ids=STORIES)
def story(request) -> Story:
    return request.param


def test_the_improving_runner_runs_again_without_a_doctor():
    told = STORIES["improving"]
    assert told.last.level.mode == RUN_LESS
    assert len(told.moves("up")) >= 7
    assert not told.moves("see_doctor")
    assert not told.moves("stop")
    assert told.verdicts[-1][1].light.colour == "green"
    assert len([day for day in told.moves("back") if day >= 14]) <= 1


def test_the_worsening_runner_is_sent_on_within_three_weeks():
    told = STORIES["worsening"]
    assert told.moves("see_doctor")[0] <= 21
    assert told.last.level.step in (REST, "walk_mile")
    assert len(told.moves("back")) >= 3
    assert not any(runs_in(plan) for plan in told.plans[told.moves("see_doctor")[0] :])


def test_the_runner_of_ups_and_downs_never_goes_above_the_start():
    told = STORIES["up and down"]
    start = told.plans[0].level.single_km
    assert all(plan.level.single_km <= start for plan in told.plans)
    assert "keeps_coming_back" in told.reasons()
    assert told.moves("see_doctor")[0] <= 28


def test_the_careless_runner_is_named_kindly_and_gets_no_more():
    told = STORIES["careless"]
    assert {"over_limit", "no_rest_day"} <= told.reasons()
    named = [day for day, verdict in told.verdicts if "over_limit" in verdict.reasons]
    assert len(named) > 30
    assert all(day > named[-1] for day in told.moves("up"))
    assert max(plan.level.single_km for plan in told.plans) == told.plans[0].level.single_km


def test_a_missing_week_costs_one_step():
    told = STORIES["a missing week"]
    [day] = told.moves("missing")
    before, after = told.plans[day - 1].level, told.plans[day].level
    assert after.single_km < before.single_km
    assert not [up for up in told.moves("up") if 26 <= up <= 37]
    assert told.last.level.single_km > after.single_km
    assert not told.moves("see_doctor")


def test_a_knee_that_does_not_change_is_sent_on_in_two_to_three_weeks():
    told = STORIES["no change"]
    assert 13 <= told.moves("see_doctor")[0] <= 21
    assert told.last.level.mode in (REST, LADDER)


def test_a_bad_day_stops_the_running_and_it_begins_again_with_a_walk():
    told = STORIES["a bad day"]
    [first, *_] = told.moves("stop")
    assert told.plans[first].level.mode == REST
    walked = next(plan for plan in told.plans[first:] if plan.level.mode != REST)
    assert walked.level.rung == "walk_mile"
    assert told.last.level.single_km > walked.level.single_km


def test_no_step_is_a_jump(story):
    for day in range(1, DAYS):
        before, after = story.plans[day - 1].level, story.plans[day].level
        if after.single_km > before.single_km and after.mode == RUN_LESS:
            farthest = longest(story.plans[day - 1], story.entries, story.entries[-1].day)
            assert after.single_km <= JUMP * max(before.single_km, 0)
            assert farthest is not None


def test_no_plan_is_above_what_the_facts_allow(story):
    assert all(plan.level.single_km <= FACTS.longest_km for plan in story.plans)


def test_the_same_seed_tells_the_same_story(story):
    assert follow(story.runner).verdicts == story.verdicts


def test_the_table_is_the_one_in_the_results():
    written = RESULT.read_text(encoding="utf-8")
    for line in table(list(STORIES.values())):
        assert line in written.splitlines()
