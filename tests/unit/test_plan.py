"""A plan is only for a knee it is safe for, and says what it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise import knowledge
from kneewise.knowledge import Knowledge
from kneewise.plan import advise, parts_for
from kneewise.questions import danger_signs_of
from kneewise.replies import Reply, Writer
from kneewise.triage import Facts, rank, triage

KB = knowledge.load()
WRITER = Writer(KB, KB.region("uk"))
CLEAR = dict.fromkeys(danger_signs_of(KB), False)
TYPICAL = Facts(
    location="front", triggers=("stairs",), onset="gradual", severity=2, age=34, signs=CLEAR
)


def advice(facts: Facts, *, unchecked: bool = False) -> tuple[tuple[Reply, ...], str]:
    """The end of an assessment with these facts."""
    return advise(facts, triage(facts, KB), WRITER, unchecked=unchecked)


def topics(facts: Facts, *, unchecked: bool = False) -> list[str]:
    """What the messages at the end of an assessment are about."""
    return [reply.topic for reply in advice(facts, unchecked=unchecked)[0]]


def test_a_typical_runners_knee_gets_a_plan() -> None:
    replies, urgency = advice(TYPICAL)
    assert "plan" in [reply.topic for reply in replies]
    assert urgency == "self_care"
    plan = next(reply for reply in replies if reply.topic == "plan")
    assert "2 out of 10" in plan.text
    assert {"article", "trek"} <= set(plan.sources)


@pytest.mark.parametrize(
    "facts",
    [
        replace(TYPICAL, age=15),
        replace(TYPICAL, age=None, child=True),
        replace(TYPICAL, signs={**CLEAR, "recent_surgery": True}),
        replace(TYPICAL, location="outside"),
        replace(TYPICAL, location=None),
    ],
    ids=["under 16", "a child", "after surgery", "another place", "no place"],
)
def test_no_plan_where_something_else_comes_first(facts: Facts) -> None:
    assert "plan" not in topics(facts)


def test_no_plan_without_the_danger_signs() -> None:
    assert "plan" not in topics(TYPICAL, unchecked=True)
    assert advice(TYPICAL, unchecked=True)[1] == "routine"


@pytest.mark.parametrize(
    ("severity", "part"),
    [
        (0, "run_less"), (2, "run_less"), (2.9, "run_less"), (3, "run_back_off"),
        (5.5, "run_back_off"), (6, "run_stop"), (10, "run_stop"), (None, "run_unknown"),
    ],
)  # fmt: skip
def test_exactly_one_running_rule_holds_for_every_level_of_pain(
    severity: float | None, part: str
) -> None:
    parts = [p["id"] for p in parts_for(replace(TYPICAL, severity=severity), WRITER)]
    assert [p for p in parts if p.startswith("run_")] == [part]


@given(severity=st.floats(0, 10))
def test_no_level_of_pain_falls_between_the_rules(severity: float) -> None:
    parts = parts_for(replace(TYPICAL, severity=severity), WRITER)
    assert len([p for p in parts if p["id"].startswith("run_")]) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(TYPICAL, signs={**CLEAR, "pregnant": True}), "pregnant"),
        (replace(TYPICAL, signs={**CLEAR, "blood_thinner": True}), "blood thinner"),
        (replace(TYPICAL, age=None, age_group="50_or_over"), "50"),
        (replace(TYPICAL, duration_days=60), "GP"),
    ],
)
def test_what_is_special_about_a_person_is_added(facts: Facts, words: str) -> None:
    text = "\n".join(reply.text for reply in advice(facts)[0])
    assert words in text


def test_the_same_facts_give_the_same_plan() -> None:
    assert advice(TYPICAL) == advice(TYPICAL)


@given(
    facts=st.builds(
        Facts,
        location=st.sampled_from([None, *KB.words["location"]]),
        severity=st.one_of(st.none(), st.floats(0, 10)),
        age=st.one_of(st.none(), st.floats(3, 100)),
        child=st.booleans(),
        duration_days=st.one_of(st.none(), st.floats(0, 4000)),
        signs=st.dictionaries(st.sampled_from(sorted(KB.words["sign"])), st.booleans()),
    )
)
def test_whatever_was_told_the_advice_is_sourced_and_never_empty(facts: Facts) -> None:
    assessment = triage(facts, KB)
    if assessment.holds_self_care:
        return
    replies, urgency = advise(facts, assessment, WRITER, unchecked=False)
    assert replies
    assert all(reply.urgency == urgency for reply in replies)
    assert all(reply.text and "{" not in reply.text for reply in replies)
    if any(reply.topic == "plan" for reply in replies):
        assert not facts.is_child
        assert rank(urgency) < rank("soon")


def test_every_part_of_the_plan_can_be_reached(kb: Knowledge) -> None:
    seen: set[str] = set()
    for severity in (None, 1, 4, 8):
        seen |= {p["id"] for p in parts_for(replace(TYPICAL, severity=severity), WRITER)}
    assert seen == {part["id"] for part in kb.plan}
