"""Where conversations are kept, and how one is forgotten for good.

Every event is kept, but a turn reads only the latest: a tracker begins with the slots as they were
some turns ago. The rules look at one turn and the actions at slots, so the replies are the same,
and the thousandth turn costs what the tenth does.
"""

from __future__ import annotations

import json
import os
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import partial
from itertools import islice
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise import rows
from kneewise.database import MEMORY, SETTING, Database
from kneewise.migrate import migrate
from kneewise.privacy import FORGET
from kneewise.rows import Conflict, Found, Move

__all__ = ["Conflict", "ConversationStore", "MemoryStore", "wants_forgetting"]

DATABASE = "kneewise.db"
FEWEST, MOST = 5, 10
"""Turns that a tracker holds: when there are more than `MOST`, the latest `FEWEST` stay."""
LIVE = 200
LIVE_SECONDS = 15 * 60
"""How many trackers are kept ready, and for how long after their last turn."""


def wants_forgetting(tracker: DialogueStateTracker) -> bool:
    """True if the conversation asked, in its latest turn, to be erased."""
    return any(isinstance(event, SlotSet) and event.key == FORGET for event in tracker.events)


class WindowTracker(DialogueStateTracker):
    """A tracker of the latest turns of a conversation.

    `version` is how many events the conversation has in the database, `begun` how many of the
    tracker's own stand for what came before, and `stored` how many of them need not be stored.
    """

    version = 0
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


class ConversationStore(TrackerStore):
    """Rasa's store of trackers, on SQLite or PostgreSQL; it keeps feedback too.

    The setting `KNEEWISE_DB` names another database than endpoints.yml does.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        db: str = DATABASE,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """Open the database, and bring it to the tables of this version.

        Raises:
            WrongDatabase: it cannot be used.
        """
        super().__init__(domain, event_broker, **kwargs)
        self.database = Database(self._named(db))
        self.live = Live()
        migrate(self.database)

    @staticmethod
    def _named(db: str) -> str:
        return os.environ.get(SETTING) or db

    async def ping(self) -> None:
        """Raise what the database raises, if it does not answer."""
        await self.database.read(rows.ping)

    async def exists(self, conversation_id: str) -> bool:
        """True if something was said in a conversation."""
        return await self.database.read(partial(rows.find, conversation_id, None)) is not None

    async def keys(self) -> list[str]:
        """The ids of all conversations."""
        return await self.database.read(rows.conversations)

    async def retrieve(self, sender_id: str) -> WindowTracker | None:
        """The latest turns of a conversation."""
        live = self.live.take(sender_id)
        version = live.version if live else None
        found = await self.database.read(partial(rows.find, sender_id, version))
        if found is None:
            return None
        return live if live and found.events is None else self._tracker(sender_id, found)

    async def look(self, conversation: str) -> WindowTracker | None:
        """The same for who only reads: the tracker stays ready for the next turn."""
        tracker = await self.retrieve(conversation)
        if tracker is not None:
            self.live.put(tracker)
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """All turns of a conversation, for Rasa's own tools."""
        data = await self.database.read(partial(rows.all_events, conversation_id))
        events = deserialise_events([json.loads(one) for one in data])
        tracker = self._blank(conversation_id)
        _replay(tracker, events)
        return tracker if events else None

    async def latest(
        self, conversation: str, turns: int, known: int | None = None
    ) -> tuple[int, list[Event] | None]:
        """What was said lately, by both sides: events of so many turns at most.

        Returns: the version of the conversation, and the events; None if it is the version known.
        """
        version, data = await self.database.read(partial(rows.said, conversation, turns, known))
        if data is None:
            return version, None
        return version, deserialise_events([json.loads(one) for one in data])

    def version_of(self, conversation: str) -> int | None:
        """The version of a conversation, if its tracker is at hand."""
        return self.live.version(conversation)

    @property
    def shared(self) -> bool:
        """True if other processes may store something too."""
        return self.database.shared

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in the conversation, or delete all of it.

        Raises:
            Conflict: another process has stored something in it meanwhile.
        """
        if wants_forgetting(tracker):
            await self.forget(tracker.sender_id)
            return
        kept = tracker if isinstance(tracker, WindowTracker) else None
        new = kept.unstored if kept else list(tracker.events)
        if not new:
            return
        version = kept.version if kept else 0
        move = self._move(kept) if kept else None
        work = partial(rows.append, tracker.sender_id, version, _as_rows(tracker, new), move)
        await self.database.write(work)
        if kept:
            kept.version, kept.stored = version + len(new), len(kept.events)
            if move is None:
                self.live.put(kept)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)

    async def forget(self, conversation: str) -> None:
        """Delete all of a conversation for good."""
        self.live.take(conversation)
        await self.database.write(partial(rows.delete, [conversation]))
        await self.database.tidy()

    async def erase_older_than(self, when: float) -> int:
        """Delete the conversations in which nothing was said since then (seconds since 1970).

        Returns: how many they were.
        """
        erased = await self.database.write(partial(rows.delete_older, when))
        if erased:
            self.live.clear()
            await self.database.tidy()
        return erased

    async def keep_feedback(self, topic: str, value: str) -> None:
        """Keep whether an answer on a topic helped."""
        await self.database.write(partial(rows.add_feedback, _today(), topic, value))

    def init_tracker(self, sender_id: str) -> WindowTracker:
        """A tracker of a conversation that has not begun."""
        return self._blank(sender_id)

    def _blank(self, sender_id: str) -> WindowTracker:
        return WindowTracker(sender_id, self.domain.slots)

    def _tracker(self, conversation: str, found: Found) -> WindowTracker:
        """The tracker of what was found: a session with the slots of before, then the turns."""
        tracker = self._blank(conversation)
        events = deserialise_events([json.loads(data) for data in found.events or ()])
        slots: Mapping[str, Any] = json.loads(found.slots)
        at = events[0].timestamp if events else None
        before = _session(slots, at) if slots else []
        _replay(tracker, [*before, *events])
        tracker.version, tracker.begun = found.version, len(before)
        tracker.stored = len(tracker.events)
        return tracker

    def _move(self, tracker: WindowTracker) -> Move | None:
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
        past = self._blank(tracker.sender_id)
        _replay(past, events[:cut])
        slots = {k: v for k, v in past.current_slot_values().items() if v is not None}
        return Move(cut - tracker.begun, json.dumps(slots))


class MemoryStore(ConversationStore):
    """The same for conversations that are kept in memory, as in tests and in the shell."""

    def __init__(self, domain: Domain | None = None, **kwargs: Any) -> None:
        super().__init__(domain, MEMORY, **kwargs)

    @staticmethod
    def _named(db: str) -> str:
        return db


def _replay(tracker: DialogueStateTracker, events: Sequence[Event]) -> None:
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


def _as_rows(tracker: DialogueStateTracker, new: Sequence[Event]) -> list[dict[str, Any]]:
    """The rows of events, as Rasa's own store writes them."""
    found = []
    for event in new:
        data = event.as_dict()
        found.append(
            {
                "sender_id": tracker.sender_id,
                "type_name": event.type_name,
                "timestamp": event.timestamp,
                "intent_name": (data.get("parse_data") or {}).get("intent", {}).get("name"),
                "action_name": data.get("name"),
                "data": json.dumps(data),
            }
        )
    return found


def _today() -> date:
    """The day in UTC: an hour could tell whose feedback it was."""
    return datetime.now(timezone.utc).date()
