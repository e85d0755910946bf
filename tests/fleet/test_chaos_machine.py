"""A disk without room and a clock that is wrong cost nobody a message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import chaos_clock
from benchmarks.chaos_disk import disk_full
from benchmarks.chaos_fleet import Chaos

PEOPLE = 12


def test_a_full_disk_is_told_and_got_over(tmp_path: Path) -> None:
    outcome = disk_full(tmp_path)
    assert outcome.right, outcome
    assert outcome.failed == 0


@pytest.mark.skipif(
    not chaos_clock.library() and not os.environ.get("CI"),
    reason="faketime is not here: install Debian's or Ubuntu's package of that name",
)
def test_one_machine_in_another_time_costs_nobody_a_message(chaos_fleet: Chaos) -> None:
    assert chaos_clock.library(), "CI must have faketime"
    outcome = chaos_clock.clock_jumps(chaos_fleet, PEOPLE)
    assert outcome.right, outcome
