"""Makes the answers to the messages of a messenger: has the assistant take a turn, and only one."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered

from kneewise import reminder_rows
from kneewise.channels.core import (
    Collector,
    OnMessage,
    Refused,
    apology,
    kept,
    log_silence,
    readable,
    taken,
    warns,
)
from kneewise.channels.offers import button_id, offered
from kneewise.channels.post import Letter
from kneewise.channels.talk import stored_turns
from kneewise.database import AWAY, Database
from kneewise.reminding import ADDRESS, DUE
from kneewise.reminding import message as reminder
from kneewise.wording import note

LOOKED_BACK = 50
"""Turns in which a button that is pressed, or an answer from before a crash, is looked for."""

Messages = list[dict[str, Any]]


class Working(Protocol):
    """The part of a carrier that shows that an answer is on its way."""

    async def working(self, address: Any) -> None:
        """Show it, if the messenger can. Raises nothing."""


class Answerer:
    """Answers the letters of one channel."""

    def __init__(
        self,
        channel: str,
        carrier: Working,
        on_new_message: OnMessage,
        store: Any,
        database: Database,
    ) -> None:
        self._channel = channel
        self._carrier = carrier
        self._on_new_message = on_new_message
        self._store = store
        self._database = database

    async def answers(self, letter: Letter) -> Messages:
        """The answers to a message."""
        if DUE in letter.said:
            return await self._reminder(letter)
        if "note" in letter.said:
            return [note(letter.said["note"])]
        text = letter.said.get("text")
        if text is None:
            text = await self._pressed(letter)
            if text is None:
                return [note("button_expired")]
        try:
            words = readable(text)
        except Refused as error:
            return [note("too_long" if error.code == "too_long" else "nothing_to_read")]
        await self._carrier.working(letter.address)
        return await self._spoken(letter, words)

    async def told_before(self, letter: Letter) -> Messages:
        """The answers that are stored, if the turn of a message was taken before."""
        _, events = await self._store.latest(letter.conversation, LOOKED_BACK)
        turns = stored_turns(events or ())
        return next((messages for key, messages in turns if key == letter.key), [])

    async def _spoken(self, letter: Letter, words: str) -> Messages:
        """What is said to somebody's words; never nothing."""
        metadata = {**letter.said.get("metadata", {}), **_of(letter)}
        collector, to = Collector(), letter.conversation
        message = UserMessage(words, collector, to, input_channel=self._channel, metadata=metadata)
        stored, messages = await self._turn(message, collector)
        if not messages:
            if stored:
                log_silence(self._channel, letter.conversation)
            messages = [apology()]
        return messages

    async def _reminder(self, letter: Letter) -> Messages:
        """What a reminder says: nothing, if it was moved or taken back meanwhile."""
        now = await self._database.read(partial(reminder_rows.due_now, letter.conversation))
        if now is None:
            return []
        collector, to = Collector(), letter.conversation
        message = reminder(collector, to, self._channel, {**_of(letter), DUE: now})
        _, messages = await self._turn(message, collector)
        return messages

    async def _turn(self, message: UserMessage, collector: Collector) -> tuple[bool, Messages]:
        """Take a turn: whether it was stored, and what was said."""
        stored = await taken(self._on_new_message, message, through=AWAY)
        # What a failed turn said may not be remembered, so of that only warnings go out.
        return stored, [kept(m) for m in collector.messages if stored or warns(m)]

    async def _pressed(self, letter: Letter) -> str | None:
        """The words of the buttons that were pressed; None if one was never offered here."""
        _, events = await self._store.latest(letter.conversation, LOOKED_BACK)
        said = (event.message() for event in events or () if isinstance(event, BotUttered))
        known = {button_id(words): words for message in said for words in offered(kept(message))}
        pressed = letter.said["pressed"]
        if not pressed or any(button not in known for button in pressed):
            return None
        return ". ".join(known[button] for button in pressed)


def _of(letter: Letter) -> dict[str, Any]:
    """What the assistant is told of a message besides its words."""
    return {"id": letter.key, ADDRESS: dict(letter.address)}
