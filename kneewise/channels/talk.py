"""What is kept of a conversation of the web channel: its latest turns, and what was offered."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

from kneewise.channels.core import kept
from kneewise.channels.offers import offered, topic_of

KEPT_TURNS = 20


class Turn:
    """The lines of one turn so far; several requests can follow it, each from the beginning."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.over = False
        self._news = asyncio.Event()

    def add(self, message: dict[str, Any]) -> None:
        """Add a bot message."""
        self._write({"type": "message", "n": len(self.lines), **message})

    def end(self) -> None:
        """Say that the turn is over."""
        self.over = True
        self._write({"type": "end"})

    def _write(self, line: dict[str, Any]) -> None:
        self.lines.append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self) -> AsyncIterator[bytes]:
        """All lines, those to come as they are made, until the turn is over."""
        seen = 0
        while True:
            while seen < len(self.lines):
                yield self.lines[seen]
                seen += 1
            if self.over:
                return
            await self._news.wait()


class Talk:
    """What is kept of one conversation: its latest turns, and what was offered in it."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.turns: OrderedDict[str, Turn] = OrderedDict()
        self.offered: set[str] = set()
        self.topics: set[str] = set()
        self.used = time.monotonic()
        self.in_turn = asyncio.Lock()
        """Held by the turn that runs. Asyncio's lock is fair: who waits first is next."""
        self._recalling = asyncio.Lock()
        self._known = False

    def hear(self, message: dict[str, Any]) -> None:
        """Keep what a bot message offers, and what it is about."""
        self.offered |= offered(message)
        self.topics.add(topic_of(message) or "")

    def busy(self) -> bool:
        """True while a turn runs or waits."""
        return self.in_turn.locked() or any(not turn.over for turn in self.turns.values())

    def keep(self, message_id: str, turn: Turn) -> None:
        """Keep a turn, and the latest of those before."""
        self.turns[message_id] = turn
        ended = [key for key, old in self.turns.items() if old.over]
        for key in ended[: max(0, len(self.turns) - KEPT_TURNS)]:
            del self.turns[key]

    def forget(self, but: Turn | None = None) -> None:
        """Drop all that was said; turns that run or wait go on."""
        self.turns = OrderedDict(
            (key, turn) for key, turn in self.turns.items() if turn is but or not turn.over
        )
        self.offered, self.topics, self._known = set(), set(), False

    async def recall(self, store: Any) -> None:
        """Read from the store, if that was not done yet, what was said before this process ran."""
        async with self._recalling:
            if self._known:
                return
            tracker = await store.retrieve(self.conversation)
            for message_id, messages in stored_turns(tracker.events if tracker else ()):
                for message in messages:
                    self.hear(message)
                # Without an answer it is no turn that could be given again.
                if message_id and messages and message_id not in self.turns:
                    self.keep(message_id, _past(messages))
            self._known = True


def stored_turns(events: Iterable[Event]) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
    """The turns of a tracker: the id that the browser gave, and what was answered."""
    message_id: str | None = None
    messages: list[dict[str, Any]] = []
    for event in events:
        if isinstance(event, UserUttered):
            yield message_id, messages
            message_id, messages = (event.metadata or {}).get("id"), []
        elif isinstance(event, BotUttered):
            messages.append(kept(event.message()))
    yield message_id, messages


def _past(messages: Iterable[dict[str, Any]]) -> Turn:
    """A turn that is over."""
    turn = Turn()
    for message in messages:
        turn.add(message)
    turn.end()
    return turn
