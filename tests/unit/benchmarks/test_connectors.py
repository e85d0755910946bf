"""The table of the connectors counts what is right, and what failed stands in it."""

from __future__ import annotations

from typing import Any

from benchmarks.connectors import judged, table, wait_until_quiet


def test_the_table_has_a_row_a_case_and_the_totals() -> None:
    results = {
        "stock": {"a burst": ("lost | 3", False), "a start": ("starts", True)},
        "ours": {"a burst": ("60", True)},
    }
    assert table(results) == (
        "| case | stock | ours |\n"
        "| --- | --- | --- |\n"
        "| a burst | **wrong**: lost \\| 3 | right: 60 |\n"
        "| a start | right: starts |  |\n"
        "| **right** | **1 of 2** | **1 of 1** |\n"
    )


def test_a_case_that_fails_is_a_result() -> None:
    def case(target: Any) -> tuple[str, bool]:
        """A press that breaks."""
        raise KeyError(target)

    assert judged(case, "x") == ("A press that breaks", ("failed: KeyError", False))


def test_quiet_is_when_nothing_changes_any_more() -> None:
    counts = iter([0, 1, 2, 3])
    seen: list[int] = []

    def count() -> int:
        seen.append(next(counts, 3))
        return seen[-1]

    wait_until_quiet(count, within=5, still=0.15)
    assert seen[-2:] == [3, 3]
