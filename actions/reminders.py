"""Reminders as Rasa's events, and what an action is told of a reminder that is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from rasa_sdk.events import ReminderCancelled, ReminderScheduled

from kneewise import clock
from kneewise.coach.reminders import Reminder

INTENT = "reminder_due"
"""As in `kneewise.reminding`, which the actions do not import: it needs Rasa's own classes."""
DUE, ADDRESS, ZONE = "due", "address", "zone"


def turn_events(
    before: Iterable[Reminder], after: Iterable[Reminder], *, every: bool = False
) -> list[dict[str, Any]]:
    """The events by which reminders become others: what is new or moved, and what is gone.

    Args:
        every: schedule all of them, also those that stay: for a turn that a reminder began, so
            that none is lost if what was stored of them is not what is known of them.
    """
    known = {reminder.id: reminder for reminder in before}
    left = {reminder.id: reminder for reminder in after}
    gone = [ReminderCancelled(name, INTENT) for name in known if name not in left]
    moved = [
        ReminderScheduled(INTENT, reminder.at, name=name, kill_on_user_message=False)
        for name, reminder in left.items()
        if every or name not in known or known[name].at != reminder.at
    ]
    return [*gone, *moved]


def is_due(message: Mapping[str, Any]) -> bool:
    """True if the latest message is a reminder, and nobody's words."""
    return bool((message.get("intent") or {}).get("name") == INTENT)


def is_told_elsewhere(message: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> bool:
    """True for a reminder of Rasa's own scheduler in a channel where Kneewise tells it itself.

    Under `rasa run` both come there. What Rasa's says would reach nobody: it goes to where the
    answer went to the message that it was scheduled in, and that answer is long over.
    """
    if not is_due(message) or DUE in (message.get("metadata") or {}):
        return False
    said = (event.get("metadata") or {} for event in events if event.get("event") == "user")
    return any(ADDRESS in metadata for metadata in said)


def moment(message: Mapping[str, Any]) -> datetime:
    """What time it is: for a reminder by the clock that found it due, else by this machine's."""
    at = (message.get("metadata") or {}).get(DUE)
    if isinstance(at, (int, float)):
        return datetime.fromtimestamp(at, timezone.utc)
    return clock.now()


def reaches(message: Mapping[str, Any]) -> str | None:
    """How a reminder would reach who wrote a message: sent to them, on their open page, or not."""
    address = (message.get("metadata") or {}).get(ADDRESS)
    if not isinstance(address, Mapping):
        return None
    return "sent" if address else "page"


def zone_of_page(message: Mapping[str, Any]) -> str | None:
    """The time zone that the browser names, if it names one that there is."""
    zone = (message.get("metadata") or {}).get(ZONE)
    return zone if isinstance(zone, str) else None
