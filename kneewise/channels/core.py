"""What every channel does with what comes in and goes out."""

from __future__ import annotations

import logging
import os
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sanic.request import Request

from kneewise import metrics, settings, watching
from kneewise.privacy import hashed, where
from kneewise.reminding import DUE
from kneewise.rows import Conflict
from kneewise.wording import said

LONGEST_TEXT = 2000
"""Characters of one message that are read. A runner writes lines, not pages."""

LONGEST_BODY = 65536
"""Bytes of one request: a message of the greatest length, escaped, with room for its frame."""

_COMMAND = re.compile(r"\A[\s/]+")
"""Slashes with blanks between them too: of "/ /intent" a command must not be left."""
_SENDER = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
_KEPT = ("text", "buttons", "image", "custom", "attachment", "metadata")
"""What of a bot message goes out; the rest is Rasa's own."""

SOON = 5
"""Seconds after which a request that could not be served may be sent again."""

WrongSetting = settings.WrongSetting
"""What the channels and those who make them know it by."""
OnMessage = Callable[[UserMessage], Awaitable[Any]]

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is not answered: HTTP status, a sentence why, and a code for programs.

    `wait` are the seconds after which it may be sent again, if that helps.
    """

    def __init__(self, status: int, reason: str, code: str = "bad_request", wait: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.wait = wait


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


def json_object(request: Request) -> dict[str, Any]:
    """The body of a request.

    Raises:
        Refused: 413 for a body that is too long, 400 for one that is not a JSON object.
    """
    if len(request.body) > LONGEST_BODY:
        raise Refused(413, f"the body is larger than {LONGEST_BODY} bytes", "too_long")
    try:
        body = request.json
    except Exception as error:
        raise Refused(400, "the body must be JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    return body


def readable(text: str) -> str:
    """What the assistant reads of a text that somebody sent.

    Raises:
        Refused: 413 for a text that is too long, 400 for one with nothing in it.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(413, f"message is longer than {LONGEST_TEXT} characters", "too_long")
    cleaned = clean_text(text)
    if not cleaned:
        raise Refused(400, "message is empty", "empty")
    return cleaned


def kept(message: Mapping[str, Any]) -> dict[str, Any]:
    """What goes out of a bot message."""
    return {key: message[key] for key in _KEPT if message.get(key)}


class Collector(CollectingOutputChannel):
    """Collects the messages of a turn whole: with their metadata, and not cut at blank lines."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message as it is."""
        self.messages.append({"recipient_id": recipient_id, **kept(message)})


async def taken(
    on_new_message: OnMessage,
    message: UserMessage,
    since: float | None = None,
    through: tuple[type[Exception], ...] = (),
) -> bool:
    """Let the assistant take a turn; false, with a line in the log, if that fails.

    `since` is when the message was accepted (`time.monotonic`), if it had to wait for its turn.
    `through` are the failures that are raised, for who takes the turn again.

    Raises:
        Conflict: another process has taken a turn of the conversation; nothing of this is stored.
    """
    raised: tuple[type[Exception], ...] = (Conflict, *through)
    due = DUE in (message.metadata or {})
    with watching.turn(message.input_channel, message.sender_id, since, reminder=due) as turn:
        try:
            await on_new_message(message)
        except raised:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the runner is told
            turn.failed = True
            logger.error(
                "turn failed: channel=%s conversation=%s error=%s",
                message.input_channel,
                hashed(message.sender_id),
                where(error),
            )
    return not turn.failed


def apology() -> dict[str, Any]:
    """What is said when a turn failed, or has nothing to say."""
    return said("utter_failed", topic="fallback")


def log_silence(channel: str, conversation: str) -> None:
    """Note that a turn had nothing to say."""
    metrics.silent(channel)
    logger.error("silent turn: channel=%s conversation=%s", channel, hashed(conversation))


def warns(message: Mapping[str, Any]) -> bool:
    """True for a message that tells somebody to get help today or now."""
    return watching.is_warning(message.get("metadata") or {})


def setting(name: str, credentials: Mapping[str, Any] | None, *keys: str) -> str:
    """A setting of the environment, else of a part of credentials.yml; empty if of neither."""
    given = credentials or {}
    values = (os.environ.get(name), *(given.get(key) for key in keys))
    return next((str(value).strip() for value in values if value), "")
