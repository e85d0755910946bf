"""A diary line is read as it was meant, and what is not clear is left out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kneewise.coach.diary import as_data
from kneewise.coach.ladder import MILE
from kneewise.coach.reading import read_day

TODAY = date(2026, 11, 26)
LINES = yaml.safe_load(Path(__file__).with_name("diary_lines.yml").read_text(encoding="utf-8"))


def expected(days: dict[int, dict[str, Any]] | list[Any]) -> list[dict[str, Any]]:
    """The entries of a line as data."""
    rows = []
    for ago, told in sorted(dict(days).items(), reverse=True):
        row = {"day": (TODAY - timedelta(days=ago)).isoformat(), **told}
        if "miles" in row:
            row["km"] = pytest.approx(row.pop("miles") * MILE)
        rows.append(row)
    return rows


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["say"])
def test_a_line_tells_what_it_says(line: dict[str, Any]) -> None:
    read = read_day(line["say"], TODAY)
    assert (as_data(read.entries) if read else []) == expected(line["days"])
    assert (read.unclear if read else ()) == tuple(line.get("unclear", ()))
    assert read is None or read.unit == line.get("unit", "km")


def test_there_are_lines_enough() -> None:
    said = {line["say"].lower() for line in LINES}
    assert len(said) == len(LINES) >= 120
