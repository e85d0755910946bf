"""What the widget asks for with a message: something is said, pressed, or may be due."""

from __future__ import annotations

import re
from typing import Any

from kneewise.channels.core import Refused, readable
from kneewise.channels.talk import Talk
from kneewise.coach import zones

MOST_PRESSES = 20
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def wanted(body: dict[str, Any]) -> tuple[str, str | None, list[str]]:
    """The id of a message, and its text or what was pressed; neither asks what is due.

    Raises:
        Refused: 400, it has not the form of a message.
    """
    message_id, text, choices = body.get("id"), body.get("text"), body.get("choices")
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        raise Refused(400, "id must be 8 to 64 letters, digits, or the signs _ -")
    if body.get("due") is True and text is None and choices is None:
        return message_id, None, []
    if isinstance(text, str) and choices is None:
        return message_id, text, []
    if text is not None or not isinstance(choices, list):
        raise Refused(400, "send either a text or a list of choices")
    if not all(isinstance(choice, str) for choice in choices):
        raise Refused(400, "choices must be texts")
    if not 0 < len(choices) <= MOST_PRESSES:
        raise Refused(400, f"choices must be 1 to {MOST_PRESSES}")
    return message_id, None, choices


def zone_of(body: dict[str, Any]) -> dict[str, str]:
    """The time zone of the browser, if it names one that is known here.

    Raises:
        Refused: 400, it is no text.
    """
    given = body.get("zone")
    if given is not None and not isinstance(given, str):
        raise Refused(400, "zone must be a text")
    zone = zones.known(given)
    return {"zone": zone} if zone else {}


def words_of(talk: Talk, text: str | None, choices: list[str]) -> str | None:
    """What the assistant reads; None if nothing is said, and only asked whether something is due.

    Raises:
        Refused: 400 or 413.
    """
    if choices:
        return _chosen(talk, choices)
    return None if text is None else readable(text)


def _chosen(talk: Talk, choices: list[str]) -> str:
    """What was pressed, as the text that the assistant reads.

    Raises:
        Refused: 400, one of them was not offered in this conversation.
    """
    if not talk.offered.issuperset(choices):
        raise Refused(400, "a choice was not offered in this conversation", "not_offered")
    return readable(". ".join(choices))
