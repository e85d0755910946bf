"""Where conversations are kept, and how one is forgotten for good."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, ensure_schema_exists
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session

from kneewise.privacy import FORGET

DATABASE = "kneewise.db"


def wants_forgetting(tracker: DialogueStateTracker) -> bool:
    """True if the conversation asked, in its latest turn, to be erased."""
    return any(isinstance(event, SlotSet) and event.key == FORGET for event in tracker.events)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, which erases a conversation when it asks for it.

    The setting `KNEEWISE_DB` names another database than endpoints.yml does.
    """

    def __init__(self, domain: Domain | None = None, db: str = DATABASE, **kwargs: Any) -> None:
        super().__init__(domain, db=os.environ.get("KNEEWISE_DB") or db, **kwargs)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _overwrite_deleted)

    @contextmanager
    def session_scope(self) -> Iterator[Session]:
        """A session of the database.

        Rasa's own ends the whole process at any ValueError, for which one damaged row is enough.
        """
        session = self.sessionmaker()
        try:
            ensure_schema_exists(session)
            yield session
        finally:
            session.close()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in the conversation, or delete all of it."""
        if not wants_forgetting(tracker):
            await super().save(tracker)
            return
        with self.session_scope() as session:
            rows = sa.delete(self.SQLEvent).where(self.SQLEvent.sender_id == tracker.sender_id)
            session.execute(rows)
            session.commit()


def _overwrite_deleted(connection: Any, _record: Any) -> None:
    """Have SQLite overwrite what is deleted, so that the words are gone from the file too."""
    connection.execute("PRAGMA secure_delete = ON")


class MemoryStore(InMemoryTrackerStore):
    """The same for conversations that are kept in memory, as in tests and in the shell."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation, or drop it."""
        if wants_forgetting(tracker):
            self.store.pop(tracker.sender_id, None)
        else:
            await super().save(tracker)
