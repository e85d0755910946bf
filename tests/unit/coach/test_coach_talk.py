"""The coach in conversation: what it takes, keeps, holds back and says when it is time. No Rasa."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from kneewise import knowledge
from kneewise.coach.diary import Entry
from kneewise.coach.reminders import Reminder
from kneewise.coach.state import Coach
from kneewise.coach.talk import DUE, INTENTS
from kneewise.dialogue import respond
from kneewise.questions import danger_signs_of
from kneewise.scene import Turn
from kneewise.state import COACH, Heard, Progress, State, changed_slots
from kneewise.symptoms import extract
from kneewise.triage import Facts

KB = knowledge.load()
UK = KB.region("uk")
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=timezone.utc)
TODAY = date(2026, 5, 6)
DAY = timedelta(days=1)
CHECKED = Facts(
    location="front",
    triggers=("stairs",),
    onset="gradual",
    duration_days=20,
    severity=3,
    age=34,
    signs=dict.fromkeys(danger_signs_of(KB), False),
)
DONE = State(CHECKED, Progress(phase="done"))
ANSWERS: dict[str, Any] = {
    "coach_running": 2.0,
    "coach_morning": 0.0,
    "coach_stairs": 1.0,
    "coach_weekly": 20.0,
    "coach_longest": 8.0,
    "coach_squatting": 0.0,
    "coach_goal": "run_again",
    "coach_equipment": ["band"],
    "coach_tried": ["ice"],
}
IN_AN_HOUR, GONE = NOW + timedelta(hours=1), NOW - timedelta(minutes=1)


def say(text: str, intent: str, state: State = DONE, **more: Any) -> Turn:
    """The turn after a message that was understood as `intent`."""
    facts = tuple(extract(text))
    return respond(Heard(text, intent, facts=facts, at=more.pop("at", NOW), **more), state, KB, UK)


def coached(state: State = DONE, **changes: Any) -> State:
    return replace(state, coach=replace(state.coach, **changes))


def text_of(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies).lower()


def with_plan() -> State:
    turn = say("my plan", "make_plan", coached(told=ANSWERS))
    assert turn.state.coach.programme
    return turn.state


def test_every_answer_before_a_plan_reaches_it() -> None:
    facts = with_plan().coach.programme.facts
    assert (facts.running, facts.morning, facts.stairs, facts.squatting) == (2, 0, 1, 0)
    assert (facts.weekly_km, facts.longest_km, facts.goal) == (20, 8, "run_again")
    assert (facts.equipment, facts.tried, facts.age) == (("band",), ("ice",), 34)
    assert facts.checked


def test_what_only_some_are_asked_is_left_out_for_others() -> None:
    sitting = replace(DONE, facts=replace(CHECKED, triggers=("sitting",)))
    told = {slot: value for slot, value in ANSWERS.items() if slot != "coach_stairs"}
    assert say("plan", "make_plan", coached(sitting, told=told)).state.coach.programme


@pytest.mark.parametrize("sign", ["hot_red", "locking", "night_pain", "cannot_bear_weight"])
def test_no_plan_with_a_danger_sign(sign: str) -> None:
    facts = replace(CHECKED, signs={**CHECKED.signs, sign: True})
    turn = say("plan", "make_plan", coached(replace(DONE, facts=facts), told=ANSWERS))
    assert turn.state.coach.programme is None
    assert "your plan for the next two weeks" not in text_of(turn)


@pytest.mark.parametrize(
    "facts",
    [
        replace(CHECKED, age=12),
        replace(CHECKED, age=None, child=True),
        replace(CHECKED, severity=9),
    ],
)
def test_no_plan_where_somebody_has_to_look_first(facts: Facts) -> None:
    turn = say("plan", "make_plan", coached(replace(DONE, facts=facts), told=ANSWERS))
    assert turn.state.coach.programme is None
    assert turn.replies[0].topic == "see_doctor"


def test_no_plan_before_the_danger_signs_of_this_session_were_asked() -> None:
    turn = say("plan", "make_plan", coached(State(), told=ANSWERS))
    assert turn.state.open_slot == "danger_signs"
    assert turn.state.coach.waits == "plan"


def test_a_message_about_a_run_states_no_fact_of_the_knee_but_danger() -> None:
    turn = say("ran 5k, 3/10, sore for 2 days, then it locked", "log_day")
    assert turn.state.facts.severity == CHECKED.severity
    assert turn.state.facts.duration_days == CHECKED.duration_days
    assert turn.replies[0].topic == "urgent"
    assert turn.state.coach.entries[-1].km == 5


@pytest.mark.parametrize(
    ("text", "days"), [("a plan for two weeks please", 20), ("it hurts at the front for a week", 7)]
)
def test_the_weeks_of_a_plan_are_not_those_of_the_pain(text: str, days: float) -> None:
    assert say(text, "make_plan").state.facts.duration_days == days


def test_an_answer_to_the_assessment_is_no_run_and_no_wish() -> None:
    asked = replace(State(replace(CHECKED, severity=None)), open_slot="severity")
    for intent in ("log_day", "set_reminder", "snooze_reminder"):
        turn = say("8", intent, asked)
        assert turn.state.facts.severity == 8
        assert turn.state.coach.entries == ()


def test_a_run_told_with_a_question_is_noted_and_the_question_answered() -> None:
    asked = {"topics": ("ice",)}
    turn = say("ran 5k, 3/10. should I ice it?", "ask_ice", with_plan(), **asked)
    assert turn.replies[0].topic == "ice"
    assert turn.state.coach.entries[-1].km == 5
    new = say("ran 5k, 3/10. should I ice it?", "ask_ice", State(), **asked)
    assert new.state.coach.entries == ()
    assert "question" in [reply.topic for reply in new.replies]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("remind me to ice in ten minutes please", "set_reminder"),
        ("what reminders are there for me now", "list_reminders"),
        ("ran 4 km this morning and it was 1/10, fine after", "log_day"),
    ],
)
def test_the_questions_about_the_knee_go_on_after_the_coach(text: str, intent: str) -> None:
    asked = replace(State(replace(CHECKED, onset=None)), open_slot="onset")
    asked = replace(asked, progress=Progress(phase="asking"))
    turn = say(text, intent, asked)
    assert turn.state.open_slot == "onset"
    assert turn.replies[-1].slot == "onset"
    assert turn.replies[0].topic in ("reminder", "diary")


def test_a_plan_that_moves_as_it_is_shown_says_so() -> None:
    days = [Entry(TODAY + n * DAY, km=4.0, during=4.0, morning=4.0) for n in range(0, 20, 3)]
    state = coached(with_plan(), entries=tuple(days))
    turn = say("my plan", "make_plan", state, at=NOW + 20 * DAY)
    assert "have the knee looked at" in text_of(turn)
    assert turn.urgency == "routine"
    assert "your plan for the next two weeks" in text_of(turn)


def test_each_question_is_explained_once_however_often_one_before_was() -> None:
    state = say("ran 4 km yesterday", "log_day").state
    state = say("purple", "nlu_fallback", state).state
    state = say("2", "nlu_fallback", state).state
    assert say("purple", "nlu_fallback", state).state.open_slot == state.open_slot


def test_can_i_run_tomorrow_is_not_answered_with_today() -> None:
    ran = say("ran 4 km today, 1/10, fine after", "log_day", with_plan()).state
    today = say("can i run now?", "ask_can_i_run", ran, topics=("can_i_run",))
    assert "you ran today already" in text_of(today)
    later = say("can i run tomorrow?", "ask_can_i_run", ran, topics=("can_i_run",))
    assert "today" not in text_of(later)
    assert later.replies[0].topic == "can_i_run"


def test_a_red_day_forgets_the_no_of_the_checklist_and_asks_again() -> None:
    turn = say("ran 5k and it was 7/10", "log_day", with_plan())
    assert turn.state.open_slot == "danger_signs"
    assert turn.state.coach.programme.level.mode == "rest"
    assert not any(sign in turn.state.facts.signs for sign in danger_signs_of(KB))


def test_pain_of_eight_is_looked_at_within_days() -> None:
    assert say("ran 5k and it was 9/10", "log_day").urgency == "soon"


def test_a_day_is_told_bit_by_bit() -> None:
    state = say("ran 4 miles yesterday", "log_day").state
    assert state.open_slot == "diary_during"
    state = say("2", "nlu_fallback", state).state
    assert state.open_slot == "diary_morning"
    state = say("skip", "skip", state).state
    (entry,) = state.coach.entries
    assert (entry.day, entry.during, entry.morning) == (TODAY - DAY, 2, None)
    assert entry.km == pytest.approx(6.44, abs=0.01)
    assert state.coach.unit == "miles"


def test_why_a_question_is_asked_comes_with_its_source() -> None:
    state = say("ran 4 km yesterday", "log_day").state
    (reply,) = say("why", "why_ask", state).replies
    assert reply.sources == KB.along_the_way["diary_during"].sources != ()
    assert "sources:" in reply.text.lower()
    assert reply.slot == "diary_during"


def test_an_answer_that_says_nothing_is_explained_once_and_then_left() -> None:
    state = say("ran 4 km yesterday", "log_day").state
    again = say("purple", "nlu_fallback", state)
    assert again.state.open_slot == "diary_during"
    left = say("purple", "nlu_fallback", again.state)
    assert left.state.open_slot is None
    assert left.state.coach.entries


def test_the_plan_of_a_session_long_ago_is_shown_as_it_stands_today() -> None:
    later = replace(with_plan(), facts=Facts(), progress=Progress())
    turn = say("my plan", "make_plan", later, at=NOW + 3 * DAY)
    assert "your plan for the next two weeks" in text_of(turn)


# --- what must not be told ----------------------------------------------------------------------

GREEN_RUN = Entry(TODAY - 2 * DAY, km=4.0, during=1.0, after=0.0, morning=0.0)
YESTERDAY_RED = "yesterday i ran 5k, 7/10 while running, 3/10 an hour later, 1/10 next morning"


def test_pain_told_with_can_i_run_counts_and_is_noted() -> None:
    state = coached(with_plan(), entries=(GREEN_RUN,))
    turn = say(
        "my knee is 6/10 today, can i run today?", "ask_can_i_run", state, topics=("can_i_run",)
    )
    assert "yes, you can run" not in text_of(turn)
    assert turn.state.coach.entries[-1].pain == 6
    assert turn.state.open_slot == "danger_signs"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("ran 5k yesterday 7/10 during, no run today, knee 1/10", ()),
        (YESTERDAY_RED, (Entry(TODAY, km=0.0, pain=1.0),)),
    ],
)
@pytest.mark.parametrize("planned", [False, True])
def test_a_red_day_is_not_outshone_by_another(
    text: str, entries: tuple[Entry, ...], *, planned: bool
) -> None:
    state = coached(with_plan() if planned else DONE, entries=entries)
    turn = say(text, "log_day", state)
    assert "stop running for now" in text_of(turn)
    assert "carry on" not in text_of(turn)
    assert "goes well" not in text_of(turn)
    assert turn.state.open_slot == "danger_signs"
    if planned:
        assert turn.state.coach.programme.level.mode == "rest"


@pytest.mark.parametrize("planned", [False, True])
def test_after_a_stop_none_of_the_danger_signs_does_not_mean_run(*, planned: bool) -> None:
    stopped = say(YESTERDAY_RED, "log_day", with_plan() if planned else DONE).state
    turn = say("None of these", "deny", stopped)
    assert "keep going" not in text_of(turn)
    assert "running: stop for now" in text_of(turn) or "stop running for now" in text_of(turn)


def test_an_old_red_day_stops_no_plan_that_went_on_well() -> None:
    days = tuple(
        Entry(TODAY - n * DAY, km=4.0, during=1.0, after=0.0, morning=0.0) for n in (5, 3, 1)
    )
    state = coached(with_plan(), entries=days)
    turn = say(f"on {TODAY - 6 * DAY:%A} i ran 5k, 7/10 while running", "log_day", state)
    assert turn.state.coach.programme.level.mode != "rest"
    assert turn.state.open_slot in ("danger_signs", "diary_after", "diary_morning")


def test_a_run_reminder_is_not_against_the_diary() -> None:
    red = say(YESTERDAY_RED, "log_day", with_plan()).state
    red = say("None of these", "deny", red).state
    turn = due(Reminder("a", "run", GONE), state=red)
    assert "time for your run" not in text_of(turn)
    assert "don't run today" in text_of(turn) or "no run today" in text_of(turn)
    assert "time for your run" in text_of(due(Reminder("a", "run", GONE)))


def test_a_plan_is_not_shown_to_whom_it_no_longer_fits() -> None:
    state = with_plan()
    signs = {**state.facts.signs, "recent_surgery": True}
    state = replace(state, facts=replace(state.facts, signs=signs))
    turn = say("show my plan", "make_plan", state)
    assert "your plan for the next two weeks" not in text_of(turn)
    assert "operation" in text_of(turn)
    assert "operation" in text_of(say("ran 4k, 1/10, fine after", "log_day", state))


def test_how_old_somebody_is_counts_inside_a_question_of_the_coach() -> None:
    young = replace(DONE, facts=replace(CHECKED, age=None))
    told = {slot: value for slot, value in ANSWERS.items() if slot != "coach_tried"}
    asked = replace(coached(young, told=told), open_slot="coach_tried")
    turn = say("ice packs, and i am 14 years old", "nlu_fallback", asked)
    assert turn.state.coach.programme is None
    assert "under 16" in text_of(turn)


def test_an_alarm_without_a_name_inside_a_question_asks_for_all_danger_signs() -> None:
    state = say("ran 4 km yesterday", "log_day", with_plan()).state
    assert state.open_slot == "diary_during"
    turn = say("something is badly wrong with my leg", "report_red_flag", state)
    assert turn.state.open_slot == "danger_signs"


LOCKING = replace(DONE, facts=replace(CHECKED, signs={"locking": True}))


def test_beside_a_danger_sign_a_reminder_can_be_set_step_by_step() -> None:
    state = say("set a reminder for a check-in", "set_reminder", LOCKING).state
    assert state.open_slot == "reminder_when"
    turn = say("every day at 7 pm", "nlu_fallback", state)
    assert [one.what for one in turn.state.coach.reminders] == ["check_in"]
    assert turn.replies[0].topic == "urgent"


def test_beside_a_danger_sign_the_number_that_was_asked_for_is_kept() -> None:
    state = say("ran 4 km yesterday", "log_day", with_plan()).state
    turn = say("6 and the knee locked", "report_red_flag", state)
    assert turn.replies[0].topic == "urgent"
    assert turn.state.coach.entries[-1].during == 6


def test_beside_a_danger_sign_a_plan_is_refused_in_words() -> None:
    assert "no plan while a danger sign stands" in text_of(say("a plan", "make_plan", LOCKING))


def test_beside_a_danger_sign_no_run_is_put_off_and_recurring_ones_come_back() -> None:
    run = Reminder("a", "run", GONE, wall=GONE.time(), days=(2,))
    held = due(run, state=LOCKING)
    assert "off while a danger sign stands" in text_of(held)
    assert [one.what for one in held.state.coach.reminders] == ["run"]
    later = say("remind me later", "snooze_reminder", coached(LOCKING, told_last=(run,)))
    assert "no reminder to run" in text_of(later)
    beside = say("hello", "greet", coached(LOCKING, reminders=(Reminder("b", "run", GONE),)))
    assert "off while a danger sign stands" in text_of(beside)


def test_put_off_again_and_again_an_id_keeps_its_length() -> None:
    state = due(Reminder("a" * 16, "exercise", GONE)).state
    at = NOW
    for _ in range(12):
        state = say("in 5 minutes", "snooze_reminder", state, at=at).state
        (one,) = state.coach.reminders
        at = one.at
        state = say("", "reminder_due", state, at=at).state
    assert len(one.id) < 30


def test_start_again_forgets_the_knee_and_keeps_the_diary() -> None:
    full = replace(
        with_plan().coach,
        entries=(GREEN_RUN,),
        checked={"day": "2026-01-01", "facts": {}},
        waits="plan",
    )
    anew = full.begun_anew()
    assert (anew.checked, anew.waits) == (None, None)
    assert (anew.entries, anew.programme) == (full.entries, full.programme)
    assert Coach(told=ANSWERS).of_another_day().told == {}


def test_who_stops_the_questions_waits_for_no_plan() -> None:
    asked = say("make me a plan", "make_plan", State()).state
    assert asked.coach.waits
    assert say("stop", "stop", asked).state.coach.waits is None


# --- reminders ----------------------------------------------------------------------------------


def due(*ones: Reminder, state: State = DONE, at: datetime = NOW) -> Turn:
    return say("", "reminder_due", coached(state, reminders=ones), at=at)


def test_ice_is_first_to_be_taken_off_and_then_to_be_put_on_again() -> None:
    timer = Reminder("a", "ice", GONE, asked=True, again=120, times=1)
    first = due(timer)
    assert "take the ice off" in text_of(first)
    second = due(*first.state.coach.reminders, at=NOW + timedelta(minutes=120))
    assert "ice again" in text_of(second)
    assert second.state.coach.reminders == ()


def test_nothing_that_is_due_says_nothing() -> None:
    turn = due(Reminder("a", "exercise", IN_AN_HOUR))
    assert turn.replies == ()
    assert turn.state.coach.reminders


def test_nobody_is_reminded_to_train_with_a_danger_sign_and_told_so_once() -> None:
    hot = replace(DONE, facts=replace(CHECKED, signs={"hot_red": True}))
    turn = due(Reminder("a", "run", GONE), Reminder("b", "ice", GONE), state=hot)
    assert "off while a danger sign stands" in text_of(turn)
    assert "time for your run" not in text_of(turn)
    assert [one.what for one in turn.state.coach.reminders] == []


def test_a_check_in_is_a_question_about_the_day() -> None:
    turn = due(Reminder("a", "check_in", GONE))
    assert turn.state.open_slot == "diary_day"
    told = say("no run, knee was 1/10", "log_day", turn.state)
    assert told.state.coach.entries == (replace(told.state.coach.entries[0], pain=1),)


def test_what_was_told_last_can_be_put_off() -> None:
    told = due(Reminder("a", "exercise", GONE)).state
    turn = say("in half an hour", "snooze_reminder", told)
    (one,) = turn.state.coach.reminders
    assert one.at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("reaches", "words"),
    [("sent", ""), ("page", "keep this page open"), (None, "i can't write to you first")],
)
def test_how_a_reminder_will_come_is_said(reaches: str | None, words: str) -> None:
    turn = say("remind me to ice in 10 minutes", "set_reminder", reaches=reaches)
    assert "in 10 minutes" in text_of(turn)
    assert words in text_of(turn)


def test_the_zone_is_asked_once_and_only_where_clocks_differ() -> None:
    us = KB.region("us")
    heard = Heard("remind me to run at 6pm", "set_reminder", at=NOW)
    asked = respond(heard, DONE, KB, us)
    assert asked.state.open_slot == "reminder_zone"
    answered = respond(Heard("chicago", "nlu_fallback", at=NOW), asked.state, KB, us)
    (one,) = answered.state.coach.reminders
    assert one.at == datetime(2026, 5, 6, 23, 0, tzinfo=timezone.utc)
    again = respond(replace(heard, text="remind me to ice at 7pm"), answered.state, KB, us)
    assert again.state.open_slot is None
    assert say("remind me to run at 7pm", "set_reminder").state.open_slot is None
    browser = respond(replace(heard, zone="America/New_York"), DONE, KB, us)
    assert browser.state.coach.reminders[0].at == datetime(2026, 5, 6, 22, 0, tzinfo=timezone.utc)


# --- what is kept -------------------------------------------------------------------------------


def test_the_slots_give_back_the_coach_whole() -> None:
    entry = Entry(TODAY, 5.0, 2.0, step="run_less", did=("strength",))
    coach = replace(
        with_plan().coach,
        zone="Europe/London",
        unit="miles",
        entries=(entry,),
        reminders=(Reminder("a", "run", IN_AN_HOUR),),
        told_last=(Reminder("b", "ice", GONE),),
        noting=TODAY,
        wanted={"what": "run", "text": "at 6"},
        waits="plan",
    )
    assert Coach.from_slots(coach.to_slots()) == coach
    assert Coach().to_slots() == {"coach": None, "diary": None}


@pytest.mark.parametrize("broken", [{"programme": 3}, {"reminders": "x"}, {"told": None}, {}])
def test_what_an_older_version_kept_is_not_told(broken: dict[str, Any]) -> None:
    coach = Coach.from_slots({"coach": broken, "diary": [{"day": "soon"}, 5]})
    assert (coach.programme, coach.reminders, coach.entries) == (None, (), ())


def test_a_turn_that_changes_nothing_of_the_coach_sets_none_of_its_slots() -> None:
    before = with_plan()
    after = say("thanks", "thank", before).state
    changed = changed_slots(before.to_slots(), after.to_slots())
    assert {"coach", "diary"}.isdisjoint(changed)


def test_everything_that_can_be_asked_of_the_coach_is_answered_by_it() -> None:
    assert set(INTENTS) == {*COACH, DUE}
