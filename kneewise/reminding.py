"""Reminders between Rasa and the database: what a turn changes, and the turn that a reminder is.

An action says when to remind with Rasa's own events, `ReminderScheduled` and `ReminderCancelled`.
The store writes rows of them in the transaction of the turn, so that a restart loses none, and
every process looks for what is due (`keep_reminding`); the row is told once, whoever finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import EXTERNAL_MESSAGE_PREFIX, IS_EXTERNAL
from rasa.shared.core.events import Event, ReminderCancelled, ReminderScheduled, UserUttered

from kneewise import reminder_rows
from kneewise.channels.trying import until_done
from kneewise.database import Database
from kneewise.reminder_rows import Changes, Due

INTENT = "reminder_due"
"""What a turn is about that a reminder begins. Nobody can type it."""
DUE, ADDRESS = "due", "address"
"""In the metadata of a message: the time that it is (of a reminder), and where answers go."""
LOOKED_EVERY = 3.0
"""Seconds between two looks for what is due."""


def changes_of(conversation: str, new: Iterable[Event], latest: UserUttered | None) -> Changes:
    """What new events change; `latest` is the latest message, also if it is not among them."""
    steps: list[tuple[str | None, float | None]] = []
    settled: float | None = None
    said = latest
    for event in new:
        if isinstance(event, UserUttered):
            said = event
            settled = (event.metadata or {}).get(DUE, settled)
        elif isinstance(event, ReminderScheduled) and event.intent == INTENT:
            steps.append((event.name, float(int(event.trigger_date_time.timestamp()))))
        elif isinstance(event, ReminderCancelled) and event.intent in (INTENT, None):
            steps.append((event.name, None))
    address = (said.metadata or {}).get(ADDRESS) if said else None
    channel = (said.input_channel if said else None) or ""
    return Changes(conversation, channel, address, settled, tuple(steps))


def nobody_spoke(new: Iterable[Event]) -> bool:
    """True for the events of a turn that a reminder began."""
    said = [event for event in new if isinstance(event, UserUttered)]
    return bool(said) and all(DUE in (event.metadata or {}) for event in said)


def message(
    to: OutputChannel, conversation: str, channel: str, metadata: Mapping[str, Any]
) -> UserMessage:
    """The message that a reminder is to the assistant, in the form that Rasa gives to its own.

    It comes understood: no text of anybody can be taken for it.
    """
    text = f"{EXTERNAL_MESSAGE_PREFIX}{INTENT}"
    intent = {"name": INTENT, "confidence": 1.0}
    return UserMessage(
        text,
        to,
        conversation,
        parse_data={"text": text, "intent": intent, "entities": []},
        input_channel=channel,
        metadata={IS_EXTERNAL: True, **metadata},
    )


async def keep_reminding(
    channel: str, database: Database, tell: Callable[[Due], Awaitable[Any]]
) -> None:
    """Take on what is due in a channel, as long as this runs.

    A database that is away is waited for.
    """
    look = partial(_remind, channel, database, tell)
    while True:
        found = await until_done(f"{channel}: reminding", look)
        if found < reminder_rows.MOST:
            await asyncio.sleep(LOOKED_EVERY)


async def _remind(channel: str, database: Database, tell: Callable[[Due], Awaitable[Any]]) -> int:
    found = await database.read(partial(reminder_rows.due, channel))
    for one in found:
        await tell(one)
    return len(found)
