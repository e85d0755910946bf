"""What is asked of the database about reminders. All clocks are the database's, where it has one.

A row is claimed in the transaction that takes it on, so one process does. A row that was claimed
comes again in an hour, unless its turn was stored: that one moves it, or takes it away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from kneewise.database import inserting
from kneewise.tables import reminders

CLAIMED = 600.0
"""Seconds after which a reminder whose turn failed comes again: soon enough for an ice timer."""
MOST = 100
"""Reminders that are taken on at a time."""
_mine = reminders.c


@dataclass(frozen=True)
class Due:
    """A reminder whose time, in seconds since 1970, has come."""

    conversation: str
    name: str
    at: float
    claimed: float
    address: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The name of the message that it becomes; another one if it comes again."""
        return f"reminder:{self.conversation}:{self.name}:{self.at:.0f}:{self.claimed:.0f}"


@dataclass(frozen=True)
class Changes:
    """What a turn changes in the reminders of its conversation.

    `settled`: what was due by then has had its turn. `steps`: the name of a reminder, and its new
    time or None; a name that is None stands for all.
    """

    conversation: str
    channel: str
    address: Mapping[str, Any] | None
    settled: float | None
    steps: tuple[tuple[str | None, float | None], ...]

    @property
    def pulled(self) -> bool:
        """True if something changes for somebody who asks for it, and is not sent it."""
        return self.address == {} and (self.settled is not None or bool(self.steps))


def keep(changes: Changes, connection: Connection) -> None:
    """Write what a turn changed. Without an address nobody could be reminded: nothing is kept."""
    own = _mine.conversation == changes.conversation
    if changes.settled is not None:
        connection.execute(sa.delete(reminders).where(own, _mine.at <= changes.settled))
    for name, at in changes.steps:
        if at is None:
            which = own if name is None else own & (_mine.name == name)
            connection.execute(sa.delete(reminders).where(which))
        elif changes.address is not None:
            _put(changes, name, at, connection)


def _put(changes: Changes, name: str | None, at: float, connection: Connection) -> None:
    address = json.dumps(dict(changes.address or {}))
    key = {"conversation": changes.conversation, "name": name}
    row = {"at": at, "claimed": 0.0, "channel": changes.channel, "address": address}
    put = inserting(reminders, connection).values(**key, **row)
    connection.execute(put.on_conflict_do_update(index_elements=list(key), set_=row))


def erase(conversations: Iterable[str], connection: Connection) -> None:
    """Remind nobody of these conversations any more."""
    ids = list(conversations)
    connection.execute(sa.delete(reminders).where(_mine.conversation.in_(ids)))


def due(channel: str, connection: Connection) -> list[Due]:
    """What is due in a channel and not claimed, the earliest first, so many at most."""
    now = _now(connection)
    which = (_mine.channel == channel, _mine.at <= now, _mine.claimed <= now - CLAIMED)
    wanted = sa.select(reminders).where(*which).order_by(_mine.at).limit(MOST)
    rows = connection.execute(wanted)
    return [Due(r.conversation, r.name, r.at, r.claimed, json.loads(r.address)) for r in rows]


def claim(one: Due, connection: Connection) -> bool:
    """Take a reminder, to be told by who did; false if it was moved, cancelled, or taken before."""
    unchanged = (_mine.conversation == one.conversation, _mine.name == one.name)
    same_time = (_mine.at == one.at, _mine.claimed == one.claimed)
    taken = sa.update(reminders).where(*unchanged, *same_time).values(claimed=_now(connection))
    return bool(connection.execute(taken).rowcount == 1)


def due_now(conversation: str, connection: Connection) -> float | None:
    """What time it is, if a reminder of a conversation is due; else None."""
    now, at = next_of(conversation, connection)
    return now if at is not None and at <= now else None


def next_of(conversation: str, connection: Connection) -> tuple[float, float | None]:
    """What time it is, and when the next reminder of a conversation is due, if there is one."""
    own = _mine.conversation == conversation
    at = connection.execute(sa.select(sa.func.min(_mine.at)).where(own)).scalar()
    return _now(connection), at


def _now(connection: Connection) -> float:
    if connection.dialect.name != "postgresql":
        return time.time()
    now = sa.extract("epoch", sa.func.clock_timestamp())
    return float(connection.execute(sa.select(now)).scalar_one())
