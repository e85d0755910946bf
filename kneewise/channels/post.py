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
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from kneewise.database import MEMORY, Database, inserting
from kneewise.migrate import migrate
from kneewise.privacy import where
from kneewise.tables import accepted, due

REMEMBERED = 24 * 3600
"""Seconds after which a platform repeats nothing any more; Telegram and Slack stop within a day."""

logger = logging.getLogger(__name__)


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
        self.database = database_of(store)

    async def accept(
        self,
        key: str,
        conversation: str,
        address: Mapping[str, Any],
        said: Mapping[str, Any],
        claim: Callable[[Connection], bool] | None = None,
    ) -> Letter | None:
        """Take a message on; None if it was taken on before, or what it rests on is not there.

        `claim` takes that, in the same transaction, and tells whether it could.
        """
        body = {"key": key, "address": dict(address), "said": dict(said)}
        row = {
            "mark": _mark(self._channel, key),
            "at": time.time(),
            "channel": self._channel,
            "conversation": conversation,
            "body": json.dumps(body),
        }
        number = await self.database.write(partial(_add, row, claim))
        return None if number is None else Letter(number, conversation, key, address, said)

    async def pending(self, *, before: float | None = None) -> list[str]:
        """The conversations with messages that were not answered, the oldest message first."""
        mine = (accepted.c.channel == self._channel) & accepted.c.body.isnot(None)
        return await self.database.read(partial(_conversations, accepted, mine, before))

    async def first_for(self, conversation: str) -> Letter | None:
        """The oldest message of a conversation that was not answered."""
        mine = (accepted.c.channel == self._channel) & (accepted.c.conversation == conversation)
        wanted = sa.select(accepted).where(mine, accepted.c.body.isnot(None))
        while row := await self.database.read(partial(_first, wanted.order_by(accepted.c.id))):
            if letter := _letter(row):
                return letter
            # It can never be answered, and must not hold up what comes after it.
            await self.database.write(partial(_answered, row.id, ()))
        return None

    async def answered(
        self, letter: Letter, messages: Sequence[tuple[Mapping[str, Any], bool]]
    ) -> None:
        """Keep the answers to a message, each with whether it is urgent, instead of its words."""
        rows = [
            {
                "at": time.time(),
                "channel": self._channel,
                "conversation": letter.conversation,
                "urgent": urgent,
                "address": json.dumps(dict(letter.address)),
                "message": json.dumps(dict(message)),
            }
            for message, urgent in messages
        ]
        await self.database.write(partial(_answered, letter.id, rows))

    async def waiting(self, *, before: float | None = None) -> list[str]:
        """The conversations for which something is to be delivered."""
        mine = due.c.channel == self._channel
        return await self.database.read(partial(_conversations, due, mine, before))

    async def next_for(self, conversation: str) -> Parcel | None:
        """What is to be delivered next to a conversation: a warning first, else the oldest."""
        mine = (due.c.channel == self._channel) & (due.c.conversation == conversation)
        wanted = sa.select(due).where(mine).order_by(due.c.urgent.desc(), due.c.id)
        while row := await self.database.read(partial(_first, wanted)):
            if parcel := _parcel(row):
                return parcel
            # It can never be delivered, and must not hold up what comes after it.
            await self._delete(due.c.id == row.id)
        return None

    async def done(self, parcel: Parcel) -> None:
        """Forget a message that was delivered, or cannot be."""
        await self._delete(due.c.id == parcel.id)

    async def drop(self, conversation: str) -> None:
        """Forget what was to be delivered to a conversation that is forgotten."""
        await self._delete((due.c.channel == self._channel) & (due.c.conversation == conversation))

    async def sweep(self, before: float) -> None:
        """Forget the marks of messages that were answered before a time (seconds since 1970)."""
        old = sa.delete(accepted).where(accepted.c.body.is_(None), accepted.c.at < before)
        await self.database.write(lambda connection: connection.execute(old))

    async def _delete(self, which: Any) -> None:
        gone = sa.delete(due).where(which)
        await self.database.write(lambda connection: connection.execute(gone))


def database_of(store: Any) -> Database:
    """The database of a store; one in memory if it has none."""
    if (own := getattr(store, "database", None)) is not None:
        found: Database = own
        return found
    made = Database(MEMORY)
    migrate(made)
    return made


async def erase_post_older_than(store: Any, when: float) -> None:
    """Erase what waits in any channel since before a time (seconds since 1970).

    A channel that was switched off would keep people's words for ever.
    """

    def erase(connection: Connection) -> int:
        old = (sa.delete(table).where(table.c.at < when) for table in (due, accepted))
        return sum(connection.execute(one).rowcount for one in old)

    database = database_of(store)
    if await database.write(erase):
        await database.tidy_in_time()


def _add(
    row: Mapping[str, Any], claim: Callable[[Connection], bool] | None, connection: Connection
) -> int | None:
    """The number of a new row; None if its mark is there, or its claim is refused.

    An error would be logged by PostgreSQL, with the words in the row.
    """
    if claim and not claim(connection):
        return None
    put = inserting(accepted, connection).values(**row)
    done = connection.execute(put.on_conflict_do_nothing())
    return int(done.inserted_primary_key[0]) if done.rowcount else None


def _answered(letter: int, rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    if rows:
        connection.execute(sa.insert(due), list(rows))
    gone = sa.update(accepted).where(accepted.c.id == letter)
    connection.execute(gone.values(body=None, conversation=None))


def _first(wanted: Any, connection: Connection) -> Any:
    return connection.execute(wanted.limit(1)).first()


def _conversations(
    table: sa.Table, mine: Any, before: float | None, connection: Connection
) -> list[str]:
    """The conversations in a table, the one with the oldest row first."""
    wanted = sa.select(table.c.conversation).where(mine).group_by(table.c.conversation)
    if before is not None:
        wanted = wanted.where(table.c.at < before)
    return list(connection.execute(wanted.order_by(sa.func.min(table.c.id))).scalars())


def _mark(channel: str, key: str) -> str:
    """What is left of a message: a number that says nothing about it."""
    return hashlib.sha256(f"{channel} {key}".encode("utf-8", "replace")).hexdigest()


def _parcel(row: Any) -> Parcel | None:
    """What is to be delivered; None if the row is damaged."""
    try:
        address, message = json.loads(row.address), json.loads(row.message)
    except ValueError as error:
        logger.error("damaged post dropped: error=%s", where(error))
        return None
    return Parcel(row.id, row.at, row.urgent, address, message)


def _letter(row: Any) -> Letter | None:
    """A message to be answered; None if the row is damaged."""
    try:
        body = json.loads(row.body)
        return Letter(row.id, row.conversation, body["key"], body["address"], body["said"])
    except (ValueError, KeyError, TypeError) as error:
        logger.error("damaged post dropped: error=%s", where(error))
        return None
