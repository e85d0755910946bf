"""`kneewise serve` with a small coach of the tests' own, so that they rest on reminders alone.

Who says "hi" is reminded in some seconds, who says "thanks" is reminded of nothing any more. All
else is real: the channels, the store, Rasa's processor, the events that an action returns.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rasa_sdk.events import SlotSet

from actions import reminders as events
from actions import turn
from kneewise import cli, reminding
from kneewise.coach.clock import UTC, Quiet
from kneewise.coach.reminders import (
    Reminder,
    add,
    as_data,
    cancel,
    fresh_id,
    from_data,
    settle,
)
from kneewise.replies import Reply

SOON = float(os.environ.get("COACHED_SOON", "3"))
SLOW = float(os.environ.get("COACHED_SLOW", "0"))
"""Seconds until a reminder, and that it takes to say it."""
SLOT = "progress"
"""A slot that holds anything."""
INTENT = "help"
"""Stands for the intent of a reminder: every model has a rule for it."""


def take_turn(_: Any, dispatcher: Any, tracker: Any) -> list[dict[str, Any]]:
    """Set, cancel, or tell."""
    message = tracker.latest_message
    before = from_data((tracker.get_slot(SLOT) or {}).get("reminders"))
    now = events.moment(message)
    after, said = before, ["you said something"]
    if events.is_due(message):
        time.sleep(SLOW)
        told, after = settle(before, now, UTC, Quiet(now.time(), now.time()))
        said = [f"time for {reminder.what}" for reminder in told]
    elif (message.get("intent") or {}).get("name") == "greet":
        after = add(before, Reminder(fresh_id(), "ice", now + timedelta(seconds=SOON)))
    elif (message.get("intent") or {}).get("name") == "thank":
        after = cancel(before)
    for text in said:
        dispatcher.utter_message(**Reply(text, "ice").as_message())
    slot = {"reminders": as_data(after)}
    return [SlotSet(SLOT, slot), *events.turn_events(before, after)]


reminding.INTENT = events.INTENT = INTENT  # type: ignore[misc]
turn.TurnAction.take_turn = take_turn  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.argv[1:] = ["serve"]
    sys.exit(cli.main())
