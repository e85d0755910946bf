"""Calls of the Bot API. What goes wrong becomes `Later` or `Impossible`, and nothing else."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping
from typing import Any

from aiogram import Bot
from aiogram.bot.api import TELEGRAM_PRODUCTION, TelegramAPIServer
from aiogram.utils import exceptions as telegram

from kneewise.channels.trying import Gone, Impossible, Later

PATIENCE = 30.0
"""Seconds that a call may take."""

_GONE = (
    telegram.ChatNotFound,
    telegram.InvalidPeerID,
    telegram.GroupDeactivated,
    telegram.MigrateToChat,
)
_TOO_LARGE = "File too large"


class Rejected(Impossible):
    """Telegram does not take this message as it is. `detail` is its reason, not for the log."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.detail = str(error)


class WrongToken(Later):
    """Telegram does not know the token. Who runs the bot can put that right."""


class BotApi:
    """The Bot API for one bot. To be made, and closed, in the loop that runs."""

    def __init__(self, token: str, base_url: str = "") -> None:
        server = TelegramAPIServer.from_base(base_url) if base_url else TELEGRAM_PRODUCTION
        self._bot = Bot(token, server=server)
        self._closed = False
        # Whatever the log level: what aiogram logs for debugging is every text, and the token.
        log = logging.getLogger("aiogram")
        log.setLevel(max(log.getEffectiveLevel(), logging.INFO))

    async def call(
        self,
        method: str,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        patience: float = PATIENCE,
    ) -> Any:
        """The result of a call; a file is its name and its content.

        Raises:
            Later: it may work if it is tried again.
            Impossible: it never will; `Rejected` if another message might be taken.
        """
        if self._closed:
            raise Later
        sent = {
            field: (name, io.BytesIO(content)) for field, (name, content) in (files or {}).items()
        }
        try:
            with self._bot.request_timeout(patience):
                return await self._bot.request(method, dict(data or {}), sent)
        except telegram.RetryAfter as error:
            raise Later(float(error.timeout)) from None
        except Exception as error:  # aiogram fails in many ways at odd answers
            raise _meaning(error) from error

    async def close(self) -> None:
        """End all connections; calls that still come are not made."""
        self._closed = True
        await self._bot.session.close()
        await asyncio.sleep(0)


def _meaning(error: Exception) -> Later | Impossible:
    """What an error of aiogram means for what was to be sent."""
    if isinstance(error, _GONE):
        return Gone(type(error).__name__)
    if isinstance(error, telegram.Unauthorized):
        # 401 and 403 are one class; of 403 Telegram says "Forbidden: ...".
        return WrongToken() if str(error) == "Unauthorized" else Gone(type(error).__name__)
    if isinstance(error, telegram.NotFound):  # as 404 is, an address with an unknown token
        return WrongToken()
    too_large = isinstance(error, telegram.NetworkError) and str(error).startswith(_TOO_LARGE)
    if too_large or isinstance(error, telegram.BadRequest):
        return Rejected(error)
    return Later()
