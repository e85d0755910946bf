"""What is asked in the clauses of a message, beside or inside what the whole of it is."""

from __future__ import annotations

import pytest

from kneewise.knowledge import plain
from kneewise.nlu.topics import COACH_BUTTONS, SURELY_COACH, for_coach, join, titles
from kneewise.state import COACH

LEAST = 0.4


def heard(name, confidence):
    return {"name": name, "confidence": confidence}


def test_a_topic_beside_the_coach_must_be_surer_than_the_coach():
    whole = heard("log_day", 0.7)
    assert join(whole, [heard("ask_ice", 0.9)], LEAST) == [("ice", 0.9)]
    assert join(whole, [heard("ask_ice", 0.6)], LEAST) == []


def test_a_topic_beside_a_complaint_need_not():
    assert join(heard("describe_pain", 0.9), [heard("ask_ice", 0.6)], LEAST) == [("ice", 0.6)]


def test_the_surest_wish_for_the_coach_is_taken():
    clauses = [heard("make_plan", 0.7), heard("ask_ice", 0.99), heard("summary_for_doctor", 0.9)]
    assert for_coach(clauses) == ("summary_for_doctor", 0.9)


@pytest.mark.parametrize(
    "clause",
    [
        heard("make_plan", SURELY_COACH - 0.01),
        heard("log_day", 1.0),
        heard("ask_can_i_run", 1.0),
        heard(None, 0.0),
        {},
    ],
)
def test_what_is_unsure_told_in_passing_or_something_else_is_no_wish(clause):
    assert for_coach([clause]) is None


def test_no_clauses_hold_no_wish():
    assert for_coach([]) is None


@pytest.mark.parametrize(
    ("message", "intent", "topics"),
    [
        ("6k done, a two throughout. how long may I keep the ice on?", None, ["ice"]),
        ("squats done, foam roller after, 1/10", "log_day", []),
        ("I see the physio tomorrow, write it all on one page please", "summary_for_doctor", []),
        (
            "front of the left knee, a month now, a 4 when running. please build me a plan",
            "make_plan",
            [],
        ),
        ("ran 7k last night and now the inside of my knee hurts", "describe_pain", []),
    ],
)
def test_a_message_is_joined(assistant, message, intent, topics):
    parsed = assistant.parse(message)
    assert parsed["topics"] == topics
    assert intent is None or parsed["intent"]["name"] == intent


def test_the_buttons_of_the_coach_mean_its_intents(kb):
    buttons = {name for name in kb.coach.says if name.startswith("button_")}
    assert buttons == set(COACH_BUTTONS)
    meant = [titles()[plain(kb.coach.says[name].text)] for name in buttons]
    assert set(meant) <= {*COACH, "ask_can_i_run"}
    assert len(set(meant)) == len(meant) - 1  # a plan has two: to be made, and to be shown
