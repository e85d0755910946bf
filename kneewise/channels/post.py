"""What a messenger handed over, and what is to be handed back: kept so that a crash loses nothing.

A message is accepted once, whatever the platform repeats, and acknowledged only when it is stored.
Its words are kept until it is answered, its answers until they are delivered; what stays then, for
a day, is the mark that the message was there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from kneewise.privacy import where

logger = logging.getLogger(__name__)

REMEMBERED = 24 * 3600
"""Seconds after which a platform repeats nothing any more; Telegram and Slack stop within a day."""

_NUMBERED_ONCE = {"sqlite_autoincrement": True}
"""No number is used twice: while one message is under way it may be dropped, and another stored."""


class Accepted(SQLTrackerStore.Base):
    """A message that was taken on. Once it is answered, only the mark is left."""

    __tablename__ = "accepted"
    __table_args__ = _NUMBERED_ONCE

    id = sa.Column(sa.Integer, primary_key=True)
    mark = sa.Column(sa.String(64), nullable=False, unique=True)
    at = sa.Column(sa.Float, nullable=False)
    channel = sa.Column(sa.String(32), nullable=False)
    conversation = sa.Column(sa.String(255))
    body = sa.Column(sa.Text)


class Due(SQLTrackerStore.Base):
    """An answer that is still to be delivered."""

    __tablename__ = "due"
    __table_args__ = _NUMBERED_ONCE

    id = sa.Column(sa.Integer, primary_key=True)
    at = sa.Column(sa.Float, nullable=False)
    channel = sa.Column(sa.String(32), nullable=False)
    conversation = sa.Column(sa.String(255), nullable=False)
    urgent = sa.Column(sa.Boolean, nullable=False)
    address = sa.Column(sa.Text, nullable=False)
    message = sa.Column(sa.Text, nullable=False)


@dataclass(frozen=True)
class Letter:
    """A message of somebody, to be answered. `key` is the platform's own name for it."""

    id: int
    conversation: str
    key: str
    address: Mapping[str, Any]
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Parcel:
    """A bot message, to be delivered. `at` is when it was made, in seconds since 1970.

    `id` is of this message alone, for as long as the database lives.
    """

    id: int
    at: float
    urgent: bool
    address: Mapping[str, Any]
    message: Mapping[str, Any]


class PostOffice:
    """The post of one channel, in the database of the conversations."""

    def __init__(self, channel: str, store: Any) -> None:
        self._channel = channel
        self._scope = _scope(store)

    def accept(
        self, key: str, conversation: str, address: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Letter | None:
        """Take a message on; None if it was taken on before."""
        body = json.dumps({"key": key, "address": dict(address), "said": dict(said)})
        row = Accepted(
            mark=_mark(self._channel, key),
            at=time.time(),
            channel=self._channel,
            conversation=conversation,
            body=body,
        )
        with self._scope() as session:
            session.add(row)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                return None
            return _letter(row)

    def pending(self) -> list[Letter]:
        """The messages that were taken on and not answered, oldest first."""
        with self._scope() as session:
            rows = session.query(Accepted).filter(
                Accepted.channel == self._channel, Accepted.body.isnot(None)
            )
            return [_letter(row) for row in rows.order_by(Accepted.id)]

    def answered(self, letter: Letter, messages: Sequence[tuple[Mapping[str, Any], bool]]) -> None:
        """Keep the answers to a message, each with whether it is urgent, instead of its words."""
        with self._scope() as session:
            for message, urgent in messages:
                session.add(
                    Due(
                        at=time.time(),
                        channel=self._channel,
                        conversation=letter.conversation,
                        urgent=urgent,
                        address=json.dumps(dict(letter.address)),
                        message=json.dumps(dict(message)),
                    )
                )
            gone = sa.update(Accepted).where(Accepted.id == letter.id)
            session.execute(gone.values(body=None, conversation=None))
            session.commit()

    def waiting(self) -> list[str]:
        """The conversations for which something is to be delivered."""
        with self._scope() as session:
            rows = session.query(Due.conversation).filter(Due.channel == self._channel)
            return [row[0] for row in rows.distinct()]

    def next_for(self, conversation: str) -> Parcel | None:
        """What is to be delivered next to a conversation: a warning first, else the oldest."""
        with self._scope() as session:
            rows = session.query(Due).filter(
                Due.channel == self._channel, Due.conversation == conversation
            )
            for row in rows.order_by(Due.urgent.desc(), Due.id):
                if parcel := _parcel(row):
                    return parcel
                # It can never be delivered, and must not hold up what comes after it.
                session.delete(row)
                session.commit()
            return None

    def done(self, parcel: Parcel) -> None:
        """Forget a message that was delivered, or cannot be."""
        with self._scope() as session:
            session.execute(sa.delete(Due).where(Due.id == parcel.id))
            session.commit()

    def drop(self, conversation: str) -> None:
        """Forget what was to be delivered to a conversation that is forgotten."""
        mine = (Due.channel == self._channel) & (Due.conversation == conversation)
        with self._scope() as session:
            session.execute(sa.delete(Due).where(mine))
            session.commit()

    def sweep(self, before: float) -> None:
        """Forget the marks of messages that were answered before a time (seconds since 1970)."""
        with self._scope() as session:
            old = sa.delete(Accepted).where(Accepted.body.is_(None), Accepted.at < before)
            session.execute(old)
            session.commit()


def erase_post_older_than(store: Any, when: float) -> None:
    """Erase what waits in any channel since before a time (seconds since 1970).

    A channel that was switched off would keep people's words for ever.
    """
    with _scope(store)() as session:
        session.execute(sa.delete(Due).where(Due.at < when))
        session.execute(sa.delete(Accepted).where(Accepted.at < when))
        session.commit()


def _mark(channel: str, key: str) -> str:
    """What is left of a message: a number that says nothing about it."""
    return hashlib.sha256(f"{channel} {key}".encode("utf-8", "replace")).hexdigest()


def _parcel(row: Due) -> Parcel | None:
    """What is to be delivered; None if the row is damaged."""
    try:
        address, message = json.loads(row.address), json.loads(row.message)
    except ValueError as error:
        logger.error("damaged post dropped: error=%s", where(error))
        return None
    return Parcel(row.id, row.at, row.urgent, address, message)


def _letter(row: Accepted) -> Letter:
    body = json.loads(row.body)
    return Letter(row.id, row.conversation, body["key"], body["address"], body["said"])


def _scope(store: Any) -> Callable[[], AbstractContextManager[Session]]:
    """Sessions of the store's database; of one in memory if it has none."""
    if hasattr(store, "session_scope"):
        scope: Callable[[], AbstractContextManager[Session]] = store.session_scope
        return scope
    engine = sa.create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    SQLTrackerStore.Base.metadata.create_all(engine)
    make = sessionmaker(bind=engine)
    return lambda: closing(make())
