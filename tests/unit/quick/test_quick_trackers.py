"""Events are found, and trackers copied, as Rasa does it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.utils.common import all_subclasses

from kneewise.quick import trackers
from kneewise.quick.trackers import copied, resolve_by_type, twin
from kneewise.testing import Assistant

stock_resolve = trackers._stock_resolve
NAMES = sorted({cls.type_name for cls in all_subclasses(Event)})


@pytest.mark.parametrize("name", NAMES)
def test_each_type_of_event_is_found(name: str) -> None:
    assert stock_resolve is not resolve_by_type
    assert resolve_by_type(name) is stock_resolve(name)


def test_an_unknown_type_is_left_to_rasa() -> None:
    assert resolve_by_type("topic") is None
    assert resolve_by_type("no such", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="no such"):
        resolve_by_type("no such")


EVENTS: list[list[Event]] = [
    [],
    [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")],
    [
        ActionExecuted("action_listen"),
        UserUttered("my knee", {"name": "describe_pain"}, [{"entity": "age", "value": 3}]),
        SlotSet("age", 40.0),
        SlotSet("pain_triggers", ["stairs"]),
        ActionExecuted("action_assess"),
        BotUttered("Where?", {"buttons": []}),
    ],
    [SlotSet("age", 40.0), Restarted()],
    [SlotSet("age", 40.0), AllSlotsReset(), ConversationPaused()],
    [UserUttered("x", {"name": "greet"}), ActiveLoop("form"), FollowupAction("action_assess")],
]


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """All that a tracker is."""
    everything = dict(vars(tracker))
    everything["slots"] = [vars(slot) for slot in tracker.slots.values()]
    everything["current"] = tracker.current_state(EventVerbosity.ALL)
    return everything


@pytest.mark.parametrize("events", EVENTS)
def test_a_copy_is_what_rasa_makes(events: list[Event], assistant: Assistant) -> None:
    tracker = DialogueStateTracker.from_events("x", events, assistant.agent.domain.slots, 100)
    tracker.model_id, tracker.sender_source = "m", "file"
    # This is all that Rasa's own method does.
    stock = tracker.travel_back_in_time(float("inf"))
    assert state(copied(tracker)) == state(stock)


def test_a_copy_goes_its_own_way(assistant: Assistant) -> None:
    tracker = DialogueStateTracker.from_events("x", EVENTS[2], assistant.agent.domain.slots)
    before = state(tracker)
    other = copied(tracker)
    for event in (SlotSet("age", 1.0), ActiveLoop("form"), Restarted()):
        other.update(event)
    assert state(tracker) == before
    assert len(other.events) == len(tracker.events) + 3


def test_a_copy_knows_what_was_said_before_the_events_it_keeps(assistant: Assistant) -> None:
    tracker = DialogueStateTracker.from_events("x", EVENTS[2], assistant.agent.domain.slots, 2)
    assert copied(tracker).events == tracker.events
    assert copied(tracker).current_slot_values() == tracker.current_slot_values()
    assert tracker.get_slot("age") == 40.0


def test_a_tracker_for_any_slot_is_copied() -> None:
    tracker = DialogueStateTracker.from_events("x", EVENTS[2])
    assert state(copied(tracker)) == state(tracker.travel_back_in_time(float("inf")))


def test_a_slot_is_copied_as_python_does(assistant: Assistant) -> None:
    slot = next(slot for slot in assistant.agent.domain.slots if slot.name == "age")
    made, theirs = twin(slot), object.__new__(type(slot))
    theirs.__dict__.update(slot.__dict__)
    assert type(made) is type(slot)
    assert vars(made) == vars(theirs) == vars(copy.copy(slot))
    assert made is not slot
    made.value = 3.0
    assert slot.value != 3.0
    assert not any("__slots__" in vars(kind) for kind in [Slot, *all_subclasses(Slot)])
