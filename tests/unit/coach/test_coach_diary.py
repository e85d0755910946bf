"""The diary keeps what was told of each day, and survives any old data."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import BEGAN, diaries, on

from kneewise.coach import diary
from kneewise.coach.diary import KEPT, Entry, add, as_data, from_data
from kneewise.coach.export import as_csv, as_json
from kneewise.coach.ladder import MILE


def test_entries_of_a_day_become_one():
    held = add((), Entry(on(0), km=5, during=3, did=("ice",)))
    held = add(held, Entry(on(0), morning=1, did=("strength", "ice"), signs=("limp",)))
    assert held == (
        Entry(on(0), km=5, during=3, morning=1, did=("ice", "strength"), signs=("limp",)),
    )


def test_what_is_told_later_wins():
    assert add((Entry(on(0), km=5, pain=2),), Entry(on(0), km=3))[0] == Entry(on(0), km=3, pain=2)


def test_days_are_in_order_and_the_newest_are_kept():
    held = ()
    for number in reversed(range(KEPT + 20)):
        held = add(held, Entry(on(number), pain=1))
    days = [entry.day for entry in held]
    assert days == sorted(days)
    held = add(held, Entry(on(KEPT + 50), pain=1))
    assert len(held) == KEPT
    assert held[-1].day == on(KEPT + 50)


def test_the_worst_pain_of_a_day():
    assert Entry(on(0)).worst is None
    assert Entry(on(0), during=2, morning=4.5, pain=1).worst == 4.5


@pytest.mark.parametrize(
    ("entry", "ran"),
    [
        (Entry(on(0), km=5), True),
        (Entry(on(0), km=0, during=3), False),
        (Entry(on(0), during=3), True),
        (Entry(on(0), did=("run",)), True),
        (Entry(on(0), during=1, did=("walk_mile",)), False),
        (Entry(on(0), pain=3), False),
    ],
)
def test_a_run_is_known(entry, ran):
    assert entry.ran is ran


@pytest.mark.parametrize("told", [{"km": -1}, {"km": 1e9}, {"during": 11}, {"pain": float("nan")}])
def test_what_cannot_be_is_refused(told):
    with pytest.raises(ValueError, match="not 0 to"):
        Entry(on(0), **told)


@given(diaries())
def test_a_diary_survives_json(entries):
    assert from_data(json.loads(json.dumps(as_data(entries)))) == entries


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["day", "km", "during", "did", "step", "x"]), inner)
    ),
    max_leaves=20,
)


@given(JUNK)
def test_any_old_data_can_be_read(data):
    assert isinstance(from_data(data), tuple)
    assert isinstance(
        from_data([{"day": "2026-11-02", "km": data, "did": data, "step": data}]), tuple
    )


def test_what_does_not_fit_counts_as_not_told():
    row = {"day": "2026-11-02", "km": 10**400, "during": "3", "worse": 1, "did": ["=1+1", "ice"]}
    assert from_data([row, {"day": "soon"}, 7]) == (Entry(BEGAN, did=("ice",)),)


@given(diaries(), st.sampled_from(["km", "miles"]))
def test_the_csv_holds_every_day_and_no_formula(entries, unit):
    text = as_csv(entries, unit)
    assert text.count("\r\n") == len(entries) + 1
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["day"] for row in rows] == [entry.day.isoformat() for entry in entries]
    for row, entry in zip(rows, entries, strict=True):
        far = row[f"distance_{unit}"]
        size = MILE if unit == "miles" else 1
        assert (float(far) * size if far else None) == pytest.approx(entry.km, abs=0.01)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_csv_of_one_day():
    entry = Entry(on(0), km=5, during=2.5, worse=False, did=("ice", "strength"), step="run_less")
    assert as_csv((entry,), "km") == (
        "day,distance_km,during,after,morning,pain,settled,worse,did,signs,step\r\n"
        "2026-11-02,5,2.5,,,,,false,ice strength,,run_less\r\n"
    )


@given(diaries())
def test_the_json_can_be_read_again(entries):
    held = json.loads(as_json(entries))
    assert held["format"] == "kneewise-diary"
    assert held["version"] == 1
    assert from_data(held["entries"]) == entries


def test_some_days_of_a_diary():
    held = (Entry(on(0)), Entry(on(1)), Entry(on(2)))
    assert diary.between(held, on(1), on(1) + timedelta(days=5)) == held[1:]
