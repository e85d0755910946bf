"""Where conversations are kept, and how one is forgotten for good.

Every event is kept, but a turn reads only the latest (`kneewise.window`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from functools import partial
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    Event,
    SlotSet,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from kneewise import reminder_rows, reminding, rows, watching
from kneewise.database import MEMORY, SETTING, Database
from kneewise.migrate import migrate
from kneewise.privacy import FORGET
from kneewise.reminder_rows import Changes
from kneewise.rows import Conflict
from kneewise.window import Live, WindowTracker, fill, move_of, replay

__all__ = ["Conflict", "ConversationStore", "MemoryStore", "wants_forgetting"]

DATABASE = "kneewise.db"


def wants_forgetting(tracker: DialogueStateTracker) -> bool:
    """True if the conversation asked, in its latest turn, to be erased."""
    return any(isinstance(event, SlotSet) and event.key == FORGET for event in tracker.events)


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
        self._rescheduled: set[str] = set()
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
        known = (live.version, live.said) if live else None
        found = await self.database.read(partial(rows.find, sender_id, known))
        if found is None:
            return None
        return live if live and found.events is None else fill(self._blank(sender_id), found)

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
        replay(tracker, events)
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
        move = move_of(kept, partial(self._blank, tracker.sender_id)) if kept else None
        # A reminder that nobody answers must not keep a conversation for ever.
        spoke = kept.said if kept and reminding.nobody_spoke(new) else None
        data = _as_rows(tracker, new)
        append = partial(rows.append, tracker.sender_id, version, data, move, said=spoke)
        changes = reminding.changes_of(tracker.sender_id, new, tracker.latest_message)
        if watching.has_failed():  # what was due then comes again
            changes = replace(changes, settled=None)
        said = await self.database.write(partial(_turn, append, changes))
        if changes.pulled:
            self._rescheduled.add(tracker.sender_id)
        if kept:
            kept.version, kept.said = version + len(new), said
            kept.stored = len(kept.events)
            if move is None:
                self.live.put(kept)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)

    async def next_reminder(self, conversation: str) -> tuple[float, float | None]:
        """What time it is, and when a conversation is next to be reminded (seconds since 1970)."""
        return await self.database.read(partial(reminder_rows.next_of, conversation))

    async def reminder_due(self, conversation: str) -> float | None:
        """What time it is by the database, if a reminder is due (seconds since 1970); else None."""
        return await self.database.read(partial(reminder_rows.due_now, conversation))

    def rescheduled(self, conversation: str) -> bool:
        """True, once, if a turn has changed when the next reminder is that a page asks for."""
        found = conversation in self._rescheduled
        self._rescheduled.discard(conversation)
        return found

    async def forget(self, conversation: str) -> None:
        """Delete all of a conversation for good."""
        self.live.take(conversation)
        await self.database.write(partial(rows.delete, [conversation]))
        await self.database.tidy_in_time()

    async def erase_older_than(self, when: float) -> int:
        """Delete the conversations in which nothing was said since then (seconds since 1970).

        Returns: how many they were.
        """
        erased = await self.database.write(partial(rows.delete_older, when))
        if erased:
            self.live.clear()
            await self.database.tidy_in_time()
        return erased

    async def keep_feedback(self, topic: str, value: str) -> None:
        """Keep whether an answer on a topic helped."""
        await self.database.write(partial(rows.add_feedback, _today(), topic, value))

    def init_tracker(self, sender_id: str) -> WindowTracker:
        """A tracker of a conversation that has not begun."""
        return self._blank(sender_id)

    def _blank(self, sender_id: str) -> WindowTracker:
        return WindowTracker(sender_id, self.domain.slots)


class MemoryStore(ConversationStore):
    """The same for conversations that are kept in memory, as in tests and in the shell."""

    def __init__(self, domain: Domain | None = None, **kwargs: Any) -> None:
        super().__init__(domain, MEMORY, **kwargs)

    @staticmethod
    def _named(db: str) -> str:
        return db


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


def _turn(append: Callable[[Connection], float], changes: Changes, connection: Connection) -> float:
    """Store a turn, and when to remind: both or neither."""
    said = append(connection)
    reminder_rows.keep(changes, connection)
    return said


def _today() -> date:
    """The day in UTC: an hour could tell whose feedback it was."""
    return datetime.now(timezone.utc).date()
