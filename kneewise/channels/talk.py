"""What is kept of a conversation of the web channel: its latest turns, and what was offered."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

from kneewise.channels.core import kept
from kneewise.channels.offers import offered, topic_of
from kneewise.locks import ConversationLocks

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

    def end(self, **news: Any) -> None:
        """Say that the turn is over; `news` are for the page, not for the person."""
        self.over = True
        self._write({"type": "end", **news})

    def follow_up(self, told: Turn) -> None:
        """Give the lines of a turn that is over."""
        self.lines, self.over = told.lines, True
        self._tell()

    def cut(self) -> None:
        """Break off without saying that it is over: who follows it sends the message again."""
        self.over = True
        self._tell()

    def _write(self, line: dict[str, Any]) -> None:
        self.lines.append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._tell()

    def _tell(self) -> None:
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
        self.elsewhere: dict[str, Turn] = {}
        """Turns that wait here, and that another process has taken meanwhile."""
        self.offered: set[str] = set()
        self.topics: set[str] = set()
        self.used = time.monotonic()
        self._held = 0
        self._recalling = asyncio.Lock()
        self._version: int | None = None

    def hear(self, message: dict[str, Any]) -> None:
        """Keep what a bot message offers, and what it is about."""
        self.offered |= offered(message)
        self.topics.add(topic_of(message) or "")

    def busy(self) -> bool:
        """True while a turn runs or waits."""
        return self._held > 0 or any(not turn.over for turn in self.turns.values())

    @asynccontextmanager
    async def held(self, locks: ConversationLocks) -> AsyncIterator[None]:
        """Hold the conversation, for a turn or to erase it."""
        self._held += 1
        try:
            async with locks.lock(self.conversation):
                yield
        finally:
            self._held -= 1

    def keep(self, message_id: str, turn: Turn) -> None:
        """Keep a turn, and the latest of those before."""
        self.turns[message_id] = turn
        ended = [key for key, old in self.turns.items() if old.over]
        for key in ended[: max(0, len(self.turns) - KEPT_TURNS)]:
            del self.turns[key]

    def caught_up(self, version: int | None) -> None:
        """Note that everything up to a version is kept here; of None, that it is not known."""
        self._version = self._version if version is None else version

    def forget(self, but: Turn | None = None) -> None:
        """Drop all that was said; turns that run or wait go on."""
        self.turns = OrderedDict(
            (key, turn) for key, turn in self.turns.items() if turn is but or not turn.over
        )
        self.offered, self.topics, self._version = set(), set(), None

    async def recall(self, store: Any) -> None:
        """Read from the store what was said in other processes: those before this, those beside it.

        With one process that is done once.
        """
        async with self._recalling:
            if self._version is not None and not store.shared:
                return
            version, events = await store.latest(self.conversation, KEPT_TURNS, self._version)
            if events is None:
                return
            if version < (self._version or 0):  # erased, and maybe begun anew
                self.forget()
            for message_id, messages in stored_turns(events):
                for message in messages:
                    self.hear(message)
                # Without an answer it is no turn that could be given again.
                if message_id and messages:
                    self._told(message_id, past(messages))
            self._version = version

    def _told(self, message_id: str, turn: Turn) -> None:
        """Keep a turn that was stored; one with the same id may wait here."""
        if message_id not in self.turns:
            self.keep(message_id, turn)
        elif not self.turns[message_id].over:
            self.elsewhere[message_id] = turn


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


def past(messages: Iterable[dict[str, Any]]) -> Turn:
    """A turn that is over."""
    turn = Turn()
    for message in messages:
        turn.add(message)
    turn.end()
    return turn
