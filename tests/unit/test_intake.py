"""What a message states is merged with what was told before, by one rule for each conflict."""

from __future__ import annotations

import pytest

from kneewise.intake import merge, take_in
from kneewise.knowledge import Knowledge
from kneewise.state import Heard, Progress, State
from kneewise.symptoms import Fact
from kneewise.triage import Facts


def fact(kind: str, value: str | float, status: str = "present") -> Fact:
    """A fact without a place in a text."""
    return Fact(kind, value, status, 0, 1)


def heard(*facts: Fact, text: str = "...", intent: str = "describe_pain") -> Heard:
    """A message that states these facts."""
    return Heard(text, intent, facts=facts)


@pytest.mark.parametrize("status", ["past", "other_person", "hypothetical"])
def test_what_is_not_the_runners_own_now_is_left_out(status: str) -> None:
    told = merge(
        Facts(), heard(fact("sign", "locking", status), fact("location", "inside", status))
    )
    assert told == Facts()


def test_a_sign_stated_and_denied_in_one_message_counts_as_present() -> None:
    both = heard(fact("sign", "swelling"), fact("sign", "swelling", "denied"))
    assert merge(Facts(), both).signs == {"swelling": True}


def test_the_latest_word_on_a_sign_counts() -> None:
    before = Facts(signs={"swelling": True})
    assert merge(before, heard(fact("sign", "swelling", "denied"))).signs == {"swelling": False}


@pytest.mark.parametrize("places", [("inside", "hip_groin"), ("hip_groin", "inside")])
def test_the_place_that_costs_most_to_miss_wins(places: tuple[str, str]) -> None:
    told = merge(Facts(), heard(*(fact("location", place) for place in places)))
    assert told.location == "hip_groin"


def test_triggers_add_up_and_a_correction_replaces_them() -> None:
    before = Facts(triggers=("running",))
    more = heard(fact("trigger", "stairs"))
    assert merge(before, more).triggers == ("running", "stairs")
    instead = heard(fact("trigger", "stairs"), intent="correct")
    assert merge(before, instead).triggers == ("stairs",)
    assert merge(before, heard(fact("trigger", "running", "denied"))).triggers == ()


def test_an_age_in_years_replaces_the_group() -> None:
    assert merge(Facts(age_group="16_to_49"), heard(fact("age", 52.0))).age_group is None


def test_an_unsure_sign_is_kept_to_be_asked_and_does_not_fire(kb: Knowledge) -> None:
    intake = take_in(heard(fact("sign", "swelling", "unsure")), State(), kb)
    assert intake.state.progress.unsure == ("swelling",)
    assert intake.doubts == ("swelling",)
    assert "swelling" not in intake.state.facts.signs


def test_learned_and_corrected_are_told_apart(kb: Knowledge) -> None:
    state = State(facts=Facts(side="right", location="front"))
    intake = take_in(heard(fact("side", "left"), fact("onset", "sudden")), state, kb)
    assert intake.corrected == ("side",)
    assert intake.learned == ("onset",)


def test_none_of_these_denies_the_whole_checklist_but_not_what_was_told(kb: Knowledge) -> None:
    state = State(facts=Facts(signs={"trauma": True}), open_slot="danger_signs")
    intake = take_in(Heard("none of these", "deny"), state, kb)
    assert intake.answered is True
    assert intake.state.facts.signs["trauma"] is True
    assert intake.state.facts.signs["calf_swelling"] is False
    assert intake.state.open_slot is None


def test_a_correction_without_a_fact_is_read_as_the_answer_before(kb: Knowledge) -> None:
    state = State(
        facts=Facts(severity=3.0), open_slot="age", progress=Progress(last_slot="severity")
    )
    intake = take_in(Heard("no wait, 6", "correct"), state, kb)
    assert intake.state.facts.severity == 6.0
    assert intake.state.open_slot == "age"
    assert intake.answered is False


def test_signs_of_somebody_else_are_kept_apart(kb: Knowledge) -> None:
    intake = take_in(heard(fact("sign", "locking", "other_person")), State(), kb)
    assert intake.bystander == ("locking",)
    assert not intake.learned


@pytest.mark.parametrize(("intent", "topics"), [("ask_exercises", ("exercises",)), ("goodbye", ())])
def test_a_question_or_small_talk_that_names_an_activity_states_nothing(
    intent: str, topics: tuple[str, ...]
) -> None:
    """Somebody who asks how a squat is done has not said that squatting hurts."""
    aside = Heard("...", intent, topics, (fact("trigger", "squatting"), fact("side", "right")))
    assert merge(Facts(), aside) == Facts()
    stated = Heard("...", intent, topics, (fact("trigger", "squatting"), fact("location", "front")))
    assert merge(Facts(), stated).triggers == ("squatting",)


PICKED = Facts(location="hip_groin", other_places=("front",))


def test_naming_one_of_the_picked_places_again_takes_none_back() -> None:
    heard = Heard("it hurts at the front on stairs", "describe_pain", facts=(_place("front"),))
    told = merge(PICKED, heard)
    assert (told.location, told.other_places) == ("hip_groin", ("front",))


def test_a_correction_to_one_of_the_picked_places_is_one() -> None:
    heard = Heard("only at the front", "correct", facts=(_place("front"),))
    told = merge(PICKED, heard)
    assert (told.location, told.other_places) == ("front", ())


def _place(value: str) -> Fact:
    return Fact("location", value, "present", 0, 1)


@pytest.mark.parametrize(
    ("slot", "text", "value", "place"),
    [
        ("onset", "little by little over several runs", "outside", "front"),
        ("onset", "slowly, on the outer side of the knee", "outside", "outside"),
        ("onset", "it began up there somehow", "hip_groin", "hip_groin"),
        ("pain_location", "hard to say, over there", "outside", "outside"),
        (None, "over there now", "outside", "outside"),
    ],
)
def test_a_place_that_is_only_meant_changes_none_while_something_else_is_asked(
    slot: str | None, text: str, value: str, place: str, kb: Knowledge
) -> None:
    state = State(Facts(location="front"), open_slot=slot)
    taken = take_in(heard(fact("location", value), text=text), state, kb)
    assert taken.state.facts.location == place
