"""The traffic light: every branch, and nothing is green that was not told."""

from __future__ import annotations

import pytest
from hypothesis import given
from plans import ENTRIES, diaries, on

from kneewise.coach.diary import SIGNS, Entry
from kneewise.coach.rule import AMBER, GREEN, RED, light, usual

CALM = (Entry(on(0), pain=0),)
ACHING = (Entry(on(0), pain=2),)


@pytest.mark.parametrize(
    ("told", "before", "colour", "reasons"),
    [
        ({"km": 5, "during": 2, "morning": 0}, CALM, GREEN, ("green",)),
        ({"km": 5, "during": 2, "worse": False}, (), GREEN, ("green",)),
        ({"km": 5, "during": 2}, CALM, GREEN, ("green_missing",)),
        ({"km": 5, "morning": 2}, ACHING, GREEN, ("green_missing",)),
        ({"km": 0, "pain": 1}, (), GREEN, ("green",)),
        ({"km": 5, "during": 2, "morning": 2, "after": 2}, ACHING, GREEN, ("green",)),
        ({"km": 5, "during": 2.5, "morning": 0}, CALM, AMBER, ("over_2",)),
        ({"km": 5, "during": 5, "morning": 0}, CALM, AMBER, ("over_2",)),
        ({"km": 5, "during": 2, "settled": False}, CALM, AMBER, ("not_settled",)),
        ({"km": 5, "during": 2, "after": 1}, CALM, AMBER, ("not_settled",)),
        ({"during": 2, "after": 1, "settled": True, "morning": 0}, CALM, GREEN, ("green",)),
        ({"km": 5, "during": 1, "worse": True}, (), AMBER, ("worse_morning",)),
        ({"km": 5, "during": 1, "morning": 1}, CALM, AMBER, ("worse_morning",)),
        ({"km": 5, "during": 4, "after": 3, "morning": 3}, CALM, AMBER,
         ("over_2", "not_settled", "worse_morning")),
        ({"km": 0, "pain": 3}, (), AMBER, ("over_2",)),
        ({"km": 5, "during": 5.5}, CALM, RED, ("over_5",)),
        ({"km": 0, "pain": 6}, (), RED, ("over_5",)),
        ({"km": 5, "during": 1, "signs": ("swelling",)}, CALM, RED, ("swelling",)),
    ],
)  # fmt: skip
def test_a_light_and_why(told, before, colour, reasons):
    shown = light(Entry(on(2), **told), before)
    assert (shown.colour, shown.reasons) == (colour, reasons)


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_is_red_whatever_the_pain(sign):
    assert light(Entry(on(0), km=5, during=0, morning=0, signs=(sign,))).colour == RED


def test_nothing_told_is_no_light():
    assert light(Entry(on(0))) is None
    assert light(Entry(on(0), km=5, did=("ice",))) is None


def test_what_is_missing_makes_a_green_unsure():
    assert light(Entry(on(0), km=5, during=1)).missing == ("morning",)
    assert light(Entry(on(0), km=5, morning=1)).missing == ("during",)
    assert light(Entry(on(0), km=5, during=1, morning=1)).sure
    assert light(Entry(on(0), pain=1)).sure


@pytest.mark.parametrize(
    ("told", "slight"),
    [
        ({"morning": 1}, True),
        ({"morning": 2}, False),
        ({"after": 1}, True),
        ({"worse": True}, False),
        ({"settled": False}, False),
        ({"during": 3}, False),
    ],
)
def test_a_point_more_is_slight(told, slight):
    shown = light(Entry(on(2), **{"km": 5, "during": 1, **told}), CALM)
    assert shown.colour == AMBER
    assert shown.slight is slight


def test_the_pain_before_is_the_newest_of_a_week():
    before = (Entry(on(0), pain=3), Entry(on(2), km=5, during=4, morning=1), Entry(on(3), km=4))
    assert usual(Entry(on(5)), before) == 1
    assert usual(Entry(on(2)), before) == 3
    assert usual(Entry(on(30)), before) is None


@given(ENTRIES, diaries())
def test_no_light_is_kinder_than_the_bands(entry, before):
    shown = light(entry, before)
    if entry.worst is not None and entry.worst > 5:
        assert shown.colour == RED
    elif entry.worst is not None and entry.worst > 2:
        assert shown.colour in (AMBER, RED)
    if shown and shown.colour == GREEN:
        assert not entry.signs
        assert entry.worse is not True
        assert entry.settled is not False
    assert shown is None or shown.reasons
