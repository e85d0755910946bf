"""How the Telegram channel is set: from the environment, else from its part of credentials.yml."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiogram.bot.api import check_token
from aiogram.utils.exceptions import ValidationError

from kneewise.channels.core import WrongSetting, setting

SETTING = "KNEEWISE_TELEGRAM"
PUBLIC_URL = "KNEEWISE_PUBLIC_URL"
WEBHOOK, POLLING = "webhook", "polling"
PATH = "/webhooks/telegram/webhook"
SHORTEST = 24
"""Characters of a secret that is not guessed."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as a secret token."""
_DERIVED = b"kneewise: secret token of the Telegram webhook"


@dataclass(frozen=True)
class Settings:
    """What the channel needs to know.

    `public_url` is where Telegram finds this server, `api_base_url` a Bot API server of one's own.
    """

    token: str
    secret: str
    polling: bool
    public_url: str
    api_base_url: str

    @property
    def mode(self) -> str:
        """How updates come in."""
        return POLLING if self.polling else WEBHOOK

    @property
    def webhook(self) -> str:
        """Where Telegram posts what people write."""
        return self.public_url.rstrip("/") + PATH

    @property
    def bot(self) -> str:
        """The number of the bot, which is no secret."""
        return self.token.partition(":")[0]


def settings(credentials: Mapping[str, Any] | None) -> Settings | None:
    """The settings; None while there is no token, which is how the channel is off.

    Raises:
        WrongSetting: a setting is wrong, or missing.
    """
    given = credentials
    token = setting(f"{SETTING}_TOKEN", given, "token")
    if not token:
        return None
    try:
        check_token(token)
    except ValidationError:
        raise WrongSetting(
            f"{SETTING}_TOKEN must be as BotFather gave it: a number, a colon, letters."
        ) from None
    mode = setting(SETTING, given, "mode") or WEBHOOK
    if mode not in (WEBHOOK, POLLING):
        raise WrongSetting(f"{SETTING} must be {WEBHOOK} or {POLLING}, not {mode!r}.")
    found = Settings(
        token,
        _secret(setting(f"{SETTING}_SECRET", given, "secret"), token),
        mode == POLLING,
        setting(PUBLIC_URL, given, "public_url"),
        setting(f"{SETTING}_API_BASE_URL", given, "api_base_url"),
    )
    # Only a Bot API server of one's own posts to plain http.
    schemes = ("https://", "http://") if found.api_base_url else ("https://",)
    if not found.polling and not found.public_url.startswith(schemes):
        raise WrongSetting(
            f"Telegram needs {PUBLIC_URL}, the https address at which it finds this server. "
            f"To try it without one, set {SETTING}={POLLING}."
        )
    return found


def _secret(given: str, token: str) -> str:
    """The secret of the webhook; without one, a number that only who has the token can know."""
    if not given:
        return hmac.new(token.encode(), _DERIVED, hashlib.sha256).hexdigest()
    if len(given) < SHORTEST or not _SECRET.fullmatch(given):
        raise WrongSetting(
            f"{SETTING}_SECRET must be {SHORTEST} to 256 letters, digits, or the signs _ and -."
        )
    return given
