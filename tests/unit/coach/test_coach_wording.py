"""What the coach says: plain, explained, sourced, and in the runner's unit."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import BEGAN, KB, UK, book, diaries, green, on, plan

from kneewise.coach import measures
from kneewise.coach.diary import DID, SIGNS, Entry
from kneewise.coach.ladder import MILE, STEPS
from kneewise.coach.noted import logged_reply
from kneewise.coach.programme import NoPlan
from kneewise.coach.progress import MOVES, judge
from kneewise.coach.reading import read_day
from kneewise.coach.reminders import KINDS
from kneewise.coach.today import ANSWERS
from kneewise.coach.wording import no_plan_reply, plan_reply, verdict_reply

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "knowledge/schema/coach.json").read_text(encoding="utf-8"))
BUTTONS = (ROOT / "kneewise/plan.py", ROOT / "kneewise/nlu/topics.py")
CODE = [
    node.value
    for path in (*(ROOT / "kneewise/coach").glob("*.py"), *BUTTONS)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
]
MADE_UP = {
    *(f"move_{move}" for move in MOVES),
    *(f"can_{answer}" for answer in ANSWERS),
    "can_rest",
    *(f"part_{name}" for name in (*DID, *SIGNS, "during", "after", "morning", "pain")),
    *(f"part_{name}" for name in ("no_run", "settled", "not_settled", "worse", "not_worse")),
    *(f"unclear_{name}" for name in ("number", "distance", "pain", "day")),
    *(f"light_{colour}" for colour in ("green", "amber")),
    *(f"step_{step}" for step in STEPS),
    *(f"{start}_{what}" for start in ("what", "due") for what in KINDS),
}
"""Names that the code puts together."""


@pytest.mark.parametrize("section", ["lines", "reasons", "says"])
def test_every_text_is_said_by_the_code(section):
    table = set(SCHEMA["properties"][section]["properties"])
    named = {*CODE, *MADE_UP, *SIGNS}
    assert table - named == set()
    assert table == set(getattr(KB.coach, section))


def test_a_plan_in_words():
    reply = plan_reply(plan(running=4, longest_km=8, weekly_km=24), UK, "miles")
    assert reply.text.startswith("Your plan for the next two weeks:\n- Why: ")
    assert "At most 3 runs a week, 2.4 miles in one run, and 7.4 miles in all." in reply.text
    assert "Never go over 110 per cent" in reply.text
    assert reply.text.splitlines()[-1].startswith("Sources: ")
    assert reply.urgency == "self_care"
    assert {"article", "trek", "precaution", "runsafe_2025"} <= set(reply.sources)


@pytest.mark.parametrize(
    ("reason", "words", "urgency"),
    [
        ("under_16", "Under 16", "routine"),
        ("recent_surgery", "operation", "routine"),
        ("severe", "8 out of 10", "soon"),
        ("red_flag", "danger sign", "routine"),
        ("other_knee", "runner's knee", "routine"),
        ("unchecked", "danger signs", None),
    ],
)
def test_why_there_is_no_plan(reason, words, urgency):
    reply = no_plan_reply(NoPlan(reason), UK)
    assert words in reply.text
    assert reply.urgency == urgency


def test_a_move_says_why_and_what_now():
    judged = judge(plan(running=4, longest_km=8), book(green(0, 4, during=4)), on(1))
    lines = verdict_reply(judged, UK, "km").text.splitlines()
    assert lines[0] == "Go back a step, so that the knee can settle."
    assert lines[1] == "Why: Pain was above 2 out of 10."
    assert lines[2].startswith("From now on: Running: mix in walks.")
    assert "2 km in one run" in lines[2]


def test_what_was_noted_is_said_back():
    read = read_day("ran 3 miles, 3/10, fine this morning, iced it", on(5))
    reply = logged_reply(read.entries, read.unclear, UK, read.unit, on(5))
    assert reply.topic == "diary"
    assert reply.text.splitlines() == [
        "Noted for yesterday: 3 miles, 3 out of 10 while running, no worse next morning, ice.",
    ]


def test_a_morning_that_is_to_come_is_asked_for_tomorrow():
    entry = Entry(on(0), km=5, during=2, after=0)
    text = logged_reply((entry,), (), UK, "km", on(0), tomorrow=True).text
    assert text.splitlines()[-1].startswith("Tell me tomorrow")
    assert "tomorrow" not in logged_reply((entry,), (), UK, "km", on(0)).text


def test_what_was_not_clear_is_named():
    reply = logged_reply((), ("day", "number"), UK, "km", on(0))
    assert reply.text.splitlines() == [
        "I could not read a run or a pain in that.",
        "I was not sure which day you meant.",
        KB.coach.says["unclear_number"].text,
    ]


@given(diaries(), st.sampled_from(["km", "miles"]))
def test_any_diary_can_be_said_back(entries, unit):
    text = logged_reply(entries, (), UK, unit, BEGAN).text
    assert text
    assert not re.search(r"[{}]|None", text)


@pytest.mark.parametrize(
    ("km", "unit", "said"),
    [
        (5, "km", "5 km"),
        (3.29, "km", "3.2 km"),
        (MILE, "miles", "1 mile"),
        (2 * MILE, "miles", "2 miles"),
        (4, "miles", "2.4 miles"),
        (0.1, "miles", "0 miles"),
    ],
)
def test_a_limit_is_never_rounded_up(km, unit, said):
    assert measures.distance(km, unit, UK) == said


def test_a_distance_is_told_as_it_was():
    assert measures.told(3.1 * MILE, "miles", UK) == "3.1 miles"
    assert measures.told(6.26, "km", UK) == "6.3 km"


@pytest.mark.parametrize(("ago", "said"), [(0, "today"), (1, "yesterday"), (3, "2 Nov")])
def test_a_day_in_words(ago, said):
    assert measures.day(on(0), on(ago), UK) == said
