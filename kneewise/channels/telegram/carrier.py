"""Hands bot messages to Telegram, part by part, and never a part again that it has taken."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from kneewise import metrics
from kneewise.channels.post import Parcel
from kneewise.channels.telegram.api import BotApi, Rejected
from kneewise.channels.telegram.parts import Part, parts
from kneewise.channels.trying import Impossible, Later
from kneewise.privacy import where

KEPT_FOR = 3600
"""Seconds after which what is left of a message is no more of use: it was given up meanwhile."""
QUICK = 10.0
"""Seconds for a call that is of no use later."""
PRESS_TRIES = (0.0, 1.0, 4.0)
"""Waits before each try to end the waiting that a pressed button shows."""

logger = logging.getLogger(__name__)


@dataclass
class UnderWay:
    """What is left to be sent of a message, in memory: after a crash it is sent from its start."""

    left: list[Part]
    since: float


class TelegramCarrier:
    """Delivers to chats; an address is {"chat": its number}."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._under_way: dict[int, UnderWay] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, parcel: Parcel) -> None:
        """Send what of a message was not yet sent. Raises Later or Impossible."""
        chat = int(parcel.address["chat"])
        found = self._begin(parcel)
        try:
            while found.left:
                found.left[:1] = await self._sent(chat, found.left[0])
        except Impossible:
            del self._under_way[parcel.id]
            raise
        del self._under_way[parcel.id]

    async def working(self, address: Mapping[str, Any]) -> None:
        """Show that an answer is being written, without waiting for Telegram."""
        self._spawn(
            self._quietly("sendChatAction", {"chat_id": address["chat"], "action": "typing"})
        )

    def pressed(self, query: str) -> None:
        """End the waiting that a pressed button shows, without waiting for Telegram."""
        self._spawn(self._end_waiting(query))

    async def stop(self) -> None:
        """End what is still going on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, parcel: Parcel) -> UnderWay:
        """What is left of this message."""
        now = time.monotonic()
        for old in [number for number, u in self._under_way.items() if now - u.since > KEPT_FOR]:
            del self._under_way[old]
        if parcel.id not in self._under_way:
            self._under_way[parcel.id] = UnderWay(parts(parcel.message), now)
        known = self._under_way[parcel.id]
        known.since = now
        return known

    async def _sent(self, chat: int, part: Part) -> tuple[Part, ...]:
        """Send a part; what is to be sent instead of it if Telegram refuses it."""
        try:
            await self._send(chat, part)
        except Rejected as error:
            if part.method == "sendMessage" and not part.instead:
                raise
            logger.error("telegram: %s refused: %s", part.method, error)
            return part.instead
        return ()

    async def _send(self, chat: int, part: Part) -> None:
        files = {}
        if part.file:
            field, make = part.file
            try:
                files = {field: await asyncio.to_thread(make)}
            except Exception as error:  # the text says the same
                logger.error("no picture: error=%s", where(error))
                metrics.channel_error("telegram", "picture")
                raise Rejected(error) from error
        await self._api.call(part.method, {"chat_id": chat, **part.data}, files)

    async def _end_waiting(self, query: str) -> None:
        for wait in PRESS_TRIES:
            await asyncio.sleep(wait)
            if await self._quietly("answerCallbackQuery", {"callback_query_id": query}):
                return

    async def _quietly(self, method: str, data: Mapping[str, Any]) -> bool:
        """Make a call on which nothing depends; false if it may work later."""
        try:
            await self._api.call(method, data, patience=QUICK)
        except Later:
            return False
        except Impossible:
            pass
        return True

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # asyncio itself holds a task only weakly
        task.add_done_callback(self._tasks.discard)
