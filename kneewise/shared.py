"""What several processes share in Redis. Without the setting there is one process, and none of it.

Redis holds nothing that must not be lost: while it is away, each process keeps its own order and
its own limits, and the database refuses what two processes would store at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from kneewise.privacy import where

SETTING = "KNEEWISE_REDIS"
PREFIX = "kneewise:"
ANSWERS_WITHIN = 1.0
"""Seconds that Redis has for an answer."""
LEFT_ALONE = 2.0
"""Seconds for which it is not asked again after a failure, so that each message does not wait."""
ALIVE, SAYS_SO = 10.0, 2.5
"""Seconds after which a silent process is taken for dead, and between two words of a live one."""

logger = logging.getLogger(__name__)


class Away(RuntimeError):
    """Redis does not answer."""


class Shared:
    """Redis, for one process of several."""

    def __init__(self, url: str) -> None:
        """Connect when first asked.

        Raises:
            ValueError: it is no address of Redis.
        """
        self._redis: Any = aioredis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWERS_WITHIN,
            socket_connect_timeout=ANSWERS_WITHIN,
            # A connection of before Redis was started anew fails once; each script may run twice.
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[RedisConnectionError],
        )
        self.me = uuid.uuid4().hex
        self._scripts: dict[str, Any] = {}
        self._away_until = 0.0
        self._heart: asyncio.Task[None] | None = None

    @classmethod
    def of_setting(cls) -> Shared | None:
        """The one of the setting; None if it is not set.

        Raises:
            ValueError: it is no address of Redis.
        """
        url = os.environ.get(SETTING)
        return cls(url) if url else None

    @property
    def up(self) -> bool:
        """False for a while after it did not answer."""
        return time.monotonic() >= self._away_until

    async def ping(self) -> None:
        """Raise Away if it does not answer."""
        await self._asked(self._redis.ping)

    async def run(self, script: str, keys: Sequence[str], *values: Any) -> Any:
        """Run a Lua script, which happens whole or not at all.

        Raises:
            Away: it does not answer.
        """
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        full = [PREFIX + key for key in keys]
        return await self._asked(self._scripts[script], full, [str(value) for value in values])

    async def begin(self) -> None:
        """Say, from now on, that this process is alive."""
        await self._say()
        self._heart = asyncio.create_task(self._beat())

    async def end(self) -> None:
        """Close the connections; what this process held is free at once."""
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        with suppress(Away):
            await self._asked(self._redis.delete, self.key_of(self.me))
        await self._redis.close(close_connection_pool=True)

    @staticmethod
    def key_of(process: str) -> str:
        """The key that is there as long as a process is alive."""
        return f"{PREFIX}alive:{process}"

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(SAYS_SO)
            await self._say()

    async def _say(self) -> None:
        with suppress(Away):
            await self._asked(self._redis.set, self.key_of(self.me), 1, px=int(ALIVE * 1000))

    async def _asked(self, ask: Any, *given: Any, **named: Any) -> Any:
        if not self.up:
            raise Away
        try:
            return await ask(*given, **named)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            if self.up:
                logger.error("redis does not answer: error=%s", where(error))
            self._away_until = time.monotonic() + LEFT_ALONE
            raise Away from error


def shared_by(app: Any) -> Shared | None:
    """What the processes of an app share, if there are several."""
    return getattr(app.ctx, "shared", None)
