"""What was understood is said back in plain words."""

from __future__ import annotations

import pytest

from kneewise.knowledge import Knowledge
from kneewise.questions import danger_signs_of
from kneewise.recap import describe, everything, how_long, present_signs
from kneewise.triage import Facts


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "since yesterday"), (1, "since yesterday"), (5, "for about 5 days"),
        (13, "for about 13 days"), (14, "for about 2 weeks"), (45, "for about 6 weeks"),
        (61, "for about 2 months"), (365, "for about 12 months"), (1000, "for about 3 years"),
    ],
)  # fmt: skip
def test_lengths_of_time_are_said_as_people_say_them(
    days: float, words: str, kb: Knowledge
) -> None:
    assert how_long(days, kb) == words


def test_only_what_is_known_is_said(kb: Knowledge) -> None:
    assert describe(Facts(), everything(Facts()), kb) == ""
    facts = Facts(severity=7.0, age=34.0)
    assert describe(facts, everything(facts), kb) == "7 out of 10 at its worst, 34 years old"


def test_a_whole_checklist_of_no_is_said_in_one_go(kb: Knowledge) -> None:
    facts = Facts(signs=dict.fromkeys(danger_signs_of(kb), False))
    assert describe(facts, everything(facts), kb) == kb.phrases["no_danger_signs"]


def test_a_single_no_is_said_by_name(kb: Knowledge) -> None:
    facts = Facts(signs={"swelling": False})
    assert describe(facts, everything(facts), kb) == kb.words["sign"]["swelling"].no


def test_only_signs_that_are_there_are_told_in_a_warning(kb: Knowledge) -> None:
    facts = Facts(signs={"swelling": True, "fever": False})
    assert present_signs(facts, kb) == kb.words["sign"]["swelling"].say
