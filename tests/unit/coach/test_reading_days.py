"""A diary line is read as it was meant, and what is not clear is left out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

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


WORDS = [
    "ran",
    "run",
    "5",
    "3",
    "k",
    "km",
    "miles",
    "/ 10",
    "out of ten",
    "pain",
    "knee",
    ",",
    ".",
    "?",
    "and",
    "but",
    "yesterday",
    "today",
    "this morning",
    "after",
    "during",
    "no",
    "not",
    "fine",
    "sore",
    "half a",
    "an hour",
    "to",
    "walked",
    "rest",
    "on monday",
    "2-3",
    ":",
]


@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_any_text_can_be_read(text: str) -> None:
    read = read_day(text, TODAY)
    assert read is None or all(entry.day <= TODAY for entry in read.entries)
    assert read is None or read.entries or read.unclear


def test_a_pasted_page_is_read_too() -> None:
    read = read_day("ran 5 km, pain 3/10 and " * 400, TODAY)
    assert read is not None
    assert read.entries[0].during == 3


def test_the_unit_is_the_one_given_where_none_is_written() -> None:
    read = read_day("no run today", TODAY, "miles")
    assert read is not None
    assert read.unit == "miles"
    assert read.missing == ("pain",)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("ran 5k today, 3/10", ("after", "morning")),
        ("ran 20 minutes", ("km", "during", "after", "morning")),
        ("5k yesterday, 2/10, settled quickly, fine this morning", ()),
        ("knee 2/10", ()),
    ],
)
def test_what_is_missing_is_named(line: str, missing: tuple[str, ...]) -> None:
    read = read_day(line, TODAY)
    assert read is not None
    assert read.missing == missing
