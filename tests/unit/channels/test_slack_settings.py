"""What has to be set before Slack is on, and what is said when it is set wrongly."""

from __future__ import annotations

import asyncio

import pytest

from kneewise.channels.core import Refused, WrongSetting
from kneewise.channels.slack import SlackChannel
from kneewise.channels.slack.settings import API, Settings

GOOD = {"token": "xoxb-1", "signing_secret": "s"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the shell that runs the tests do not count."""
    for name in ("TOKEN", "SIGNING_SECRET", "APP_TOKEN", "API_BASE_URL"):
        monkeypatch.delenv(f"KNEEWISE_SLACK_{name}", raising=False)


def test_nothing_set_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Settings.read(None).on
    assert Settings.read(None).api_base_url == API
    monkeypatch.setenv("KNEEWISE_SLACK_TOKEN", " ")
    assert not Settings.read({}).on


def test_the_environment_comes_before_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Settings.read({"slack_token": "xoxb-r", "slack_signing_secret": "s"})
    assert (found.token, found.signing_secret) == ("xoxb-r", "s")
    monkeypatch.setenv("KNEEWISE_SLACK_TOKEN", "xoxb-env")
    monkeypatch.setenv("KNEEWISE_SLACK_APP_TOKEN", "xapp-1")
    found = Settings.read(None)
    assert (found.on, found.token, found.app_token) == (True, "xoxb-env", "xapp-1")
    found = Settings.read({**GOOD, "api_base_url": "http://127.0.0.1:1/api"})
    assert (found.token, found.signing_secret) == ("xoxb-env", "s")
    assert found.api_base_url == "http://127.0.0.1:1/api/"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"token": "xoxb-1"}, "SIGNING_SECRET"),
        ({"signing_secret": "s"}, "KNEEWISE_SLACK_TOKEN"),
        ({"app_token": "xapp-1"}, "KNEEWISE_SLACK_TOKEN"),
        ({"token": "xapp-1", "signing_secret": "s"}, "xoxb-"),
        ({**GOOD, "app_token": "xoxb-1"}, "xapp-"),
        ({**GOOD, "api_base_url": "slack.example"}, "API_BASE_URL"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSetting) as raised:
        Settings.read(wrong)
    assert named in str(raised.value)
    assert not any(value in str(raised.value) for value in ("xoxb-1", "xapp-1"))


def test_secrets_are_not_shown() -> None:
    found = Settings.read({**GOOD, "app_token": "xapp-1"})
    assert "xoxb-1" not in repr(found)
    assert "xapp-1" not in repr(found)
    assert SlackChannel.name() == "slack"


def test_without_settings_it_is_off_and_starts_nothing() -> None:
    channel = SlackChannel.from_credentials(None)
    routes = channel.blueprint(None)  # type: ignore[arg-type]
    assert not routes._future_listeners
    with pytest.raises(Refused) as raised:
        asyncio.run(channel._webhook(None))
    assert (raised.value.status, raised.value.code) == (404, "off")
