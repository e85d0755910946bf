"""The summary says what was told, and concludes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_cards import SCHEMA, UK
from test_dialogue import KB, NO_DANGER

from kneewise import course
from kneewise.coach.diary import Entry
from kneewise.questions import danger_signs_of
from kneewise.sheets import Course, summary, summary_text
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


STEPS = {"walk": "walk a mile", "mixed": "walk 2 minutes, run 3"}
DIARY = (
    Entry(DAY, km=2.0, during=5, settled=False, worse=True, did=("ice",), step="walk"),
    Entry(DAY + timedelta(days=2), km=2.5, during=4, settled=True, did=("ice",), step="walk"),
    Entry(DAY + timedelta(days=3), km=0.0, pain=3, did=("strength", "rest")),
    Entry(DAY + timedelta(days=9), km=3.0, during=6, signs=("swelling",), step="mixed"),
    Entry(DAY + timedelta(days=20), km=3.5, during=2, settled=True, worse=False, step="walk"),
    Entry(DAY + timedelta(days=24), pain=1, signs=("swelling",)),
)
COURSE = Course(DIARY, "km", DAY, STEPS)


def with_course(given: Course, facts: Facts | None = None) -> dict[str, Any]:
    """The summary of a knee with such a course."""
    return checked(summary(facts or Facts(location="front"), UK, MADE, given))


def test_a_summary_tells_how_it_went() -> None:
    told = rows(with_course(COURSE))
    assert told["Plan"] == "begun on 2 Nov 2026"
    assert told["Diary"] == "6 days noted, 2 Nov to 26 Nov"
    assert told["Pain, first week"] == "4 out of 10 on average, 5 at most (3 days)"
    assert told["Pain, last week"] == "1.5 out of 10 on average, 2 at most (2 days)"
    assert told["Running"] == "4 runs, the last on 22 Nov, 11 km in all, 3.5 km at most"
    assert told["Settled in an hour"] == "2 of 3 times"
    assert told["Worse next morning"] == "1 of 2 times"
    assert told["Steps of the plan"] == (
        "1: walk a mile (since 2 Nov); 2: walk 2 minutes, run 3 (since 11 Nov)"
    )
    assert told["What was done"] == "ice (2 days), strength (1 day), rest (1 day)"
    assert told["Noted in the diary"] == "swelling (11 Nov to 26 Nov)"


def test_a_summary_holds_its_chart_only_if_there_is_a_diary() -> None:
    assert with_course(COURSE)["chart"]["distance"]["bars"][0] == [0, 2.0]
    assert with_course(Course(begun=DAY))["chart"] is None
    assert rows(with_course(Course(begun=DAY)))["Plan"] == "begun on 2 Nov 2026"


def test_distances_are_in_the_unit_of_the_runner() -> None:
    assert "6.8 miles in all" in rows(with_course(replace(COURSE, unit="mi")))["Running"]


def test_under_two_weeks_there_is_no_first_and_last() -> None:
    told = rows(with_course(Course(DIARY[:4])))
    assert told["Pain so far"] == "4.5 out of 10 on average, 6 at most (4 days)"
    assert not {"Pain, first week", "Pain, last week"} & set(told)


def test_a_run_without_a_distance_is_a_run() -> None:
    told = rows(with_course(Course((Entry(DAY, during=2),))))
    assert told["Running"] == "1 run, on 2 Nov"
    assert "Steps of the plan" not in told


@pytest.mark.parametrize(
    ("last", "asked"), [(5, True), (6, True), (3, False)], ids=["the same", "worse", "better"]
)
def test_a_knee_that_gets_no_better_asks_why(last: float, asked: bool) -> None:
    entries = (Entry(DAY, pain=5), Entry(DAY + timedelta(days=20), pain=last))
    card = with_course(Course(entries))
    assert (KB.phrases["ask_no_better"] in card["questions"]) is asked
    assert KB.phrases["ask_plan"] not in card["questions"]
    assert KB.phrases["ask_plan"] in with_course(COURSE)["questions"]


def test_the_two_weeks_never_share_a_day() -> None:
    for days in range(30):
        entries = [Entry(DAY + timedelta(days=n), pain=n % 10) for n in range(days + 1)]
        first, last = course.weeks(entries)
        assert len(first) + len(last) <= len(entries)
        assert bool(last) is (days >= 13)


def test_signs_have_the_day_on_which_they_were_told() -> None:
    facts = Facts(signs={"night_pain": True, "locking": True, "giving_way": True, "fever": False})
    told = {"night_pain": MADE, "locking": DAY, "giving_way": DAY, "fever": DAY}
    say = {name: words.say for name, words in KB.words["sign"].items()}
    found = rows(with_course(Course(told=told), facts))
    assert found["Signs: yes"] == (
        f"{say['locking']}, {say['giving_way']} (2 Nov); {say['night_pain']} (26 Nov)"
    )
    assert found["Signs: no"].endswith("(2 Nov)")
    found = rows(with_course(Course(told={"locking": DAY}), facts))
    assert found["Signs: yes"] == (
        f"{say['locking']} (2 Nov); {say['night_pain']}, {say['giving_way']}"
    )
    assert "(" not in found["Signs: no"]


def test_a_whole_list_of_no_has_its_first_and_last_day() -> None:
    signs = danger_signs_of(KB)
    told = dict.fromkeys(signs, DAY) | {signs[0]: MADE}
    facts = Facts(signs=dict.fromkeys(signs, False))
    found = rows(with_course(Course(told=told), facts))["Signs: no"]
    assert found == f"{KB.phrases['no_danger_signs']} (2 Nov to 26 Nov)"
    del told[signs[1]]
    found = rows(with_course(Course(told=told), facts))["Signs: no"]
    assert found == KB.phrases["no_danger_signs"], "a day for all only if all have one"


def test_the_course_names_no_cause_and_judges_nothing() -> None:
    said = summary_text(with_course(COURSE)).lower()
    assert not any(condition.name.lower() in said for condition in KB.conditions)
    words = ("improv", "recover", "good", "bad sign", "because", "fits", "likely to")
    assert not any(word in said for word in words)


def test_plain_text_says_all_of_the_card() -> None:
    facts = Facts(location="front", side="left", signs={"fever": True})
    card = with_course(COURSE, facts)
    text = summary_text(card)
    told = [card["title"], f"Made on {card['made']}", card["note"], card["chart"]["alt"]]
    told += [f"{row['label']}: {row['value']}" for row in card["rows"]]
    told += [f"- {line}" for line in (*card["warnings"], *card["questions"])]
    assert card["warnings"]
    assert [one for one in told if one not in text] == []
    assert text.index(card["warnings"][0]) < text.index("Where")


def test_plain_text_of_a_knee_nobody_told_of_leaves_out_what_is_not_there() -> None:
    text = summary_text(checked(summary(Facts(), UK, MADE)))
    assert "Danger" not in text
    assert "\n\n\n" not in text
    assert "None" not in text
    assert KB.phrases["ask_cause"] in text
