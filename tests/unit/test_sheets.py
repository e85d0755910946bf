"""The chart and the summary say what was told, and conclude nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_cards import SCHEMA, UK
from test_dialogue import KB, NO_DANGER

from kneewise.sheets import Reading, chart, summary
from kneewise.state import State
from kneewise.testing import Assistant
from kneewise.triage import Facts

DAY = date(2026, 11, 2)
MADE = date(2026, 11, 26)


def checked(card: dict[str, Any]) -> dict[str, Any]:
    """The card, which has the shape that screens know."""
    Draft202012Validator(SCHEMA).validate({"v": 1, "cards": [card]})
    return card


def rows(card: dict[str, Any]) -> dict[str, str]:
    """The rows of a summary by their label."""
    return {row["label"]: row["value"] for row in card["rows"]}


def test_a_chart_is_in_order_with_gaps_and_bands() -> None:
    readings = [
        Reading(DAY + timedelta(days=4), 2.0),
        Reading(DAY, 5.0),
        Reading(DAY + timedelta(days=2), None),
    ]
    card = checked(chart(readings, UK))
    assert card["series"][0]["points"] == [
        {"label": "2 Nov", "value": 5.0},
        {"label": "4 Nov", "value": None},
        {"label": "6 Nov", "value": 2.0},
    ]
    assert card["alt"] == "Pain over time. 2 Nov: 5; 4 Nov: not noted; 6 Nov: 2."
    assert [band["to"] for band in card["bands"]] == [2, 5, 10]


@given(
    st.lists(
        st.builds(
            Reading,
            st.dates(date(2020, 1, 1), date(2030, 1, 1)),
            st.none() | st.floats(0, 10, allow_nan=False),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_any_diary_gives_a_chart_of_its_length(readings: list[Reading]) -> None:
    assert len(checked(chart(readings, UK))["series"][0]["points"]) == len(readings)


@pytest.mark.parametrize("pain", [-1, 10.5, 100])
def test_a_pain_outside_the_scale_is_refused(pain: float) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        chart([Reading(DAY, pain)], UK)


def test_an_empty_diary_has_no_chart() -> None:
    with pytest.raises(ValueError, match="at least one"):
        chart([], UK)


def test_a_summary_keeps_yes_no_and_not_asked_apart() -> None:
    facts = Facts(
        location="front",
        other_places=("outside",),
        side="left",
        triggers=("stairs",),
        duration_days=21,
        severity=4,
        signs={"night_pain": True, "locking": False},
    )
    card = checked(summary(facts, UK, MADE))
    told = rows(card)
    assert "left knee" in told["Where"]
    assert "outer side" in told["Where"]
    assert told["How bad"].startswith("4 out of 10")
    assert "night" in told["Signs: yes"]
    assert "lock" in told["Signs: no"]
    assert "fever" in told["Signs: not asked"]
    assert "night" not in told["Signs: not asked"]
    assert "How it began" not in told
    assert card["zones"] == ["front", "outside"]
    assert card["made"] == "26 Nov 2026"


def test_a_summary_lists_the_warnings_and_names_no_cause() -> None:
    facts = Facts(location="front", signs={"fever": True, "hot_red": True})
    card = checked(summary(facts, UK, MADE))
    assert card["warnings"] == [KB.phrases["level_same_day"]]
    said = " ".join([*rows(card).values(), *card["warnings"], card["note"]]).lower()
    assert not any(condition.name.lower() in said for condition in KB.conditions)
    assert not any(word in said for word in ("infection", "tumour", "fracture", "clot"))


def test_a_knee_with_all_signs_denied_has_none_that_were_not_asked() -> None:
    told = rows(checked(summary(Facts(location="front", signs=NO_DANGER), UK, MADE)))
    assert "Signs: not asked" not in told
    assert told["Signs: no"] == KB.phrases["no_danger_signs"]


def test_signs_that_were_not_asked_are_never_among_those_denied() -> None:
    half = list(NO_DANGER)[: len(NO_DANGER) // 2 + 1]
    facts = Facts(location="front", signs=dict.fromkeys(half, False))
    told = rows(checked(summary(facts, UK, MADE)))
    assert KB.phrases["no_danger_signs"] not in told["Signs: no"]
    assert told["Signs: no"].count(",") >= len(half) - 1
    assert told["Signs: not asked"]


def test_a_summary_of_a_real_conversation(assistant: Assistant) -> None:
    chat = assistant.conversation()
    for line in ("aching round my left kneecap on the stairs for 3 weeks", "None of these", "4"):
        chat.say(line)
    told = rows(checked(summary(State.from_slots(chat.slots).facts, UK, MADE)))
    assert "left knee" in told["Where"]
    assert "3 weeks" in told["How long"]
    assert "stairs" in told["What brings it on"]
