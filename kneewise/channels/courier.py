"""Takes the messages of a messenger through the assistant, and the answers back, losing none.

Turns of one conversation are taken in order. Delivery has a lane of its own, so a platform that is
slow to take an answer does not hold up the reading of the next message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from kneewise import metrics, reminder_rows
from kneewise.channels.answerer import Answerer
from kneewise.channels.core import OnMessage, apology, warns
from kneewise.channels.lanes import Lanes
from kneewise.channels.offers import topic_of
from kneewise.channels.post import REMEMBERED, Letter, Parcel, PostOffice
from kneewise.channels.trying import Gone, Impossible, Later, until_done, wait_of
from kneewise.database import AWAY
from kneewise.leases import Leases
from kneewise.locks import ConversationLocks
from kneewise.privacy import FORGET, hashed, where
from kneewise.reminder_rows import Due
from kneewise.reminding import DUE, keep_reminding

TRIED_FOR = {True: 24 * 3600, False: 15 * 60}
"""Seconds for which delivery is tried: a warning, and anything else."""
MOST_TRIES = 12
"""Tries, over some seven minutes, to make an answer before there is only an apology."""
SWEPT_EVERY = 3600
"""Seconds between two looks for marks that are too old."""
LOOKED_EVERY = 5
"""Seconds between two looks for what another process, which died, has left."""

logger = logging.getLogger(__name__)


class Carrier(Protocol):
    """What a messenger has to offer to a courier."""

    async def deliver(self, parcel: Parcel) -> None:
        """Hand a bot message over; one that comes again failed before. Raises Later, Impossible."""

    async def working(self, address: Mapping[str, Any]) -> None:
        """Show that an answer is on its way, if the messenger can. Raises nothing."""


class Courier:
    """The courier of one channel."""

    def __init__(
        self, channel: str, carrier: Carrier, on_new_message: OnMessage, store: Any
    ) -> None:
        self._channel = channel
        self._carrier = carrier
        self._office = PostOffice(channel, store)
        database = self._office.database
        self._answerer = Answerer(channel, carrier, on_new_message, store, database)
        self.leases = Leases(database)
        self.arrivals = ConversationLocks()
        self._turns = Lanes()
        self._deliveries = Lanes()
        self._fresh: dict[str, set[int]] = {}
        self._swept = 0.0
        self._looking: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Go on with what an earlier process left: messages to answer, answers to deliver.

        From here on people are reminded, too.
        """
        await self._sweep()
        await self._go_on()
        if self._looking:
            return
        database = self._office.database
        self._looking = [asyncio.create_task(keep_reminding(self._channel, database, self._remind))]
        if self.leases.needed:
            self._looking.append(asyncio.create_task(self._keep_looking()))

    async def accept(
        self,
        key: str,
        conversation: str,
        address: Mapping[str, Any],
        said: Mapping[str, Any],
        claim: Callable[[Connection], bool] | None = None,
    ) -> bool:
        """Take a message on, once; it may be acknowledged when this returns.

        Args:
            key: the platform's own name for the message.
            conversation: the id of the conversation, with the channel's name in front.
            address: where the answers go.
            said: {"text": words}, {"pressed": [ids of buttons]}, {"note": phrase to answer}, or
                {"due": True} for a reminder.
            claim: what must go through in the same transaction.

        Returns: False if it was taken on before, or the claim did not go through.
        """
        async with self.arrivals.lock(conversation):  # stored in the order in which they came
            letter = await self._office.accept(key, conversation, address, said, claim)
        if letter is not None:
            self._fresh.setdefault(conversation, set()).add(letter.id)
            self._take(conversation)
        await self._sweep()
        return letter is not None

    async def _remind(self, one: Due) -> None:
        """Take a reminder on that is due, if no other process has."""
        claim = partial(reminder_rows.claim, one)
        await self.accept(one.key, one.conversation, one.address, {DUE: True}, claim)

    async def _sweep(self) -> None:
        """Forget, from time to time, what no platform repeats any more."""
        now = time.time()
        if now - self._swept > SWEPT_EVERY:
            self._swept = now
            await self._office.sweep(now - REMEMBERED)

    async def _go_on(self, before: float | None = None) -> None:
        """Do what has been waiting, since before a time if one is given, and nobody works on."""
        for conversation in await self._office.waiting(before=before):
            self._deliver(conversation, wait=False)
        for conversation in await self._office.pending(before=before):
            self._take(conversation, wait=False)

    async def _keep_looking(self) -> None:
        """Look, as long as this runs, for what another process left."""
        while True:
            await asyncio.sleep(LOOKED_EVERY)
            look = partial(self._go_on, time.time() - LOOKED_EVERY)
            await self._until_done("looking for leftovers", look)

    async def idle(self) -> None:
        """Wait until everything is answered and delivered, and look for no more."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)
        self._looking = []
        await self._turns.idle()
        await self._deliveries.idle()

    def _take(self, conversation: str, *, wait: bool = True) -> None:
        """Answer what waits in a conversation, unless another process is at it."""

        async def work() -> None:
            async with self.leases.held(f"turns:{conversation}", wait=wait) as mine:
                following = partial(self._office.first_for, conversation)
                while mine and (letter := await self._until_done("looking", following)):
                    await self._answer(letter)
            self._fresh.pop(conversation, None)

        if wait or not self._turns.busy(conversation):
            self._turns.put(conversation, work)

    async def _answer(self, letter: Letter) -> None:
        """Answer one message, and have the answers delivered."""
        answers = partial(self._answers, letter)
        # Nothing has been said yet: while the database is away, the answer can wait.
        name = f"{self._channel}: answering"
        messages = await until_done(name, answers, most=MOST_TRIES, endless=AWAY)
        if messages is None:  # nobody waits for a reminder that cannot be told; it comes again
            messages = [] if DUE in letter.said else [apology()]
        forgotten = any(topic_of(message) == FORGET for message in messages)
        if forgotten:
            await self._until_done("dropping", partial(self._office.drop, letter.conversation))
        marked = [(message, warns(message)) for message in messages]
        await self._until_done("keeping", partial(self._office.answered, letter, marked))
        if forgotten:  # what was dropped, and the letter, came after the store was tidied
            await self._tidy()
        self._deliver(letter.conversation)

    async def _until_done(self, what: str, work: Callable[[], Any]) -> Any:
        """What some work with the database gives; while that is away, it is waited for."""
        return await until_done(f"{self._channel}: {what}", work)

    async def _answers(self, letter: Letter) -> list[dict[str, Any]]:
        """The answers to a message: those that are stored, if its turn was taken before."""
        # One that this process took on has none at the first try, unless another process died
        # over it; any other may have.
        mine = self._fresh.get(letter.conversation, set())
        fresh = letter.id in mine and not self.leases.needed
        mine.discard(letter.id)
        if not fresh and (told := await self._answerer.told_before(letter)):
            return told
        return await self._answerer.answers(letter)

    def _deliver(self, conversation: str, *, wait: bool = True) -> None:
        """Deliver what is due to a conversation, unless another process is at it."""

        async def work() -> None:
            lease = f"post:{conversation}"
            async with self.leases.held(lease, wait=wait) as mine:
                if mine:
                    await self._deliver_all(conversation, lease)

        if wait or not self._deliveries.busy(conversation):
            self._deliveries.put(conversation, work)

    async def _deliver_all(self, conversation: str, lease: str) -> None:
        """Deliver until nothing is due, as long as the lease is this process's."""
        tries = 0
        following = partial(self._office.next_for, conversation)
        while parcel := await self._until_done("looking", following):
            if not await self._until_done("keeping on", partial(self.leases.take, lease)):
                return
            tries = await self._try(conversation, parcel, tries)

    async def _try(self, conversation: str, parcel: Parcel, tries: int) -> int:
        """Try to deliver one message; how often the next one was tried in vain."""
        try:
            await self._carrier.deliver(parcel)
        except Impossible as error:
            self._log_failure(conversation, parcel, str(error) or "refused")
            if isinstance(error, Gone):
                erase = partial(reminder_rows.erase, [conversation])
                await self._until_done("reminding no more", partial(self._write, erase))
        except Exception as error:  # noqa: BLE001 - whatever failed, it is tried again
            metrics.channel_error(self._channel, "delivery")
            if not isinstance(error, Later):
                logger.error("delivery failed: channel=%s error=%s", self._channel, where(error))
            if time.time() - parcel.at <= TRIED_FOR[parcel.urgent]:
                await asyncio.sleep(wait_of(error, tries))
                return tries + 1
            self._log_failure(conversation, parcel, "too late")
        await self._until_done("ticking off", partial(self._office.done, parcel))
        if topic_of(parcel.message) == FORGET:  # whose address was the last that was left
            await self._tidy()
        return 0

    async def _write(self, work: Callable[[Connection], None]) -> None:
        await self._office.database.write(work)

    async def _tidy(self) -> None:
        await self._until_done("tidying", self._office.database.tidy)

    def _log_failure(self, conversation: str, parcel: Parcel, why: str) -> None:
        metrics.channel_error(self._channel, "undelivered")
        logger.error(
            "not delivered: channel=%s conversation=%s warning=%s reason=%s",
            self._channel,
            hashed(conversation),
            parcel.urgent,
            why,
        )
