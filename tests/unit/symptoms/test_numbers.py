"""Answers to "how bad?", "since when?" and "how old?", and the same inside a message."""

from __future__ import annotations

import pytest
from notation import TODAY, found

from kneewise.symptoms import age_years, bare_number, duration_days

NUMBERS = {
    "7": 7,
    "7ish": 7,
    "about 7": 7,
    "7/10": 7,
    "seven": 7,
    "6-7": 7,
    "6 to 7": 7,
    "between 6 and 7": 7,
    "six or seven": 7,
    "a 4": 4,
    "0": 0,
    "zero": 0,
    "10 out of 10": 10,
    "3.5": 3.5,
    "4-6": 5,
    "12": 12,
    "dunno": None,
    "quite bad": None,
}
DAYS = {
    "3 weeks": 21,
    "2wks": 14,
    "couple of weeks": 14,
    "a couple of months": 60,
    "3 months": 90,
    "since last tuesday": 6,
    "since monday": 7,
    "yesterday": 1,
    "today": 0,
    "a week and a half": 10.5,
    "half a year": 182.5,
    "about 2-3 weeks": 17.5,
    "a few days": 3,
    "two years": 730,
    "since march": 253,
    "since christmas": 333,
    "fortnight": 14,
    "last week": 7,
    "this morning": 0,
    "for months": 90,
    "a year or so": 365,
    "10 days": 10,
    "since 2024": 875,
    "on saturday": 2,
    "a while": None,
    "ages": None,
    "not sure": None,
    "long time": None,
}
AGES = {
    "34": 34,
    "I'm 34": 34,
    "thirty four": 34,
    "in my fifties": 55,
    "early 50s": 52,
    "in my early 50s": 52,
    "15 and a half": 15,
    "12yo": 12,
    "she is 12": 12,
    "no": None,
}
IN_TEXT = {
    "been running for 20 years and it has hurt for 3 weeks": {("duration_days", 21.0)},
    "I run 30 miles a week": set(),
    "marathon in 6 weeks": set(),
    "it is stiff for 20 minutes": set(),
    "I rested for 2 weeks": set(),
    "12 weeks pregnant": set(),
    "my shoes are 3 months old": set(),
    "started hurting 10 days ago, pain 5/10": {("duration_days", 10.0), ("severity", 5.0)},
    "ran 9 out of 10 runs without pain": set(),
    "I'm 20 minutes into each run when it starts": set(),
    "im 45, knee sore since august": {("age", 45.0), ("duration_days", 100.0)},
    "48 year old woman": {("age", 48.0)},
    "I have a 10 year old injury": set(),
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_bare_number(text: str, number: float | None) -> None:
    assert bare_number(text) == number


@pytest.mark.parametrize(("text", "days"), DAYS.items())
def test_duration_days(text: str, days: float | None) -> None:
    assert duration_days(text, TODAY) == days


@pytest.mark.parametrize(("text", "years"), AGES.items())
def test_age_years(text: str, years: float | None) -> None:
    assert age_years(text) == years


@pytest.mark.parametrize(("text", "numbers"), IN_TEXT.items())
def test_numbers_in_a_message(text: str, numbers: set[tuple[str, float]]) -> None:
    got = {
        (kind, value)
        for kind, value, _ in found(text)[0]
        if kind in {"duration_days", "severity", "age"}
    }
    assert got == numbers
