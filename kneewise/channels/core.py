"""What every channel does with what comes in and goes out."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel

LONGEST_TEXT = 2000
"""Characters of one message that are read. A runner writes lines, not pages."""

LONGEST_BODY = 65536
"""Bytes of one request: a message of the greatest length, escaped, with room for its frame."""

_COMMAND = re.compile(r"\A[\s/]+")
"""Slashes with blanks between them too: of "/ /intent" a command must not be left."""
_SENDER = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")


def clean_text(text: str) -> str:
    """A message without control characters, lone surrogates, and a leading command slash.

    "/intent{...}" would go past understanding and set slots; from a person it is only text.
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return _COMMAND.sub("", kept, count=1).rstrip()


def conversation_id(channel: str, sender: str) -> str:
    """The id of a conversation: the channel's name first, so that none reaches another's.

    Raises:
        ValueError: the sender is not 1 to 128 letters, digits, and `_ . : @ -`.
    """
    if not _SENDER.fullmatch(sender):
        raise ValueError("sender must be 1 to 128 letters, digits, or the signs _ . : @ -")
    return f"{channel}-{sender}"


class Collector(CollectingOutputChannel):
    """Collects the messages of a turn whole: with their metadata, and not cut at blank lines."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message as it is."""
        keys = ("text", "buttons", "image", "custom", "attachment", "metadata")
        kept = {key: message[key] for key in keys if message.get(key)}
        self.messages.append({"recipient_id": recipient_id, **kept})
