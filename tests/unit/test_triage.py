"""The tests of the knowledge files are read right, and the worst flag wins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise import knowledge
from kneewise.knowledge import URGENCIES, Knowledge
from kneewise.triage import Facts, holds, rank, triage


@pytest.mark.parametrize(
    ("test", "facts", "expected"),
    [
        ({"signs": ["pop", "swelling"]}, Facts(signs={"pop": True, "swelling": True}), True),
        ({"signs": ["pop", "swelling"]}, Facts(signs={"pop": True}), False),
        ({"signs": ["pop"]}, Facts(signs={"pop": False}), False),
        ({"any_signs": ["pop", "fever"]}, Facts(signs={"fever": True}), True),
        ({"any_signs": ["pop", "fever"]}, Facts(), False),
        ({"no_signs": ["fever"]}, Facts(), True),
        ({"no_signs": ["fever"]}, Facts(signs={"fever": False}), True),
        ({"no_signs": ["fever"]}, Facts(signs={"fever": True}), False),
        ({"location": ["front", "whole"]}, Facts(location="front"), True),
        ({"location": ["front"]}, Facts(), False),
        ({"triggers": ["stairs"]}, Facts(triggers=("running", "stairs")), True),
        ({"triggers": ["stairs"]}, Facts(triggers=("running",)), False),
        ({"onset": "sudden"}, Facts(onset="sudden"), True),
        ({"onset": "sudden"}, Facts(onset="gradual"), False),
        ({"days_from": 42}, Facts(duration_days=42), True),
        ({"days_from": 42}, Facts(duration_days=41), False),
        ({"days_from": 42}, Facts(), False),
        ({"age_under": 16}, Facts(age=15), True),
        ({"age_under": 16}, Facts(age=16), False),
        ({"age_under": 16}, Facts(), False),
        ({"age_under": 16}, Facts(child=True), True),
        ({"age_from": 50}, Facts(age=50), True),
        ({"age_from": 50}, Facts(age=49), False),
        ({"age_from": 50}, Facts(age_group="50_or_over"), True),
        ({"age_from": 50}, Facts(age_group="16_to_49"), False),
        # Somebody of 50 or over may be 55: in doubt the flag counts.
        ({"age_from": 55}, Facts(age_group="50_or_over"), True),
        ({"age_from": 55}, Facts(age=52), False),
        ({"child": True}, Facts(age=12), True),
        ({"child": True}, Facts(child=True), True),
        ({"child": True}, Facts(child=True, age=17), False),
        ({"child": True}, Facts(age_group="under_16"), True),
        ({"severity_from": 6}, Facts(severity=6), True),
        ({"severity_from": 6}, Facts(), False),
        ({"severity_to": 2}, Facts(severity=2), True),
        ({"severity_to": 2}, Facts(severity=2.5), True),
        ({"severity_to": 2}, Facts(severity=3), False),
        ({"severity_known": False}, Facts(), True),
        ({"onset": "sudden", "signs": ["pop"]}, Facts(onset="sudden"), False),
        ({}, Facts(), True),
    ],
)
def test_each_key_of_a_test_asks_what_it_says(
    test: dict[str, Any], facts: Facts, expected: bool
) -> None:
    assert holds(test, facts) is expected


def test_an_unknown_key_is_an_error_and_not_a_silent_no() -> None:
    with pytest.raises(KeyError, match="sings"):
        holds({"sings": ["pop"]}, Facts())


def test_nothing_told_is_no_urgency_and_no_reassurance(kb: Knowledge) -> None:
    assessment = triage(Facts(), kb)
    assert assessment.urgency is None
    assert not assessment.flags
    assert not assessment.fits_runners_knee


def test_the_worst_flag_comes_first_and_gives_the_urgency(kb: Knowledge) -> None:
    signs = {"giving_way": True, "breathless_chest_pain": True, "night_pain": True}
    assessment = triage(Facts(signs=signs, location="front"), kb)
    assert assessment.flags[0].id == "RF01"
    assert assessment.urgency == "emergency"
    assert [rank(f.urgency) for f in assessment.flags] == sorted(
        (rank(f.urgency) for f in assessment.flags), reverse=True
    )


SIGNS = sorted(knowledge.load().words["sign"])
FACTS = st.builds(
    Facts,
    location=st.sampled_from([None, *knowledge.load().words["location"]]),
    triggers=st.lists(st.sampled_from(sorted(knowledge.load().words["trigger"]))).map(tuple),
    onset=st.sampled_from([None, "sudden", "gradual"]),
    duration_days=st.one_of(st.none(), st.floats(0, 4000)),
    severity=st.one_of(st.none(), st.floats(0, 10)),
    age=st.one_of(st.none(), st.floats(3, 100)),
    child=st.booleans(),
    signs=st.dictionaries(st.sampled_from(SIGNS), st.booleans()),
)


@given(facts=FACTS)
def test_a_flag_holds_self_care_and_its_urgency_is_never_lowered(facts: Facts) -> None:
    assessment = triage(facts, knowledge.load())
    for flag in assessment.flags:
        assert assessment.urgency is not None
        assert rank(assessment.urgency) >= rank(flag.urgency)
        assert assessment.holds_self_care or rank(flag.urgency) < rank("soon")


@given(facts=FACTS, sign=st.sampled_from(SIGNS))
def test_one_more_sign_never_makes_it_less_urgent(facts: Facts, sign: str) -> None:
    """Flags only ask for signs that are there, so a further sign can add a flag, not remove one."""
    kb = knowledge.load()
    more = Facts(**{**facts.__dict__, "signs": {**facts.signs, sign: True}})
    before = {flag.id for flag in triage(facts, kb).flags}
    if sign not in facts.signs:
        assert before <= {flag.id for flag in triage(more, kb).flags}


def test_the_urgencies_are_in_the_order_of_the_design() -> None:
    assert URGENCIES == ("self_care", "routine", "soon", "same_day", "emergency")


def test_of_several_places_the_most_urgent_leads_whatever_was_named_first(kb: Knowledge) -> None:
    known: dict[str, Any] = {"triggers": ("stairs",), "age": 40.0}
    one = triage(Facts(location="front", other_places=("behind",), **known), kb)
    other = triage(Facts(location="behind", other_places=("front",), **known), kb)
    assert one.urgency == other.urgency == triage(Facts(location="behind", **known), kb).urgency
    assert not one.fits_runners_knee
    assert one.urgency == "routine"


def test_a_danger_in_one_of_several_places_is_a_danger(kb: Knowledge) -> None:
    assert triage(Facts(location="front", other_places=("hip_groin",)), kb).holds_self_care
