"""Takes the messages of a messenger through the assistant, and the answers back, losing none.

Turns of one conversation are taken in order. Delivery has a lane of its own, so a platform that is
slow to take an answer does not hold up the reading of the next message.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered

from kneewise import metrics
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
from kneewise.channels.lanes import Lanes
from kneewise.channels.offers import offered, topic_of
from kneewise.channels.post import REMEMBERED, Letter, Parcel, PostOffice
from kneewise.channels.talk import stored_turns
from kneewise.channels.trying import Impossible, Later, until_done, wait_of
from kneewise.privacy import FORGET, hashed, where
from kneewise.wording import note

TRIED_FOR = {True: 24 * 3600, False: 15 * 60}
"""Seconds for which delivery is tried: a warning, and anything else."""
MOST_TRIES = 12
"""Tries, over some seven minutes, to make an answer before there is only an apology."""
SWEPT_EVERY = 3600
"""Seconds between two looks for marks that are too old."""

logger = logging.getLogger(__name__)


class Carrier(Protocol):
    """What a messenger has to offer to a courier."""

    async def deliver(self, parcel: Parcel) -> None:
        """Hand a bot message over; one that comes again failed before. Raises Later, Impossible."""

    async def working(self, address: Mapping[str, Any]) -> None:
        """Show that an answer is on its way, if the messenger can. Raises nothing."""


def button_id(payload: str) -> str:
    """A short name of a button that cannot be made up: the words are looked up, never taken."""
    return "b:" + hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()[:16]


class Courier:
    """The courier of one channel."""

    def __init__(
        self, channel: str, carrier: Carrier, on_new_message: OnMessage, store: Any
    ) -> None:
        self._channel = channel
        self._carrier = carrier
        self._on_new_message = on_new_message
        self._store = store
        self._office = PostOffice(channel, store)
        self._turns = Lanes()
        self._deliveries = Lanes()
        self._swept = 0.0

    def start(self) -> None:
        """Go on with what an earlier process left: messages to answer, answers to deliver."""
        self._sweep()
        for conversation in self._office.waiting():
            self._deliver(conversation)
        for letter in self._office.pending():
            self._take(letter, again=True)

    def accept(
        self, key: str, conversation: str, address: Mapping[str, Any], said: Mapping[str, Any]
    ) -> bool:
        """Take a message on, once; it may be acknowledged when this returns.

        Args:
            key: the platform's own name for the message.
            conversation: the id of the conversation, with the channel's name in front.
            address: where the answers go.
            said: {"text": words}, {"pressed": [ids of buttons]} or {"note": phrase to answer}.

        Returns: False if it was taken on before.
        """
        self._sweep()
        letter = self._office.accept(key, conversation, address, said)
        if letter is None:
            return False
        self._take(letter)
        return True

    def _sweep(self) -> None:
        """Forget, from time to time, what no platform repeats any more."""
        now = time.time()
        if now - self._swept > SWEPT_EVERY:
            self._office.sweep(now - REMEMBERED)
            self._swept = now

    async def idle(self) -> None:
        """Wait until everything is answered and delivered."""
        await self._turns.idle()
        await self._deliveries.idle()

    def _take(self, letter: Letter, *, again: bool = False) -> None:
        async def work() -> None:
            answers = partial(self._answers, letter, again=again)
            messages = await self._until_done("answering", answers, MOST_TRIES) or [apology()]
            if any(topic_of(message) == FORGET for message in messages):
                await self._until_done("dropping", partial(self._office.drop, letter.conversation))
            marked = [(message, warns(message)) for message in messages]
            await self._until_done("keeping", partial(self._office.answered, letter, marked))
            self._deliver(letter.conversation)

        self._turns.put(letter.conversation, work)

    async def _until_done(self, what: str, work: Callable[[], Any], most: float = math.inf) -> Any:
        """What some work with the database gives; while that is away, it is waited for."""
        return await until_done(f"{self._channel}: {what}", work, most=most)

    async def _answers(self, letter: Letter, *, again: bool) -> list[dict[str, Any]]:
        """The answers to a message; after a crash those that the tracker holds, if it does."""
        if again and (told := await self._told_before(letter)):
            return told
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
        return await self._turn(letter, words)

    async def _turn(self, letter: Letter, words: str) -> list[dict[str, Any]]:
        collector = Collector()
        metadata = {"id": letter.key, **letter.said.get("metadata", {})}
        message = UserMessage(
            words,
            collector,
            letter.conversation,
            input_channel=self._channel,
            metadata=metadata,
        )
        stored = await taken(self._on_new_message, message)
        # What a failed turn said may not be remembered, so of that only warnings go out.
        messages = [kept(m) for m in collector.messages if stored or warns(m)]
        if not messages:
            if stored:
                log_silence(self._channel, letter.conversation)
            messages = [apology()]
        return messages

    async def _told_before(self, letter: Letter) -> list[dict[str, Any]]:
        tracker = await self._store.retrieve(letter.conversation)
        turns = stored_turns(tracker.events if tracker else ())
        return next((messages for key, messages in turns if key == letter.key), [])

    async def _pressed(self, letter: Letter) -> str | None:
        """The words of the buttons that were pressed; None if one was never offered here."""
        tracker = await self._store.retrieve(letter.conversation)
        said = (
            e.message() for e in (tracker.events if tracker else ()) if isinstance(e, BotUttered)
        )
        known = {button_id(words): words for message in said for words in offered(kept(message))}
        pressed = letter.said["pressed"]
        if not pressed or any(button not in known for button in pressed):
            return None
        return ". ".join(known[button] for button in pressed)

    def _deliver(self, conversation: str) -> None:
        async def work() -> None:
            tries = 0
            following = partial(self._office.next_for, conversation)
            while parcel := await self._until_done("looking", following):
                tries = await self._try(conversation, parcel, tries)

        if not self._deliveries.busy(conversation):
            self._deliveries.put(conversation, work)

    async def _try(self, conversation: str, parcel: Parcel, tries: int) -> int:
        """Try to deliver one message; how often the next one was tried in vain."""
        try:
            await self._carrier.deliver(parcel)
        except Impossible as error:
            self._log_failure(conversation, parcel, str(error) or "refused")
        except Exception as error:  # noqa: BLE001 - whatever failed, it is tried again
            metrics.channel_error(self._channel, "delivery")
            if not isinstance(error, Later):
                logger.error("delivery failed: channel=%s error=%s", self._channel, where(error))
            if time.time() - parcel.at <= TRIED_FOR[parcel.urgent]:
                await asyncio.sleep(wait_of(error, tries))
                return tries + 1
            self._log_failure(conversation, parcel, "too late")
        await self._until_done("ticking off", partial(self._office.done, parcel))
        return 0

    def _log_failure(self, conversation: str, parcel: Parcel, why: str) -> None:
        metrics.channel_error(self._channel, "undelivered")
        logger.error(
            "not delivered: channel=%s conversation=%s warning=%s reason=%s",
            self._channel,
            hashed(conversation),
            parcel.urgent,
            why,
        )
