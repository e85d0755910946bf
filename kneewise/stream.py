"""An event for every turn, for those who analyse: what it was about, never what was said.

The stream may be down for as long as it likes: a turn only puts its event into a queue in memory,
and a task of its own sends what is there. What does not fit any more is dropped and counted.
docs/events.md says what is in an event, and docs/events.schema.json in what form.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import os
import secrets
import uuid
from collections import deque
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from sanic import Sanic

from kneewise import metrics
from kneewise.brokers import SETTING, Broker, Event, broker
from kneewise.channels.tokens import SETTING as SECRET
from kneewise.channels.trying import until_done
from kneewise.triage import rank
from kneewise.watching import Turn, listeners

VERSION = 1
"""Of the form of an event; it rises when a reader has to change something."""
MOST = 10_000
"""Events that wait for a broker that is away; some hours of a busy day."""
BATCH = 100
FAREWELL = 3.0
"""Seconds at the end for what still waits."""
FALLBACK = "fallback"

logger = logging.getLogger(__name__)


def opened() -> Stream | None:
    """The stream of the setting `KNEEWISE_STREAM`; None if there is none.

    Raises:
        WrongSetting: the setting is wrong.
    """
    url = os.environ.get(SETTING)
    return Stream(broker(url), salt()) if url else None


def salt() -> bytes:
    """What the marks of conversations are made with: the same for all servers of one secret.

    Without a secret it is made at the start, and the marks change with every start.
    """
    secret = os.environ.get(SECRET) or secrets.token_hex()
    return hmac.digest(secret.encode(), b"kneewise event stream", "sha256")


def event_of(turn: Turn, key: bytes) -> dict[str, Any]:
    """The event of a turn that is over. Nothing in it was written by anybody."""
    topics = [metadata["topic"] for metadata in turn.said if metadata.get("topic")]
    urgencies = [metadata["urgency"] for metadata in turn.said if metadata.get("urgency")]
    flags = {flag for metadata in turn.said for flag in metadata.get("flags") or ()}
    mark = hmac.digest(key, turn.conversation.encode("utf-8", "replace"), hashlib.sha256)
    return {
        "version": VERSION,
        "id": str(uuid.uuid4()),
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channel": turn.channel if turn.channel in metrics.CHANNELS else metrics.OTHER,
        "conversation": mark.hex()[:32],
        "intent": turn.intent,
        "topics": list(dict.fromkeys(topics)),
        "urgency": max(urgencies, key=rank, default=None),
        "flags": sorted(flags),
        "fallback": FALLBACK in topics,
        "failed": turn.failed,
        "seconds": round(turn.seconds, 3),
    }


def add_stream(app: Sanic, stream: Stream) -> None:
    """Send an event for every turn while the server runs; the last ones when no turn runs."""

    async def begin(_app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
        listeners.append(stream.hear)
        stream.start()

    async def end(_app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
        await stream.stop()
        listeners.remove(stream.hear)

    app.register_listener(begin, "before_server_start")
    app.register_listener(end, "after_server_stop")


class Stream:
    """A bounded queue of events, and the task that sends them."""

    def __init__(self, to: Broker, key: bytes, most: int = MOST) -> None:
        self._broker = to
        self._key = key
        self._most = most
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    def hear(self, turn: Turn) -> None:
        """Take the event of a turn. Takes no time, and drops the oldest if there are too many."""
        self._waiting.append(event_of(turn, self._key))
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            metrics.STREAM_DROPPED.inc()
        self._empty.clear()
        self._news.set()

    def start(self) -> None:
        """Begin to send, whether or not the broker is there."""
        self._task = asyncio.get_running_loop().create_task(self._send_all())

    async def stop(self, within: float = FAREWELL) -> None:
        """End, after a few seconds for what still waits."""
        if self._task is None:
            return
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._empty.wait(), within)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._broker.close()
        if self._waiting:
            metrics.STREAM_DROPPED.inc(len(self._waiting))
            logger.error("events never sent: events=%s", len(self._waiting))

    async def _send_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await until_done("event stream: sending", self._send_some)
            self._empty.set()

    async def _send_some(self) -> None:
        """Send the oldest events. They stay in the queue until the broker has confirmed them."""
        batch = [self._waiting[n] for n in range(min(BATCH, len(self._waiting)))]
        try:
            await self._broker.send(batch)
        except BaseException:
            await self._broker.close()
            raise
        metrics.STREAM_SENT.inc(len(batch))
        sent = {event["id"] for event in batch}
        # Some may have been dropped meanwhile, because the queue was full.
        while self._waiting and self._waiting[0]["id"] in sent:
            self._waiting.popleft()
