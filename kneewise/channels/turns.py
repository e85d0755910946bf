"""Turns of the web channel: in order, each once only, and to be followed from the beginning.

A browser that lost the reply sends its message again. That must not become a second turn: the
person would be asked the next question before they saw the first. So the lines of the latest turns
are kept for a while, and after a restart they are read from the tracker.

Lines go out as they are said, before Rasa stores the turn. If the database is away by then, the
stream is cut: the browser sends the message again, the turn is taken anew, and lines that it has
are not shown twice. If anything else fails, the apology follows what was said. One line does wait
until the turn is stored: that a conversation has been erased, which would be a lie if it failed.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from kneewise.channels.core import SOON, OnMessage, Refused, apology, kept, log_silence, taken
from kneewise.channels.offers import topic_of
from kneewise.channels.talk import Talk, Turn
from kneewise.database import AWAY
from kneewise.locks import ConversationLocks
from kneewise.privacy import FORGET, hashed, where
from kneewise.reminding import ADDRESS, DUE
from kneewise.reminding import message as reminder

KEPT_TALKS = 2000
KEPT_SECONDS = 15 * 60
AGAIN = 15 * 60
"""Seconds after which a page asks again for a reminder that could not be told."""

logger = logging.getLogger(__name__)


class Lines(OutputChannel):
    """Writes what is said to a turn, at once."""

    def __init__(self, talk: Talk, turn: Turn) -> None:
        self.talk = talk
        self.turn = turn
        self.waiting: list[dict[str, Any]] = []
        self.begun = time.monotonic()

    @classmethod
    def name(cls) -> str:
        """The name of the channel."""
        return "web"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Write one message, or keep it until the turn is stored."""
        line = kept(message)
        # The slot that erases a conversation and the topic of the line that says so share a name.
        if topic_of(line) == FORGET:
            self.waiting.append(line)
        else:
            self.write(line)

    def write(self, line: dict[str, Any]) -> None:
        """Write one message."""
        self.turn.add(line)
        self.talk.hear(line)


class Talks:
    """All conversations of the channel, and the tasks that take their turns."""

    def __init__(self, on_new_message: OnMessage) -> None:
        self._on_new_message = on_new_message
        self._locks = ConversationLocks()
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, conversation: str, store: Any) -> Talk:
        """What is known of a conversation.

        Raises:
            Refused: 503, the store cannot be read; nothing is spent, so it can be tried again.
        """
        talk = self._talk(conversation)
        try:
            await talk.recall(store)
        except Exception as error:
            logger.error(
                "conversation not read: conversation=%s error=%s",
                hashed(conversation),
                where(error),
            )
            raise Refused(503, "talks cannot be read now", "unavailable", SOON) from error
        return talk

    def begin(self, locks: Any) -> None:
        """Take turns in the order of other processes too, if these are the locks for that."""
        if isinstance(locks, ConversationLocks):
            self._locks = locks

    async def idle(self) -> None:
        """Wait until the turns that were begun are over."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(
        self, talk: Talk, store: Any, message_id: str, text: str | None, page: Mapping[str, str]
    ) -> Turn:
        """Begin a turn, which runs whether or not somebody follows it.

        Args:
            text: what somebody says; None to ask whether a reminder is due.
            page: what the page says of itself: `region`, and `zone` if it is known.
        """
        turn = Turn()
        talk.keep(message_id, turn)
        # Nothing is sent to a page: it asks for what is due.
        metadata = {"id": message_id, **page, ADDRESS: {}}
        lines, to = Lines(talk, turn), talk.conversation
        if text is None:
            message = reminder(lines, to, lines.name(), {**metadata, DUE: None})
        else:
            message = UserMessage(text, lines, to, input_channel=lines.name(), metadata=metadata)
        self._run(self._take(lines, message, store))
        return turn

    async def forget(self, conversation: str, store: Any) -> None:
        """Erase a conversation, after the turns that were begun, even if the browser leaves."""
        await asyncio.shield(self._run(self._forget(self._talk(conversation), store)))

    async def _take(self, lines: Lines, message: UserMessage, store: Any) -> None:
        talk, message_id = lines.talk, message.metadata["id"]
        try:
            async with talk.held(self._locks):
                if not await self._told_elsewhere(talk, message_id, lines.turn, store):
                    await self._answer(lines, message, store)
                    if store.shared:
                        talk.caught_up(store.version_of(talk.conversation))
        except Exception as error:  # noqa: BLE001 - the browser is told by the cut, and asks again
            logger.error(
                "turn cut: conversation=%s error=%s", hashed(talk.conversation), where(error)
            )
            talk.turns.pop(message_id, None)
            lines.turn.cut()
        finally:
            talk.elsewhere.pop(message_id, None)

    async def _told_elsewhere(self, talk: Talk, message_id: str, turn: Turn, store: Any) -> bool:
        """True if another process has taken the same turn meanwhile; its answer is given again."""
        if not store.shared:
            return False
        await talk.recall(store)
        told = talk.elsewhere.get(message_id)
        if told is None:
            return False
        turn.follow_up(told)
        return True

    async def _answer(self, lines: Lines, message: UserMessage, store: Any) -> None:
        """Take a turn; none if a reminder is asked for, and nothing is due.

        Raises:
            Conflict: another process has stored something meanwhile; nothing of this is stored.
            OperationalError: the database is away; nothing is stored, and it can be sent again.
        """
        talk, turn = lines.talk, lines.turn
        asked = DUE in message.metadata
        if asked and not await self._is_due(message, store):
            turn.end(**await _news(talk, store, asked))
            return
        stored = await taken(self._on_new_message, message, lines.begun, through=AWAY)
        if stored and lines.waiting:
            talk.forget(but=turn)
            for line in lines.waiting:
                lines.write(line)
        if stored and not turn.lines and not asked:
            log_silence(lines.name(), talk.conversation)
        if not asked and not (stored and turn.lines):
            lines.write(apology())
        # A reminder that cannot be told now must not be asked for again and again.
        turn.end(**({"next": AGAIN} if asked and not stored else await _news(talk, store, asked)))

    @staticmethod
    async def _is_due(message: UserMessage, store: Any) -> bool:
        """True if a reminder is due; the message is told what time it is."""
        message.metadata[DUE] = await store.reminder_due(message.sender_id)
        return message.metadata[DUE] is not None

    async def _forget(self, talk: Talk, store: Any) -> None:
        async with talk.held(self._locks):
            await store.forget(talk.conversation)
            talk.forget()

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # asyncio itself holds a task only weakly
        task.add_done_callback(self._tasks.discard)
        return task

    def _talk(self, conversation: str) -> Talk:
        """The conversation with this id, as the one used last; those long unused are dropped."""
        talk = self._talks.pop(conversation, None) or Talk(conversation)
        talk.used = time.monotonic()
        self._talks[conversation] = talk
        for key, old in list(self._talks.items()):
            too_many = len(self._talks) > KEPT_TALKS
            if not too_many and talk.used - old.used < KEPT_SECONDS:
                break
            if old is not talk and not old.busy():
                del self._talks[key]
        return talk


async def _news(talk: Talk, store: Any, asked: bool) -> dict[str, Any]:
    """When a page is to ask for a reminder, if that is new: seconds from now, or None for never."""
    if not store.rescheduled(talk.conversation) and not asked:
        return {}
    try:
        now, at = await store.next_reminder(talk.conversation)
    except AWAY as error:
        logger.error("next reminder not read: error=%s", where(error))
        return {"next": AGAIN}
    return {"next": None if at is None else max(0, math.ceil(at - now))}
