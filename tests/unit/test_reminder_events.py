"""What an action returns of reminders is Rasa's own, and what it is told of one that is due."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import jsonschema
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event, ReminderCancelled, ReminderScheduled

from actions.reminders import (
    INTENT,
    is_due,
    is_told_elsewhere,
    moment,
    reaches,
    turn_events,
    zone_of_page,
)
from actions.turn import heard_from
from kneewise import reminding
from kneewise.coach.reminders import Reminder

NOON = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
ICE, DAILY = Reminder("i", "ice", NOON), Reminder("d", "check_in", NOON)
some = st.sets(st.sampled_from("abcd")).flatmap(
    lambda ids: st.tuples(
        *(
            st.integers(0, 3).map(lambda h, n=n: Reminder(n, "ice", NOON + timedelta(hours=h)))
            for n in sorted(ids)
        )
    )
)


def test_both_sides_mean_the_same_names() -> None:
    from actions import reminders as mine

    assert (mine.INTENT, mine.DUE, mine.ADDRESS) == (
        reminding.INTENT,
        reminding.DUE,
        reminding.ADDRESS,
    )


@given(some, some, st.booleans())
def test_the_events_turn_what_was_into_what_is(
    before: tuple[Reminder, ...], after: tuple[Reminder, ...], every: bool
) -> None:
    kept = {r.id: r.at for r in before}
    for event in turn_events(before, after, every=every):
        made = Event.from_parameters(json.loads(json.dumps(event)))
        if isinstance(made, ReminderCancelled):
            assert kept.pop(made.name)
        else:
            assert isinstance(made, ReminderScheduled)
            assert made.intent == INTENT
            assert not made.kill_on_user_message
            kept[made.name] = made.trigger_date_time
    assert kept == {r.id: r.at for r in after}


def test_what_stays_needs_no_event_unless_all_are_wanted() -> None:
    assert turn_events([ICE], [ICE, DAILY])[0]["name"] == "d"
    assert turn_events([ICE], [ICE]) == []
    assert len(turn_events([ICE], [ICE], every=True)) == 1
    assert turn_events([ICE], [replace(ICE, at=NOON + timedelta(hours=1))])


def test_rasa_accepts_them_of_an_action() -> None:
    events = turn_events([ICE], [DAILY])
    assert len(events) == 2
    jsonschema.validate(
        {"events": events, "responses": []}, RemoteAction.action_response_format_spec()
    )


def due(**metadata: object) -> dict[str, object]:
    return {
        "text": "EXTERNAL: reminder_due",
        "intent": {"name": INTENT},
        "metadata": {"is_external": True, **metadata},
    }


def test_a_reminder_has_no_words_and_its_own_clock() -> None:
    told = due(due=NOON.timestamp(), address={"chat": 7})
    assert is_due(told)
    assert (heard_from(told).intent, heard_from(told).text) == (INTENT, "")
    assert moment(told) == NOON
    assert not is_told_elsewhere(told, [])
    assert reaches(told) == "sent"


def test_words_are_words_and_the_clock_is_that_of_now() -> None:
    typed = {"text": "EXTERNAL: reminder_due", "intent": {"name": "greet"}, "metadata": {}}
    assert not is_due(typed)
    assert heard_from(typed).text == typed["text"]
    assert abs(moment(typed) - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert reaches(typed) is None


def test_rasas_own_reminder_is_told_where_nobody_else_tells_it() -> None:
    said = {"event": "user", "metadata": {"id": "1", "address": {"chat": 7}}}
    assert is_told_elsewhere(due(), [said, {"event": "user", **due()}])
    assert not is_told_elsewhere(due(), [{"event": "user", "metadata": {}}])
    assert not is_told_elsewhere({"intent": {"name": "greet"}}, [said])


def test_a_page_is_reached_when_it_is_open() -> None:
    page = {"metadata": {"address": {}, "zone": "Europe/Berlin"}}
    assert reaches(page) == "page"
    assert zone_of_page(page) == "Europe/Berlin"
    assert zone_of_page({"metadata": {"zone": 3}}) is None
