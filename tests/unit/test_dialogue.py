"""One turn: danger first, then the answer, then the next question. Without Rasa."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kneewise import knowledge
from kneewise.dialogue import respond
from kneewise.questions import danger_signs_of
from kneewise.scene import Turn
from kneewise.state import Heard, Progress, State
from kneewise.symptoms import about_child, extract
from kneewise.triage import Facts

KB = knowledge.load()
UK = KB.region("uk")
NO_DANGER = dict.fromkeys(danger_signs_of(KB), False)


def say(
    text: str,
    state: State | None = None,
    intent: str = "describe_pain",
    topics: tuple[str, ...] = (),
) -> Turn:
    """The turn after a message, as if it had been understood as `intent`."""
    heard = Heard(text, intent, topics, tuple(extract(text)), ("ice", "heat"), about_child(text))
    return respond(heard, state or State(), KB, UK)


def about(turn: Turn) -> list[str]:
    """What the messages of a turn are about."""
    return [reply.topic for reply in turn.replies]


def test_pain_is_repeated_back_and_the_danger_signs_are_asked_first() -> None:
    turn = say("my knee hurts around the kneecap on stairs")
    assert turn.state.open_slot == "danger_signs"
    assert "kneecap" in turn.replies[0].text or "front" in turn.replies[0].text


def test_a_danger_sign_comes_before_the_topic_and_holds_the_self_care() -> None:
    turn = say("it is hot and red, can i ice it", intent="report_red_flag", topics=("ice",))
    assert about(turn)[0] == "urgent"
    assert "ice" not in about(turn)
    assert turn.urgency == "same_day"
    assert turn.state.open_slot is None


def test_a_topic_that_does_no_harm_is_answered_beside_a_danger_sign() -> None:
    turn = say("it locks, what is runner's knee", intent="report_red_flag", topics=("what_is_it",))
    assert about(turn) == ["urgent", "what_is_it"]


def test_beside_an_emergency_nothing_but_when_to_see_a_doctor_is_answered() -> None:
    turn = say("chest pain and short of breath", topics=("what_is_it",), intent="report_red_flag")
    assert "what_is_it" not in about(turn)
    assert "999" in turn.replies[0].text


def test_the_warning_stands_until_it_is_taken_back() -> None:
    first = say("my knee gives way")
    again = say("thanks", first.state, intent="thank")
    assert about(again) == ["urgent", "thank"]
    assert again.replies[0].flags == ("RF22",)
    back = say("sorry, it does not give way", again.state, intent="correct")
    assert "urgent" not in about(back)
    assert back.state.progress.warned == ()


def test_a_worse_sign_later_is_warned_of_in_full() -> None:
    first = say("my knee gives way")
    worse = say("and my foot is cold and blue", first.state)
    assert worse.urgency == "emergency"
    assert worse.replies[0].flags[0] == "RF03"


def test_signs_told_in_two_messages_are_put_together() -> None:
    first = say("i'm on warfarin")
    second = say("and the knee is swollen", first.state)
    assert "RF23" in second.replies[0].flags


def test_every_topic_asked_is_answered() -> None:
    turn = say("can i run and should i ice", intent="ask_can_i_run", topics=("can_i_run", "ice"))
    assert {"can_i_run", "ice"} <= set(about(turn))


def test_a_topic_in_between_is_answered_and_the_question_put_again() -> None:
    turn = say("can i cycle?", State(open_slot="onset"), "ask_cross_training", ("cross_training",))
    assert about(turn) == ["cross_training", "question"]
    assert turn.replies[-1].slot == "onset"


@pytest.mark.parametrize(("intent", "slot"), [("why_ask", "onset"), ("skip", "pain_triggers")])
def test_why_asks_again_and_skip_goes_on(intent: str, slot: str) -> None:
    state = State(
        facts=Facts(location="front", duration_days=20, signs=NO_DANGER), open_slot="onset"
    )
    assert say("...", state, intent).state.open_slot == slot


def test_two_useless_answers_and_it_moves_on() -> None:
    state = State(facts=Facts(signs=NO_DANGER), open_slot="pain_location")
    first = say("cheese", state, "nlu_fallback")
    assert first.state.open_slot == "pain_location"
    assert first.state.progress.tries == 1
    second = say("cheese again", first.state, "out_of_scope")
    assert second.state.open_slot == "duration_days"
    assert second.state.progress.skipped == ("pain_location",)


def test_skipping_the_danger_signs_twice_leaves_no_plan() -> None:
    state = State(facts=Facts(location="front"), open_slot="danger_signs")
    once = say("skip", state, "skip")
    assert once.state.open_slot == "danger_signs"
    twice = say("skip", once.state, "skip")
    rest = Progress(skipped=("danger_signs", *KB.questions))
    end = say("skip", replace(twice.state, open_slot="age", progress=rest), "skip")
    assert "plan" not in about(end)
    assert end.urgency == "routine"


def test_stop_ends_the_questions() -> None:
    turn = say("stop", State(open_slot="severity", progress=Progress(phase="asking")), "stop")
    assert turn.state.open_slot is None
    assert turn.state.progress.phase == "idle"


def test_the_sign_of_a_friend_is_no_alarm_and_not_passed_over() -> None:
    turn = say("my friend's knee is locked and he can't walk")
    assert [reply.urgency for reply in turn.replies] == [None] * len(turn.replies)
    assert turn.replies[0].topic == "see_doctor"
    assert turn.state.facts.signs == {}


def test_not_understood_offers_topics_first_and_help_then_and_never_loops() -> None:
    first = say("blorp", intent="nlu_fallback")
    assert KB.topics["ice"].title in first.replies[0].buttons
    second = say("blorp", first.state, "nlu_fallback")
    assert second.replies[0].response == "utter_fallback"
    assert say("ice?", second.state, "ask_ice", ("ice",)).state.progress.misses == 0


def test_screening_comes_before_the_steps() -> None:
    asked = say("ibuprofen?", None, "ask_medication", ("medication",))
    assert asked.state.open_slot == "screen_medication"
    no = say("no", asked.state, "deny")
    unsure = say("not sure", asked.state, "dont_know")
    assert no.state.progress.cleared == ("medication",)
    assert unsure.state.progress.cleared == ()
    assert no.replies[0].text != unsure.replies[0].text


def test_someone_on_blood_thinners_is_told_to_ask_first() -> None:
    turn = say("i'm on warfarin, can i take ibuprofen?", None, "ask_medication", ("medication",))
    assert turn.state.open_slot is None
    assert any("pharmacist" in reply.text for reply in turn.replies)


def test_an_exercise_named_is_explained() -> None:
    turn = say("how do i do jump squats", None, "ask_exercises", ("exercises",))
    assert turn.replies[0].text.startswith("Jump squat")
    assert "Squat:" not in turn.replies[0].text.splitlines()[0].replace("Jump squat", "")


def test_a_danger_sign_in_doubt_is_asked_for() -> None:
    state = State(facts=Facts(signs={"trauma": True}))
    turn = say("it might be a bit swollen, not sure", state)
    assert turn.state.open_slot == "has_swelling"
    assert turn.urgency is None
    yes = say("yes", turn.state, "affirm")
    assert yes.urgency == "same_day"


def test_a_bare_no_after_a_warning_is_asked_about_and_can_take_it_back() -> None:
    warned = say("my knee gives way")
    no = say("no that is not true", warned.state, "deny")
    assert no.state.open_slot == "taken_back"
    assert no.replies[0].flags == ("RF22",)
    yes = say("yes", no.state, "affirm")
    assert "urgent" not in about(yes)
    assert yes.state.open_slot == "danger_signs"
    stays = say("no", no.state, "deny")
    assert about(stays) == ["urgent"]
    assert stays.state.open_slot is None


def test_running_is_answered_by_the_runners_own_number() -> None:
    state = State(facts=Facts(location="front", severity=8, signs=NO_DANGER))
    text = say("can i run tomorrow?", state, "ask_can_i_run", ("can_i_run",)).replies[0].text
    assert "Stop running" in text
    assert "Often yes" not in text


@pytest.mark.parametrize(
    "facts", [Facts(age=13), Facts(child=True), Facts(signs={"recent_surgery": True})]
)
def test_self_care_waits_for_whoever_must_be_asked_first(facts: Facts) -> None:
    turn = say("give me the exercises", State(facts=facts), "ask_exercises", ("exercises",))
    assert about(turn) == ["see_doctor"]
    more = say("tell me more", replace(turn.state, open_slot=None), "tell_more")
    assert about(more) == ["see_doctor"]
    harmless = say("what is it?", State(facts=facts), "ask_what_is_it", ("what_is_it",))
    assert about(harmless) == ["what_is_it"]


def test_stairs_and_squats_answer_what_brings_it_on() -> None:
    state = State(facts=Facts(location="front", signs=NO_DANGER), open_slot="pain_triggers")
    turn = say("stairs and squats", state, "ask_exercises", ("exercises",))
    assert turn.state.facts.triggers == ("stairs", "squatting")
    assert "exercises" not in about(turn)


def test_something_else_thrice_says_what_it_can_help_with() -> None:
    state = State()
    for _ in range(2):
        turn = say("who won the cup", state, "out_of_scope")
        assert turn.replies[0].topic == "out_of_scope"
        state = turn.state
    assert say("who won the cup", state, "out_of_scope").replies[0].topic == "fallback"


def foreign(text: str, state: State | None = None, intent: str = "out_of_scope") -> Turn:
    """The turn after a message that was recognised as Spanish."""
    heard = Heard(text, intent, (), tuple(extract(text)), ("ice",), language="es")
    return respond(heard, state or State(), KB, UK)


def test_another_language_is_answered_in_that_language_and_changes_nothing():
    turn = foreign("hola, me duele la rodilla")
    assert about(turn) == ["out_of_scope"]
    assert "solo entiendo inglés" in turn.replies[0].text
    assert "999" in turn.replies[0].text
    assert turn.state == State()
    assert foreign("no hablo inglés", turn.state).replies == turn.replies


def test_another_language_inside_a_question_answers_nothing_and_the_question_is_put_again():
    asked = say("my knee hurts around the kneecap on stairs").state
    for intent in ("deny", "affirm", "out_of_scope"):
        turn = foreign("no, nada", asked, intent)
        assert about(turn) == ["out_of_scope", "question"]
        assert turn.state.open_slot == "danger_signs"
        assert turn.state.facts == asked.facts


def test_another_language_again_and_again_is_no_loop_and_no_plan():
    state = say("my knee hurts around the kneecap on stairs").state
    slots = []
    for _ in range(4):
        turn = foreign("no entiendo nada", state)
        state = turn.state
        slots.append(state.open_slot)
    assert slots[-1] != "danger_signs"
    assert "danger_signs" in state.progress.skipped


def test_another_language_clears_no_danger_sign():
    warned = say("my knee gives way").state
    turn = foreign("no, it does not give way", warned)
    assert about(turn) == ["urgent", "out_of_scope"]
    assert turn.state.facts.has("giving_way")


def test_danger_that_is_read_in_another_language_is_warned_of():
    turn = foreign("tengo fever y la rodilla hot and red", intent="report_red_flag")
    assert about(turn) == ["urgent", "out_of_scope"]
    assert turn.urgency == "same_day"


def test_what_is_near_to_nothing_is_asked_for_in_words():
    heard = Heard("...", "nlu_fallback")
    turn = respond(heard, State(), KB, UK)
    assert turn.replies[0].response == "utter_in_words"
    assert respond(heard, turn.state, KB, UK).replies[0].response == "utter_fallback"


def test_keys_hit_are_not_told_that_this_is_about_something_else():
    turn = say("sdfkjh wqpoei", intent="out_of_scope")
    assert turn.replies[0].response == "utter_in_words"
    asked = say("my knee hurts around the kneecap on stairs").state
    again = say("sdfkjh wqpoei", asked, "out_of_scope")
    assert KB.phrases["outside"] not in again.replies[0].text
    assert again.state.open_slot == "danger_signs"
