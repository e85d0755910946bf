"""A part of the fleet dies while visitors talk, and nothing is lost or doubled.

`make chaos` does more of it, with more people.
"""

from __future__ import annotations

import pytest

from benchmarks.chaos_fleet import Chaos
from benchmarks.chaos_web import CASES

PEOPLE = 24


@pytest.mark.parametrize(
    "name", ["process_killed", "process_ended", "postgres_killed", "redis_lost"]
)
def test_nothing_is_lost_or_doubled(chaos_fleet: Chaos, name: str) -> None:
    outcome = CASES[name](chaos_fleet, PEOPLE)
    assert outcome.right, outcome
    assert outcome.messages >= 6 * PEOPLE
