"""Talk to the assistant in process: no server, no port, the real model, actions and words.

>>> from kneewise.testing import Assistant
>>> chat = Assistant.load().conversation()
>>> chat.say("should i ice it")[0]["metadata"]["topic"]
'ice'
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent

from kneewise import clock
from kneewise.channels.core import Collector, clean_text
from kneewise.channels.rest import answer
from kneewise.privacy import configure_logging
from kneewise.quick.changes import speed_up
from kneewise.rasa_compat import (
    InProcessActions,
    check_version,
    keep_in,
)
from kneewise.reminding import DUE, message
from kneewise.store import ConversationStore, MemoryStore

_ids = itertools.count(1)


class Assistant:
    """A loaded model with its actions."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.loop = asyncio.new_event_loop()

    @classmethod
    def load(cls, model: Path | None = None, store: ConversationStore | None = None) -> Assistant:
        """Load a model: the one given, else the newest in `models/`.

        Args:
            model: a model file, or a folder whose newest file is taken.
            store: where conversations are kept; in memory if none is given.

        Raises:
            FileNotFoundError: there is no model; `make train` makes one.
        """
        check_version()
        configure_logging()
        speed_up()
        path = model or Path(__file__).resolve().parents[1] / "models"
        found = sorted(path.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
        newest = path if path.is_file() else found[-1] if found else None
        if newest is None:
            raise FileNotFoundError(f"no model in {path}: run `make train` first")
        agent = Agent.load(str(newest), action_endpoint=InProcessActions())
        keep_in(agent, store or MemoryStore(agent.domain))
        return cls(agent)

    def conversation(self, conversation_id: str | None = None) -> Conversation:
        """A fresh conversation, or the one with this id."""
        return Conversation(self, conversation_id or f"test-{next(_ids)}")

    def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a message by itself, outside any conversation."""
        parsed: dict[str, Any] = self.loop.run_until_complete(self.agent.parse_message(text))
        return parsed


@dataclass
class Conversation:
    """One conversation: `say` something, then look at `parse` and `slots`."""

    assistant: Assistant
    id: str
    parse: dict[str, Any] = field(default_factory=dict)
    slots: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message the way a channel does; the replies as dicts.

        Each has text, buttons, image, custom and metadata; those not there are None or empty.
        """
        return self._filled(self._turn(clean_text(text)))

    def due(self) -> list[dict[str, Any]]:
        """What its reminders say at this time, by `kneewise.clock`; nothing if none is due."""
        return self._filled(self._reminded())

    def _filled(self, turn: Coroutine[Any, Any, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        replies = self.assistant.loop.run_until_complete(turn)
        blank: dict[str, Any] = {
            "text": None,
            "buttons": [],
            "image": None,
            "custom": None,
        }
        return [{**blank, **reply} for reply in replies]

    async def _turn(self, text: str) -> list[dict[str, Any]]:
        agent = self.assistant.agent
        replies = await answer(agent.handle_message, text, self.id, "test")
        await self._look()
        return replies

    async def _reminded(self) -> list[dict[str, Any]]:
        collector = Collector()
        due = {DUE: clock.now().timestamp()}
        await self.assistant.agent.handle_message(message(collector, self.id, "test", due))
        await self._look()
        return list(collector.messages)

    async def _look(self) -> None:
        """Keep what is to be looked at: the parse of the last message, and the slots."""
        agent = self.assistant.agent
        tracker = await agent.tracker_store.look(self.id)
        if tracker is not None:
            latest = tracker.latest_message
            self.parse = dict(latest.parse_data) if latest else {}
            self.slots = tracker.current_slot_values()
        else:
            self.parse, self.slots = {}, {}
