"""What is asked next."""

from __future__ import annotations

from kneewise.knowledge import Knowledge
from kneewise.questions import danger_signs_of, is_known, next_slot, question_for
from kneewise.state import Progress, State
from kneewise.triage import Facts

ORDER = [
    "danger_signs", "pain_location", "duration_days", "onset", "pain_triggers", "severity", "age",
]  # fmt: skip


def test_the_most_important_question_comes_first(kb: Knowledge) -> None:
    assert list(kb.questions) == ORDER
    assert next_slot(State(), kb) == "danger_signs"


def test_what_is_known_answered_or_skipped_is_not_asked(kb: Knowledge) -> None:
    signs = dict.fromkeys(danger_signs_of(kb), False)
    facts = Facts(signs=signs, location="front", onset="gradual")
    progress = Progress(answered=("duration_days",), skipped=("pain_triggers",))
    assert next_slot(State(facts=facts, progress=progress), kb) == "severity"


def test_nothing_is_left_when_all_is_told(kb: Knowledge) -> None:
    assert next_slot(State(progress=Progress(skipped=tuple(ORDER))), kb) is None


def test_one_open_sign_of_the_checklist_is_enough_to_ask_it(kb: Knowledge) -> None:
    signs = dict.fromkeys(danger_signs_of(kb), False)
    assert is_known("danger_signs", Facts(signs=signs), kb)
    del signs["calf_swelling"]
    assert not is_known("danger_signs", Facts(signs=signs), kb)


def test_a_sign_in_doubt_is_asked_before_everything_else(kb: Knowledge) -> None:
    assert next_slot(State(progress=Progress(unsure=("fever",))), kb) == "has_fever"
    assert question_for("has_fever", kb).ask == kb.words["sign"]["fever"].ask
