"""Where conversations are kept, and how one is forgotten for good."""

from __future__ import annotations

import sqlalchemy as sa
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.privacy import FORGET


def wants_forgetting(tracker: DialogueStateTracker) -> bool:
    """True if the conversation asked, in its latest turn, to be erased."""
    return any(
        isinstance(event, SlotSet) and event.key == FORGET for event in tracker.events
    )


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, which erases a conversation when it asks for it."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in the conversation, or delete all of it."""
        if not wants_forgetting(tracker):
            await super().save(tracker)
            return
        with self.session_scope() as session:
            rows = sa.delete(self.SQLEvent).where(
                self.SQLEvent.sender_id == tracker.sender_id
            )
            session.execute(rows)
            session.commit()


class MemoryStore(InMemoryTrackerStore):
    """The same for conversations that are kept in memory, as in tests and in the shell."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation, or drop it."""
        if wants_forgetting(tracker):
            self.store.pop(tracker.sender_id, None)
        else:
            await super().save(tracker)
