"""How a short answer is read by the question it answers."""

from __future__ import annotations

import pytest

from kneewise.answers import chosen, read_answer
from kneewise.intake import merge
from kneewise.knowledge import Knowledge
from kneewise.questions import question_for
from kneewise.state import Heard
from kneewise.symptoms import extract
from kneewise.triage import Facts


def read(slot: str, text: str, kb: Knowledge, intent: str = "nlu_fallback") -> Facts | None:
    """The facts after an answer to a question, or None if it was no answer."""
    message = Heard(text, intent, facts=tuple(extract(text)))
    answer = read_answer(question_for(slot, kb), message, merge(Facts(), message), kb)
    return answer and answer.facts


@pytest.mark.parametrize(
    ("slot", "text", "field", "value"),
    [
        ("severity", "7ish", "severity", 7.0),
        ("severity", "7/10", "severity", 7.0),
        ("severity", "seven", "severity", 7.0),
        ("severity", "0", "severity", 0.0),
        ("age", "34", "age", 34.0),
        ("age", "i'm 34", "age", 34.0),
        ("age", "Under 16", "age_group", "under_16"),
        ("duration_days", "2 weeks", "duration_days", 14.0),
        ("duration_days", "1 to 2 weeks", "duration_days", 10.0),
    ],
)
def test_a_short_answer_is_read_by_its_question(
    slot: str, text: str, field: str, value: object, kb: Knowledge
) -> None:
    facts = read(slot, text, kb)
    assert facts is not None
    assert getattr(facts, field) == value


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("severity", "11"),
        ("severity", "blue"),
        ("age", "200"),
        ("pain_location", "99"),
        ("onset", "cheese"),
        ("onset", "2"),
        ("pain_location", "3"),
        ("duration_days", "dunno really"),
        ("danger_signs", "what a day"),
    ],
)
def test_a_useless_answer_is_none(slot: str, text: str, kb: Knowledge) -> None:
    assert read(slot, text, kb) is None


def test_every_button_of_every_question_is_read_as_what_it_stands_for(kb: Knowledge) -> None:
    for question in kb.questions.values():
        for option in question.options:
            facts = read(question.slot, option.label, kb)
            assert facts is not None, option.label
            if option.sign:
                assert facts.has(option.sign), option.label
            else:
                assert str(option.value) in str(facts), option.label


def test_several_of_the_checklist_can_be_named_by_number_and_by_words(kb: Knowledge) -> None:
    question = kb.questions["danger_signs"]
    first, third = question.options[0], question.options[2]
    assert chosen(question, "1 and 3") == (first, third)
    assert chosen(question, "yes, the first one") == (first,)
    assert chosen(question, "99") == ()
    assert chosen(question, f"{first.label}; {third.label}") == (first, third)


def test_yes_to_the_checklist_asks_which_and_denies_nothing(kb: Knowledge) -> None:
    answer = read_answer(kb.questions["danger_signs"], Heard("yes", "affirm"), Facts(), kb)
    assert answer is not None
    assert not answer.complete
    assert not answer.facts.signs


def test_in_doubt_a_danger_sign_counts_as_present(kb: Knowledge) -> None:
    for intent, present in (("affirm", True), ("deny", False), ("dont_know", True)):
        answer = read_answer(question_for("has_fever", kb), Heard("...", intent), Facts(), kb)
        assert answer is not None
        assert answer.facts.signs == {"fever": present}


@pytest.mark.parametrize("intent", ["affirm", "dont_know", "skip"])
def test_only_a_plain_no_passes_a_screening_question(intent: str, kb: Knowledge) -> None:
    question = question_for("screen_medication", kb)
    answer = read_answer(question, Heard("...", intent), Facts(), kb)
    assert answer is not None
    assert not answer.denied
    no = read_answer(question, Heard("no", "deny"), Facts(), kb)
    assert no is not None
    assert no.denied


def test_a_no_does_not_pass_the_screening_of_someone_on_blood_thinners(kb: Knowledge) -> None:
    facts = Facts(signs={"blood_thinner": True})
    answer = read_answer(question_for("screen_medication", kb), Heard("no", "deny"), facts, kb)
    assert answer is not None
    assert not answer.denied


def test_a_number_that_says_what_it_is_answers_no_other_question(kb: Knowledge) -> None:
    """A severity that is corrected while the age is asked does not become an age."""
    assert read("age", "correction, it is 6 out of 10", kb, "correct") is None
    assert read("severity", "i'm 38 by the way", kb) is None


def test_places_ticked_on_the_map_are_all_kept_with_their_side(kb: Knowledge) -> None:
    facts = read(
        "pain_location",
        "Left knee. Outer side of the knee. Front of the knee, or around the kneecap",
        kb,
    )
    assert facts is not None
    assert {facts.location, *facts.other_places} == {"front", "outside"}
    assert facts.side == "left"


def test_of_several_places_the_one_that_costs_most_to_miss_is_the_main_one(kb: Knowledge) -> None:
    facts = read("pain_location", "Just below the kneecap. Hip or groin", kb)
    assert facts is not None
    assert facts.location == "hip_groin"
    assert facts.other_places == ("below_kneecap",)


def test_triggers_that_are_ticked_are_all_kept(kb: Knowledge) -> None:
    facts = read("pain_triggers", "Running. Stairs. Sitting for long", kb)
    assert facts is not None
    assert set(facts.triggers) == {"running", "stairs", "sitting"}


def test_a_label_of_one_word_inside_a_sentence_ticks_nothing(kb: Knowledge) -> None:
    assert not chosen(question_for("pain_triggers", kb), "I was running when it swelled")


def test_a_place_that_is_denied_is_not_picked(kb: Knowledge) -> None:
    text = "It is the outer side of the knee, not the back of the knee"
    facts = read("pain_location", text, kb)
    assert facts is not None
    assert (facts.location, facts.other_places) == ("outside", ())


def test_a_place_that_must_not_be_missed_counts_beside_a_picked_one(kb: Knowledge) -> None:
    facts = read("pain_location", "Front of the knee, or around the kneecap. My hip hurts too", kb)
    assert facts is not None
    assert (facts.location, facts.other_places) == ("hip_groin", ("front",))


def test_a_sign_that_is_named_to_deny_it_is_not_ticked(kb: Knowledge) -> None:
    question = question_for("danger_signs", kb)
    assert not chosen(question, "No, it gives way under me is not true", denies=True)
    assert chosen(question, "It gives way under me. My calf is swollen or sore", denies=True)


def test_what_is_taken_back_leaves_the_other_place(kb: Knowledge) -> None:
    told = Facts(location="hip_groin", other_places=("below_kneecap",))
    answer = read_answer(question_for("taken_back", kb), Heard("yes", "affirm"), told, kb)
    assert answer is not None
    assert (answer.facts.location, answer.facts.other_places) == ("below_kneecap", ())
