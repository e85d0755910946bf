"""Nothing is lost or doubled when a part of the fleet dies; `make chaos` does more of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fleet.fleet import Fleet, private_fleet

from benchmarks.chaos_web import CASES

PEOPLE = 24


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with private_fleet(tmp_path_factory.mktemp("fleet")) as found:
        yield found


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_or_doubled(fleet: Fleet, name: str) -> None:
    outcome = CASES[name](fleet, PEOPLE)
    assert outcome.right, outcome
    assert outcome.messages >= 6 * PEOPLE
