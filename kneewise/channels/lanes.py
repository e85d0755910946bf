"""Work in order for each conversation, different conversations at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from kneewise.privacy import where

Work = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)


class Lanes:
    """A queue for each key. A lane exists while there is work in it."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, key: str, work: Work) -> None:
        """Do this after all that was put before under the same key."""
        if key in self._lanes:
            self._lanes[key].append(work)
            return
        self._lanes[key] = deque([work])
        task = asyncio.get_running_loop().create_task(self._run(key))
        self._tasks.add(task)  # asyncio itself holds a task only weakly
        task.add_done_callback(self._tasks.discard)

    def busy(self, key: str) -> bool:
        """True while there is work under this key."""
        return key in self._lanes

    async def idle(self) -> None:
        """Wait until there is no work left."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _run(self, key: str) -> None:
        lane = self._lanes[key]
        while lane:
            try:
                await lane[0]()
            except Exception as error:  # noqa: BLE001 - one failure must not stop what follows
                logger.error("work failed: error=%s", where(error))
            lane.popleft()
        del self._lanes[key]
