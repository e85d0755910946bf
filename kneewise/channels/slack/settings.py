"""What has to be set before Slack is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kneewise.channels.core import WrongSetting, setting

PREFIX = "KNEEWISE_SLACK_"
API = "https://slack.com/api/"
KEYS = (
    ("token", ("token", "slack_token")),
    ("signing_secret", ("signing_secret", "slack_signing_secret")),
    ("app_token", ("app_token",)),
    ("api_base_url", ("api_base_url",)),
)
"""The settings, with what they are called in credentials.yml: here, and by Rasa's own connector."""


@dataclass(frozen=True)
class Settings:
    """The secrets of one Slack app, none of which is ever shown."""

    token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_base_url: str = API

    @property
    def on(self) -> bool:
        """True if Slack can hand messages over, by HTTP or by Socket Mode."""
        return bool(self.token)

    @classmethod
    def read(cls, credentials: Mapping[str, Any] | None) -> Settings:
        """The settings of the environment, else of the channel's part of credentials.yml.

        Raises:
            WrongSetting: one of them is of another kind, or only a part is set.
        """
        given = {name: setting(PREFIX + name.upper(), credentials, *keys) for name, keys in KEYS}
        _check_kind(given["token"], "token", "xoxb-")
        _check_kind(given["app_token"], "app_token", "xapp-")
        ways_in = given["signing_secret"] or given["app_token"]
        if given["token"] and not ways_in:
            raise WrongSetting(
                f"{PREFIX}TOKEN is set, so {PREFIX}SIGNING_SECRET must be set too "
                f"(or {PREFIX}APP_TOKEN, for Socket Mode). See docs/channels.md."
            )
        if ways_in and not given["token"]:
            raise WrongSetting(
                f"{PREFIX}TOKEN must be set: the bot token of the Slack app, xoxb-..."
            )
        base = given["api_base_url"] or API
        if not base.startswith(("https://", "http://")):
            raise WrongSetting(f"{PREFIX}API_BASE_URL must start with https://")
        return cls(**{**given, "api_base_url": base.rstrip("/") + "/"})


def _check_kind(value: str, name: str, start: str) -> None:
    """Slack shows several secrets side by side, and they are easily mixed up."""
    if value and not value.startswith(start):
        raise WrongSetting(f"{PREFIX}{name.upper()} must be the one that starts with {start}")
