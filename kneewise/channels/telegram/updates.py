"""What an update of Telegram says, who is to be answered, and what of it is ignored. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kneewise.channels.core import LONGEST_TEXT

ALLOWED = ("message", "callback_query")
"""The kinds of updates that are asked for; others are ignored, should they come."""
COMMANDS = {"start": "hello", "help": "help", "restart": "start again", "forget": "forget me"}
"""What a command says, in words that the assistant understands."""
NOT_READ = frozenset(
    {
        *("photo", "voice", "video", "video_note", "audio", "animation", "sticker", "document"),
        *("location", "venue", "contact", "dice", "game", "poll", "story", "paid_media"),
        *("checklist", "invoice"),
    }
)
"""What a message can hold besides words. All else in a message is news of the chat itself."""
LONGEST_PRESS = 64
HOUR = 3600
LARGEST_CHAT = 2**52
"""Telegram's numbers of chats have at most 52 bits."""
_COMMAND = re.compile(r"/([A-Za-z]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+(.*))?", re.DOTALL)
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a link t.me/<bot>?start=... can carry."""


@dataclass(frozen=True)
class Heard:
    """Something to answer: its name, which is never used twice, the chat, and what was said."""

    key: str
    chat: int
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What is in an update. `query` names the press of a button; Telegram waits to hear of it."""

    heard: tuple[Heard, ...] = ()
    query: str | None = None


def read(update: Mapping[str, Any], me: str | None = None) -> Reading:
    """What an update says.

    Args:
        update: as Telegram sent it, or anybody who knows the secret: any of it may be missing.
        me: the name of the bot, as far as it is known.
    """
    number = update.get("update_id")
    if isinstance(number, bool) or not isinstance(number, int):
        return Reading()
    if "callback_query" in update:
        return _press(str(number), _part(update, "callback_query"))
    message = _part(update, "message")
    chat = _chat(message)
    if chat is None or _part(message, "from").get("is_bot") is True:
        return Reading()
    kind = _part(message, "chat").get("type")
    if kind == "private":
        return Reading(_private(str(number), chat, message))
    if kind in ("group", "supergroup") and _calls(message, me):
        return Reading((_pointer(chat, message),))
    return Reading()


def _press(key: str, query: Mapping[str, Any]) -> Reading:
    name = query.get("id")
    answered = name if isinstance(name, str) else None
    message, pressed = _part(query, "message"), query.get("data")
    chat = _chat(message)
    private = _part(message, "chat").get("type") == "private"
    if chat is None or not private or not isinstance(pressed, str):
        return Reading(query=answered)
    return Reading((Heard(key, chat, {"pressed": [pressed[:LONGEST_PRESS]]}),), answered)


def _private(key: str, chat: int, message: Mapping[str, Any]) -> tuple[Heard, ...]:
    text, caption = message.get("text"), message.get("caption")
    if isinstance(text, str):
        return (Heard(key, chat, _said(text)),)
    if not NOT_READ & message.keys():
        return ()
    # The pictures of an album come as a message each; they get one answer.
    album = message.get("media_group_id")
    of = f"album-{chat}-{album}" if isinstance(album, str) else f"{key}-note"
    noted = Heard(of, chat, {"note": "only_words"})
    if isinstance(caption, str) and caption.strip():
        return noted, Heard(key, chat, {"text": caption[: LONGEST_TEXT + 1]})
    return (noted,)


def _said(text: str) -> dict[str, Any]:
    """What a text says: a command of ours its words, everything else itself."""
    found = _COMMAND.fullmatch(text.strip())
    name, more = (found[1].lower(), (found[3] or "").strip()) if found else ("", "")
    words = COMMANDS.get(name)
    if words and not more:
        return {"text": words}
    if name == "start" and _START.fullmatch(more):
        return {"text": words, "metadata": {"start": more}}
    # "/help my knee is locked" must not lose the knee: what stands behind a command is read.
    # More than the longest text is not kept, only that it was more.
    kept = more if name == "start" else text
    return {"text": kept[: LONGEST_TEXT + 1]}


def _calls(message: Mapping[str, Any], me: str | None) -> bool:
    """True if a message in a group is for the bot: one of its commands, or its name."""
    words = message.get("text") or message.get("caption")
    if not isinstance(words, str):
        return False
    command = _COMMAND.match(words)
    if command and command[1].lower() in COMMANDS:
        return command[2] is None or _same(command[2], me)
    return any(_same(name, me) for name in re.findall(r"@([A-Za-z0-9_]{3,})", words))


def _same(name: str, me: str | None) -> bool:
    return me is not None and name.lower() == me.lower()


def _pointer(chat: int, message: Mapping[str, Any]) -> Heard:
    """The way to the private chat; its name is that of the hour, so that it is shown once in it."""
    at = message.get("date")
    hour = at // HOUR if isinstance(at, int) else 0
    return Heard(f"group-{chat}-{hour}", chat, {"note": "write_in_private"})


def _chat(message: Mapping[str, Any]) -> int | None:
    found = _part(message, "chat").get("id")
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if abs(found) < LARGEST_CHAT else None


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}
