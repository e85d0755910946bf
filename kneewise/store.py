"""Where conversations are kept, and how one is forgotten for good."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
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


class Feedback(SQLTrackerStore.Base):
    """Whether an answer helped: what it was about, and the day. Nothing tells who thought so."""

    __tablename__ = "feedback"

    id = sa.Column(sa.Integer, primary_key=True)
    at = sa.Column(sa.Date, nullable=False)
    topic = sa.Column(sa.String(255), nullable=False)
    value = sa.Column(sa.String(255), nullable=False)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, which erases a conversation when it asks for it, and keeps feedback.

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
        await self.forget(tracker.sender_id)

    async def forget(self, conversation: str) -> None:
        """Delete all of a conversation for good."""
        with self.session_scope() as session:
            rows = sa.delete(self.SQLEvent).where(self.SQLEvent.sender_id == conversation)
            session.execute(rows)
            session.commit()

    async def erase_older_than(self, when: float) -> int:
        """Delete the conversations in which nothing was said since then (seconds since 1970).

        Returns: how many they were.
        """
        event = self.SQLEvent
        with self.session_scope() as session:
            last = sa.func.max(event.timestamp)
            grouped = sa.select(event.sender_id).group_by(event.sender_id).having(last < when)
            old = [row[0] for row in session.execute(grouped)]
            for conversation in old:
                session.execute(sa.delete(event).where(event.sender_id == conversation))
            session.commit()
        return len(old)

    async def keep_feedback(self, topic: str, value: str) -> None:
        """Keep whether an answer on a topic helped."""
        with self.session_scope() as session:
            session.add(Feedback(at=_today(), topic=topic, value=value))
            session.commit()


def _today() -> date:
    """The day in UTC: an hour could tell whose feedback it was."""
    return datetime.now(timezone.utc).date()


def _overwrite_deleted(connection: Any, _record: Any) -> None:
    """Have SQLite overwrite what is deleted, so that the words are gone from the file too."""
    connection.execute("PRAGMA secure_delete = ON")


class MemoryStore(InMemoryTrackerStore):
    """The same for conversations that are kept in memory, as in tests and in the shell."""

    def __init__(self, domain: Domain, **kwargs: Any) -> None:
        super().__init__(domain, **kwargs)
        self.feedback: list[tuple[date, str, str]] = []

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation, or drop it."""
        if wants_forgetting(tracker):
            await self.forget(tracker.sender_id)
        else:
            await super().save(tracker)

    async def forget(self, conversation: str) -> None:
        """Drop all of a conversation."""
        self.store.pop(conversation, None)

    async def erase_older_than(self, when: float) -> int:
        """Drop the conversations in which nothing was said since then (seconds since 1970)."""
        last = {
            key: max((event["timestamp"] or 0 for event in json.loads(text)["events"]), default=0)
            for key, text in self.store.items()
        }
        old = [key for key, said in last.items() if said < when]
        for key in old:
            del self.store[key]
        return len(old)

    async def keep_feedback(self, topic: str, value: str) -> None:
        """Keep whether an answer on a topic helped."""
        self.feedback.append((_today(), topic, value))
