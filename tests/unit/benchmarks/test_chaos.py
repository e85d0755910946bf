"""The table of what was done to a fleet says what went wrong; a case that ran again is renewed."""

from __future__ import annotations

from benchmarks.chaos import merged
from benchmarks.chaos_outcome import Outcome, table


def test_one_lost_message_is_wrong_and_stands_in_the_table() -> None:
    outcome = Outcome("a process is killed", 2, 12, lost=1, wrong=["no answer | at all"])
    assert not outcome.right
    assert not Outcome("x", doubled=1).right
    assert not Outcome("x", moved=1).right
    assert not Outcome("x", different=1).right
    assert Outcome("x", failed=1, again=5).right
    (_, _, row) = table([outcome]).splitlines()
    assert row.startswith("| a process is killed | 2 | 12 | 1 | 0 |")
    assert r"**no answer \| at all**" in row


def test_a_case_that_ran_again_takes_the_place_of_its_line() -> None:
    before = "# Title\n\n" + merged("", [Outcome("one", 1), Outcome("two", 2)])
    after = merged(before, [Outcome("two", 3), Outcome("new", 4)])
    rows = [line.split(" | ")[:2] for line in after.splitlines()[2:]]
    assert rows == [["| one", "1"], ["| two", "3"], ["| new", "4"]]
