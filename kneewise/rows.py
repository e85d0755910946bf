"""What is asked of the database about conversations; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from kneewise import reminder_rows
from kneewise.database import inserting
from kneewise.tables import conversations as heads
from kneewise.tables import events, feedback

ROWS_A_TURN = 8
"""Rows of what was said that one turn has at most, and somewhat more."""


class Conflict(RuntimeError):
    """Another process has stored something in the same conversation meanwhile."""


@dataclass(frozen=True)
class Found:
    """A conversation: its version, and the events of its window if that is not the one known.

    `said` is when something was last said, in seconds since 1970: a conversation that was erased
    and begun anew may have as many events as the old one had.
    """

    version: int
    said: float
    slots: str
    events: list[str] | None


@dataclass(frozen=True)
class Move:
    """Where a window begins anew: after so many events of the old one, with these slots."""

    skip: int
    slots: str


def ping(connection: Connection) -> None:
    """Nothing, if the tables are there."""
    connection.execute(sa.select(heads.c.id).limit(1)).first()


def conversations(connection: Connection) -> list[str]:
    """The ids of all conversations."""
    return list(connection.execute(sa.select(heads.c.id)).scalars())


def find(
    conversation: str, known: tuple[int, float] | None, connection: Connection
) -> Found | None:
    """The window of a conversation; without events if its version, and when it is of, are known."""
    row = connection.execute(sa.select(heads).where(heads.c.id == conversation)).first()
    if row is None:
        return None
    if (row.events, row.said) == known:
        return Found(row.events, row.said, row.slots, None)
    mine = (events.c.sender_id == conversation) & (events.c.id >= row.since)
    wanted = sa.select(events.c.data).where(mine).order_by(events.c.id)
    return Found(row.events, row.said, row.slots, list(connection.execute(wanted).scalars()))


def all_events(conversation: str, connection: Connection) -> list[str]:
    """All events of a conversation."""
    wanted = sa.select(events.c.data).where(events.c.sender_id == conversation)
    return list(connection.execute(wanted.order_by(events.c.id)).scalars())


def said(
    conversation: str, turns: int, known: int | None, connection: Connection
) -> tuple[int, list[str] | None]:
    """The version of a conversation, and its latest messages of both sides, oldest first.

    None instead of the messages if the version is the known one.
    """
    head = sa.select(heads.c.events).where(heads.c.id == conversation)
    version = connection.execute(head).scalar() or 0
    if version == known:
        return version, None
    mine = (events.c.sender_id == conversation) & events.c.type_name.in_(("user", "bot"))
    wanted = sa.select(events.c.data).where(mine).order_by(events.c.id.desc())
    found = list(connection.execute(wanted.limit(turns * ROWS_A_TURN)).scalars())
    return version, found[::-1]


def append(
    conversation: str,
    version: int,
    new: Sequence[Mapping[str, Any]],
    move: Move | None,
    connection: Connection,
    *,
    said: float | None = None,
) -> float:
    """Add events to a conversation that has so many.

    Args:
        said: when something was last said, if these events are nobody's words.

    Returns: when that is now, in seconds since 1970.

    Raises:
        Conflict: it has not.
    """
    said_at = said or max((row["timestamp"] or 0.0 for row in new), default=0.0)
    since = _head(conversation, version, len(new), said_at, connection)
    connection.execute(sa.insert(events), list(new))
    if move is None:
        return said_at
    mine = (events.c.sender_id == conversation) & (events.c.id >= since)
    first = sa.select(events.c.id).where(mine).order_by(events.c.id).offset(move.skip).limit(1)
    begin = connection.execute(first).scalar()
    moved = sa.update(heads).where(heads.c.id == conversation)
    connection.execute(moved.values(since=begin, slots=move.slots))
    return said_at


def _head(
    conversation: str, version: int, more: int, said_at: float, connection: Connection
) -> int:
    """Move the version of a conversation on; the first event of its window."""
    if version:
        mine = (heads.c.id == conversation) & (heads.c.events == version)
        moved = sa.update(heads).where(mine).values(events=version + more, said=said_at)
        if connection.execute(moved).rowcount != 1:
            raise Conflict
        known = sa.select(heads.c.since).where(heads.c.id == conversation)
        return int(connection.execute(known).scalar_one())
    row = {"id": conversation, "events": more, "since": 0, "slots": "{}", "said": said_at}
    begun = inserting(heads, connection).values(**row)
    if connection.execute(begun.on_conflict_do_nothing()).rowcount != 1:
        raise Conflict
    return 0


def delete(ids: Sequence[str], connection: Connection) -> None:
    """Delete conversations, and what they were to be reminded of."""
    reminder_rows.erase(ids, connection)
    connection.execute(sa.delete(events).where(events.c.sender_id.in_(ids)))
    connection.execute(sa.delete(heads).where(heads.c.id.in_(ids)))


def delete_older(when: float, connection: Connection) -> int:
    """Delete the conversations in which nothing was said since then; how many they were."""
    old = sa.select(heads.c.id).where(heads.c.said < when)
    ids = list(connection.execute(old).scalars())
    for at in range(0, len(ids), 500):  # a statement takes no more than some thousand values
        delete(ids[at : at + 500], connection)
    return len(ids)


def add_feedback(day: date, topic: str, value: str, connection: Connection) -> None:
    """Add one answer to "did this help?"."""
    connection.execute(sa.insert(feedback).values(at=day, topic=topic, value=value))
