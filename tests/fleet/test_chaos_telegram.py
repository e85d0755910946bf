"""What Telegram handed over is answered once and in order, whoever dies meanwhile."""

from __future__ import annotations

import pytest

from benchmarks.chaos_fleet import Chaos
from benchmarks.chaos_telegram import CASES

PEOPLE = 16


@pytest.mark.parametrize("name", ["telegram_postgres_away", "telegram_platform_fails"])
def test_all_is_answered_once_and_in_order(chaos_fleet: Chaos, name: str) -> None:
    outcome = CASES[name](chaos_fleet, PEOPLE)
    assert outcome.right, outcome
    assert outcome.messages == 6 * PEOPLE
