"""The latest turns of a conversation as a tracker, and how they are kept ready.

A turn reads only these: a tracker begins with the slots as they were some turns ago. The rules
look at one turn and the actions at slots, so the replies are the same, and the thousandth turn
costs what the tenth does.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rasa.shared.core.events import (
    ActionExecuted,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.rows import Found, Move

FEWEST, MOST = 5, 10
"""Turns that a tracker holds: when there are more than `MOST`, the latest `FEWEST` stay."""
LIVE = 200
LIVE_SECONDS = 15 * 60
"""How many trackers are kept ready, and for how long after their last turn."""


class WindowTracker(DialogueStateTracker):
    """A tracker of the latest turns of a conversation.

    `version` is how many events the conversation has in the database, `said` when the latest of
    them was, `begun` how many of the tracker's own stand for what came before, and `stored` how
    many of them need not be stored.
    """

    version = 0
    said = 0.0
    begun = 0
    stored = 0
    used = 0.0

    @property
    def unstored(self) -> list[Event]:
        """The events that are new."""
        return list(islice(self.events, self.stored, None))


@dataclass
class Live:
    """Trackers of the latest conversations, ready for their next turn."""

    most: int = LIVE
    seconds: float = LIVE_SECONDS
    _trackers: OrderedDict[str, WindowTracker] = field(default_factory=OrderedDict)

    def take(self, conversation: str) -> WindowTracker | None:
        """Take a tracker out: a turn that fails may leave anything in it."""
        return self._trackers.pop(conversation, None)

    def version(self, conversation: str) -> int | None:
        """The version of a tracker that is kept."""
        tracker = self._trackers.get(conversation)
        return tracker.version if tracker else None

    def put(self, tracker: WindowTracker) -> None:
        """Keep a tracker, and no more than so many, none for longer than so many seconds."""
        tracker.used = time.monotonic()
        self._trackers[tracker.sender_id] = tracker
        oldest = next(iter(self._trackers.values()))
        while len(self._trackers) > self.most or tracker.used - oldest.used > self.seconds:
            self._trackers.popitem(last=False)
            oldest = next(iter(self._trackers.values()))

    def clear(self) -> None:
        """Let all go."""
        self._trackers.clear()


def fill(tracker: WindowTracker, found: Found) -> WindowTracker:
    """Fill a blank tracker: a session with the slots of before, and the turns that were found."""
    events = deserialise_events([json.loads(data) for data in found.events or ()])
    slots: Mapping[str, Any] = json.loads(found.slots)
    at = events[0].timestamp if events else None
    before = _session(slots, at) if slots else []
    replay(tracker, [*before, *events])
    tracker.version, tracker.said, tracker.begun = found.version, found.said, len(before)
    tracker.stored = len(tracker.events)
    return tracker


def move_of(tracker: WindowTracker, blank: Callable[[], WindowTracker]) -> Move | None:
    """Where the window of a tracker is to begin anew, if it is."""
    events = list(tracker.events)
    starts = [at for at, event in enumerate(events) if isinstance(event, SessionStarted)]
    # The first session of all begins with the first event, and nothing is before that.
    if starts and starts[-1] >= max(tracker.stored, 2):
        return Move(starts[-1] - tracker.begun, "{}")
    turns = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST:
        return None
    cut = turns[-FEWEST]
    past = blank()
    replay(past, events[:cut])
    slots = {k: v for k, v in past.current_slot_values().items() if v is not None}
    return Move(cut - tracker.begun, json.dumps(slots))


def replay(tracker: DialogueStateTracker, events: Sequence[Event]) -> None:
    """Let events happen to a tracker."""
    for event in events:
        tracker.update(event)


def _session(slots: Mapping[str, Any], at: float | None) -> list[Event]:
    """How Rasa begins a session in which some slots are carried over."""
    return [
        ActionExecuted("action_session_start", timestamp=at),
        SessionStarted(timestamp=at),
        *(SlotSet(slot, value, timestamp=at) for slot, value in slots.items()),
        ActionExecuted("action_listen", timestamp=at),
    ]
