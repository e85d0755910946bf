"""What Telegram is told when the channel opens, and the asking for updates where it cannot post."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kneewise import knowledge
from kneewise.channels.telegram.api import BotApi, Rejected, WrongToken
from kneewise.channels.telegram.settings import Settings
from kneewise.channels.telegram.updates import ALLOWED
from kneewise.channels.trying import Impossible, Later, until_done
from kneewise.privacy import where

HELD = 50
"""Seconds for which Telegram holds a question for updates while there are none."""
MARGIN = 15
MENU = {
    "start": "command_start",
    "help": "command_help",
    "restart": "command_restart",
    "forget": "command_forget",
}
"""The commands that Telegram lists, each with the phrase that says what it does."""

Hear = Callable[[Mapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)


def _reason(error: Exception) -> str:
    """Why a call failed, for whoever runs the bot. No call of this module holds anybody's words."""
    if isinstance(error, Rejected):
        return error.detail
    if isinstance(error, WrongToken):
        return "unknown token"
    if isinstance(error, (Later, Impossible)):
        return where(error.__cause__) if error.__cause__ else type(error).__name__
    return where(error)


async def _told(method: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """What Telegram answers to a call, as soon as it does."""
    return await until_done(f"telegram: {method}", call, reason=_reason)


async def open_webhook(api: BotApi, settings: Settings) -> None:
    """Have Telegram post updates to this server."""
    data = {
        "url": settings.webhook,
        "secret_token": settings.secret,
        "allowed_updates": json.dumps(ALLOWED),
    }
    await _told("setWebhook", lambda: api.call("setWebhook", data))
    logger.info("telegram: the webhook is registered")


async def introduce(api: BotApi, learn: Callable[[str], None]) -> None:
    """Ask for the name of the bot, and register its commands."""
    me = await _told("getMe", lambda: api.call("getMe"))
    learn(str((me or {}).get("username") or ""))
    # In private chats only: a group has no use for them.
    data = {"commands": _commands(), "scope": json.dumps({"type": "all_private_chats"})}
    await _told("setMyCommands", lambda: api.call("setMyCommands", data))


def _commands() -> str:
    phrases = knowledge.load().phrases
    return json.dumps(
        [{"command": name, "description": phrases[phrase]} for name, phrase in MENU.items()]
    )


async def poll(api: BotApi, hear: Hear) -> None:
    """Ask for updates without end."""
    inbox = Inbox(api, hear)
    while True:
        await _told("getUpdates", inbox.ask)


class Inbox:
    """Asks for updates. Only what was heard is not asked for again."""

    def __init__(self, api: BotApi, hear: Hear) -> None:
        self._api = api
        self._hear = hear
        self._next = 0
        self._open = False

    async def ask(self) -> None:
        """Ask once."""
        if not self._open:  # where there is a webhook, Telegram refuses to be asked
            await self._api.call("deleteWebhook", {"drop_pending_updates": "false"})
        self._open = False
        data = {"timeout": HELD, "allowed_updates": json.dumps(ALLOWED)}
        if self._next:
            data["offset"] = self._next
        for update in await self._api.call("getUpdates", data, patience=HELD + MARGIN) or ():
            await self._hear(update)
            self._next = update["update_id"] + 1
        self._open = True
