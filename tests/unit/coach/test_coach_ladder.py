"""The steps of running: as sourced, one at a time, and no jump."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.coach.ladder import (
    JUMP,
    LADDER,
    MILE,
    REST,
    RESTING,
    RUN_LESS,
    RUN_WALK,
    RUNGS,
    Level,
    by_distance,
    higher,
    lower,
    on_rung,
    rung_of,
)  # fmt: skip

DISTANCES = st.floats(0, 60, allow_nan=False)
LEVELS = (
    st.just(RESTING)
    | st.integers(0, len(RUNGS) - 1).map(on_rung)
    | st.builds(by_distance, st.sampled_from([RUN_WALK, RUN_LESS]), DISTANCES, DISTANCES,
                st.integers(1, 4))
)  # fmt: skip


def test_the_rungs_are_those_of_the_trial():
    told = [(rung.walk, rung.run, pytest.approx(rung.km / MILE)) for rung in RUNGS[1:]]
    assert told == [(2, 3, 1), (2, 3, 1.5), (2, 4, 1.5), (2, 4, 2), (1, 4, 2), (0, 1, 2)]
    assert (RUNGS[0].run, RUNGS[0].km) == (0, MILE)


def test_up_from_rest_to_runs():
    level, steps = RESTING, []
    for _ in range(9):
        level = higher(level, 3.3)
        steps.append(level.step)
    assert steps == [*(rung.id for rung in RUNGS), RUN_LESS, RUN_LESS]
    assert level.single_km == pytest.approx(3.5)


def test_down_from_runs_to_rest():
    level, steps = by_distance(RUN_LESS, 8, 24, 4), []
    for _ in range(6):
        level = lower(level)
        steps.append((level.step, round(level.single_km, 1)))
    assert steps == [
        (RUN_WALK, 4.0),
        (RUN_WALK, 2.0),
        ("walk_2_run_3_mile", 1.6),
        ("walk_mile", 1.6),
        (REST, 0.0),
        (REST, 0.0),
    ]


def test_running_without_walks_comes_before_running_more():
    level = by_distance(RUN_WALK, 4, 12, 3)
    assert higher(level, 8) == by_distance(RUN_LESS, 4, 12, 3)
    assert higher(level, None) == level


@given(LEVELS, st.none() | DISTANCES)
def test_a_step_up_is_no_jump(level, longest):
    above = higher(level, longest)
    if above.mode in (RUN_WALK, RUN_LESS):
        assert above.single_km <= JUMP * level.single_km + 1e-9
        assert above.weekly_km <= max(JUMP * level.weekly_km, above.single_km) + 1e-9
        if above != level and level.mode != LADDER:
            assert above.single_km <= JUMP * longest + 1e-9
    if level.mode == LADDER and above.mode == LADDER:
        assert RUNGS.index(rung_of(above)) == RUNGS.index(rung_of(level)) + 1


@given(LEVELS)
def test_a_step_down_is_never_more(level):
    below = lower(level)
    assert below.single_km <= max(level.single_km, 0)
    assert below.weekly_km <= max(level.weekly_km, below.single_km * 3)
    assert below == RESTING or below != level


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "sprint"},
        {"mode": LADDER},
        {"mode": LADDER, "rung": "no_such"},
        {"mode": REST, "rung": "walk_mile"},
        {"mode": RUN_LESS, "runs": 9, "single_km": 1, "weekly_km": 2},
        {"mode": RUN_LESS, "runs": 2, "single_km": 3, "weekly_km": 2},
    ],
)
def test_there_is_no_other_level(wrong):
    with pytest.raises(ValueError, match="level"):
        Level(**wrong)
