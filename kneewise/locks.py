"""One conversation's turns one after another, in the order in which they came.

Rasa's own lock looks once a second whether it is free. Here the next in line is woken; and with
Redis the line is one for all processes, from which those of a dead process are taken out. While
Redis is away each process has a line of its own, and the database refuses the later of two turns
that were taken at once (`kneewise.store.Conflict`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rasa.core.lock_store import LOCK_LIFETIME, LockStore

from kneewise.privacy import hashed
from kneewise.shared import ALIVE, LEFT_ALONE, PREFIX, Away, Shared

PAUSES = (0.005, 0.01, 0.02, 0.05)
"""Seconds between two looks whether it is one's turn."""
FORGOTTEN = int(ALIVE * 6000)
"""Milliseconds after which Redis drops a line to which nobody comes."""

COME = """
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], 1, 'PX', ARGV[3])
"""
"""Who comes is alive: Redis may have lost that it was said."""
LOOK = """
local head = redis.call('LINDEX', KEYS[1], 0)
while head and head ~= ARGV[1] do
  if redis.call('EXISTS', ARGV[2] .. string.match(head, '^[^:]+')) == 1 then break end
  redis.call('LPOP', KEYS[1])
  head = redis.call('LINDEX', KEYS[1], 0)
end
if head == ARGV[1] then return 1 end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for _, one in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if one == ARGV[1] then return 0 end
end
return -1
"""
"""1: it is this one's turn; 0: it waits; -1: Redis has lost the line, as after a restart."""
GO = "redis.call('LREM', KEYS[1], 0, ARGV[1])"


@dataclass
class _Line:
    """Who waits in this process for a conversation. Asyncio's locks are fair."""

    coming: asyncio.Lock = field(default_factory=asyncio.Lock)
    holding: asyncio.Lock = field(default_factory=asyncio.Lock)
    number: int = 0


class ConversationLocks(LockStore):
    """Rasa's lock store. The task that holds a conversation may take it again."""

    def __init__(self, endpoint_config: Any = None, shared: Shared | None = None) -> None:
        super().__init__()
        self._shared = shared
        self._lines: dict[str, _Line] = {}
        self._holders: dict[str, asyncio.Task[Any] | None] = {}
        self._numbers = itertools.count()
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncIterator[None]:
        """Hold a conversation."""
        me = asyncio.current_task()
        if self._holders.get(conversation_id) is me:
            yield
            return
        async with self._in_line(conversation_id):
            self._holders[conversation_id] = me
            try:
                yield
            finally:
                del self._holders[conversation_id]

    def waiting(self) -> int:
        """How many turns run or wait in this process."""
        return sum(line.number for line in self._lines.values())

    @asynccontextmanager
    async def _in_line(self, conversation: str) -> AsyncIterator[None]:
        line = self._lines.setdefault(conversation, _Line())
        line.number += 1
        # Made before it is sent: whoever is cancelled meanwhile may be in the common line.
        ticket = self._ticket()
        try:
            # One by one, so that the common line has the order of this one.
            async with line.coming:
                there = await self._come(conversation, ticket)
            async with line.holding:
                if there:
                    await self._wait(conversation, ticket)
                yield
        finally:
            line.number -= 1
            if not line.number:
                del self._lines[conversation]
            if ticket is not None:
                await self._go(conversation, ticket)

    def _ticket(self) -> str | None:
        """A ticket for the common line; None if there is no such line now."""
        if self._shared is None or not self._shared.up:
            return None
        return f"{self._shared.me}:{next(self._numbers)}"

    async def _come(self, conversation: str, ticket: str | None) -> bool:
        """Take a place in the common line; false if there is none now."""
        if self._shared is None or ticket is None:
            return False
        try:
            await self._enter(self._shared, conversation, ticket)
        except Away:
            return False
        return True

    @staticmethod
    async def _enter(shared: Shared, conversation: str, ticket: str) -> None:
        keys = [_key(conversation), f"alive:{shared.me}"]
        await shared.run(COME, keys, ticket, FORGOTTEN, int(ALIVE * 1000))

    async def _wait(self, conversation: str, ticket: str | None) -> None:
        if self._shared is None or ticket is None:
            return
        alive = f"{PREFIX}alive:"
        for look in itertools.count():
            try:
                found = await self._shared.run(LOOK, [_key(conversation)], ticket, alive, FORGOTTEN)
                if found == 1:
                    return
                if found == -1:
                    await self._enter(self._shared, conversation, ticket)
            except Away:
                return
            await asyncio.sleep(PAUSES[min(look, len(PAUSES) - 1)])

    async def _go(self, conversation: str, ticket: str) -> None:
        """Leave the common line; while Redis is away, as soon as it is back."""
        if not await self._gone(conversation, ticket):
            task = asyncio.create_task(self._go_later(conversation, ticket))
            self._leaving.add(task)  # asyncio itself holds a task only weakly
            task.add_done_callback(self._leaving.discard)

    async def _gone(self, conversation: str, ticket: str) -> bool:
        if self._shared is None:
            return True
        try:
            await self._shared.run(GO, [_key(conversation)], ticket)
        except Away:
            return False
        return True

    async def _go_later(self, conversation: str, ticket: str) -> None:
        gone = False
        while not gone:
            await asyncio.sleep(LEFT_ALONE)
            gone = await self._gone(conversation, ticket)


def _key(conversation: str) -> str:
    return f"line:{hashed(conversation)}"
