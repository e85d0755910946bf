"""The chart shows the diary as it was told, on one scale a plot, and says it in words too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_cards import SCHEMA, UK

from kneewise import charts
from kneewise.coach.diary import Entry
from kneewise.sheets import chart

DAY = date(2026, 11, 2)
STEPS = {"walk": "walk a mile", "mixed": "walk 2 minutes, run 3", "run": "run 2 miles"}


def checked(card: dict[str, Any]) -> dict[str, Any]:
    """The card, which has the shape that screens know."""
    Draft202012Validator(SCHEMA).validate({"v": 1, "cards": [card]})
    return card


def on(day: int, **told: Any) -> Entry:
    """What was told of a day, counted from the first."""
    return Entry(DAY + timedelta(days=day), **told)


def drawn(*entries: Entry, unit: str = "km", steps: dict[str, str] | None = None) -> dict[str, Any]:
    """The card of these entries, checked."""
    return checked(chart(entries, UK, unit, steps))


def table(card: dict[str, Any]) -> dict[str, list[str]]:
    """The columns of the table by their heads."""
    return {head: cells for head, *cells in zip(*card["table"]["rows"], strict=True)}


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.dates(DAY, date(2027, 12, 1)),
        km=st.none() | st.floats(0, 900),
        during=st.none() | st.floats(0, 10),
        pain=st.none() | st.floats(0, 10),
        step=st.none() | st.sampled_from([*STEPS, "other"]),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda entry: entry.day,
)


def test_a_chart_is_in_order_and_each_day_has_its_worst_pain() -> None:
    card = drawn(on(4, pain=2), on(0, during=3, after=5, morning=4), on(2, km=0.0))
    assert card["pain"]["runs"] == [[[0, 5], [4, 2]]]
    assert card["span"] == 4
    assert [band["to"] for band in card["pain"]["bands"]] == [2, 5, 10]
    assert table(card) == {"Day": ["2 Nov", "4 Nov", "6 Nov"], "Worst pain": ["5", "–", "2"]} | {
        "Distance, km": ["–", "0", "–"]
    }


def test_a_week_that_nobody_noted_is_a_gap_and_a_shorter_time_is_not() -> None:
    assert len(drawn(on(0, pain=4), on(7, pain=3))["pain"]["runs"]) == 1
    assert drawn(on(0, pain=4), on(8, pain=3))["pain"]["runs"] == [[[0, 4]], [[8, 3]]]


def test_distance_has_a_plot_of_its_own_in_the_unit_of_the_runner() -> None:
    diary = on(0, km=5.0, during=1), on(1, km=0.0), on(3, km=charts.KM_A_MILE * 6)
    card = drawn(*diary, unit="mi")
    assert card["distance"] == {
        "label": "Distance, miles",
        "max": 6,
        "bars": [[0, 3.1], [1, 0.0], [3, 6.0]],
    }
    assert "9.1 miles in all" in card["alt"]
    assert drawn(*diary)["distance"]["max"] == 10


def test_without_a_run_there_is_only_pain() -> None:
    card = drawn(on(0, pain=4, km=0.0), on(1, pain=3))
    assert card["distance"] is None
    assert card["steps"] is None
    assert card["title"] == UK.kb.phrases["chart_title"]
    assert "Runs" not in card["alt"]


def test_without_pain_the_chart_says_so() -> None:
    card = drawn(on(0, km=4.0))
    assert card["pain"]["runs"] == []
    assert UK.kb.phrases["chart_no_pain"] in card["alt"]
    assert "Worst pain" not in table(card)


def test_the_words_tell_the_trend_and_the_table_every_day() -> None:
    values = [5, 4, 7, 3, 2, 2, 1]
    card = drawn(
        *(on(2 * n, km=3.0, during=v, step="run") for n, v in enumerate(values)), steps=STEPS
    )
    assert card["alt"] == (
        "7 days noted, 2 Nov to 14 Nov. Worst pain of the day: 5 out of 10 at first, 7 at most "
        "(6 Nov), 1 at last. Runs: 7, 21 km in all. The plan's last step: run 2 miles."
    )
    assert table(card)["Worst pain"] == [str(v) for v in values]


@pytest.mark.parametrize("days", [1, 30, 182])
def test_the_words_stay_short_however_long_the_diary(days: int) -> None:
    card = drawn(*(on(n, km=5.0, during=n % 6, step="walk") for n in range(days)), steps=STEPS)
    assert len(card["alt"]) < 250


@pytest.mark.parametrize(
    ("days", "marks", "named"),
    [
        (1, [0], ["2 Nov"]),
        (4, [0, 1, 2, 3], ["2 Nov", "3 Nov", "4 Nov", "5 Nov"]),
        (28, [0, 7, 14, 21], ["2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (56, [0, 7, 14, 21, 28, 35, 42, 49], ["2 Nov", "16 Nov", "30 Nov", "14 Dec"]),
    ],
)
def test_eight_weeks_have_a_mark_a_week(days: int, marks: list[int], named: list[str]) -> None:
    ticks = drawn(*(on(n, pain=1) for n in range(days)))["ticks"]
    assert [tick["at"] for tick in ticks] == marks
    assert [tick["label"] for tick in ticks if tick["label"]] == named


def test_a_step_of_the_plan_lasts_until_the_next_and_has_its_place_as_number() -> None:
    card = drawn(
        on(0, pain=2, step="mixed"),
        on(3, pain=1, step="run"),
        on(5, pain=5, step="mixed"),
        on(9),
        steps=STEPS,
    )
    assert card["steps"] == {
        "label": "Step",
        "items": [
            {"from": 0, "to": 2, "mark": "2"},
            {"from": 3, "to": 4, "mark": "3"},
            {"from": 5, "to": 9, "mark": "2"},
        ],
        "names": "2: walk 2 minutes, run 3; 3: run 2 miles",
    }
    assert table(card)["Step"] == ["2", "3", "2", "–"]


def test_a_step_without_room_keeps_its_border_and_loses_its_number() -> None:
    days = [on(n, pain=1, step="mixed" if n == 20 else "walk") for n in range(56)]
    marks = [item["mark"] for item in drawn(*days, steps=STEPS)["steps"]["items"]]
    assert marks == ["1", None, "1"]


def test_a_step_that_the_plan_no_longer_knows_has_a_number_and_no_name() -> None:
    card = drawn(on(0, pain=1, step="gone"), on(5, pain=1, step="walk"), steps=STEPS)
    assert [item["mark"] for item in card["steps"]["items"]] == ["4", "1"]
    assert card["steps"]["names"] == "1: walk a mile"


def test_only_the_last_half_year_is_drawn() -> None:
    card = drawn(*(on(n, pain=1) for n in range(400)))
    assert card["span"] == charts.SHOWN - 1
    assert len(card["table"]["rows"]) == 1 + charts.SHOWN


@given(ENTRIES, st.sampled_from(["km", "mi"]))
def test_any_diary_gives_a_chart_in_which_nothing_leaves_its_plot(
    entries: list[Entry], unit: str
) -> None:
    card = drawn(*entries, unit=unit, steps=STEPS)
    days = range(card["span"] + 1)
    assert all(at in days and 0 <= pain <= 10 for run in card["pain"]["runs"] for at, pain in run)
    if card["distance"]:
        most = card["distance"]["max"]
        assert all(at in days and 0 <= far <= most for at, far in card["distance"]["bars"])
    for item in card["steps"]["items"] if card["steps"] else ():
        assert 0 <= item["from"] <= item["to"] <= card["span"]
    assert 1 <= sum(bool(tick["label"]) for tick in card["ticks"]) <= charts.LABELS
    last = max(entry.day for entry in entries)
    shown = sum((last - entry.day).days < charts.SHOWN for entry in entries)
    assert {len(cells) for cells in table(card).values()} == {shown}


@given(ENTRIES)
def test_the_order_in_which_days_come_changes_nothing(entries: list[Entry]) -> None:
    assert chart(entries, UK) == chart(entries[::-1], UK)


def test_an_empty_diary_has_no_chart() -> None:
    with pytest.raises(ValueError, match="at least one"):
        chart([], UK)


def test_an_axis_ends_on_a_number_that_reads_well() -> None:
    ends = [
        drawn(on(0, km=far))["distance"]["max"] for far in (0.3, 1, 2.4, 5.2, 8.1, 12, 42.2, 100)
    ]
    assert ends == [1, 1, 4, 6, 10, 20, 50, 100]


def test_a_diary_over_two_years_names_them() -> None:
    entries = [on(0, pain=2), on(90, pain=1)]
    assert "2 Nov 2026 to 31 Jan 2027" in drawn(*entries)["alt"]
    assert "2026" not in drawn(*(replace(e, day=e.day.replace(year=2026)) for e in entries))["alt"]
