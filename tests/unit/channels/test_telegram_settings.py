"""How the Telegram channel is set."""

from __future__ import annotations

import re

import pytest

from kneewise.channels.core import WrongSetting
from kneewise.channels.telegram.channel import TelegramChannel
from kneewise.channels.telegram.settings import settings

TOKEN = "123:ABC"  # noqa: S105 - a made-up one
ON = {"token": TOKEN, "public_url": "https://knee.example/"}


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    for name in ("", "_TOKEN", "_SECRET", "_API_BASE_URL"):
        monkeypatch.delenv(f"KNEEWISE_TELEGRAM{name}", raising=False)
    monkeypatch.delenv("KNEEWISE_PUBLIC_URL", raising=False)


@pytest.mark.parametrize("given", [None, {}, {"token": None}, {"token": " "}, {"secret": "x"}])
def test_without_a_token_it_is_off(given):
    assert settings(given) is None
    assert TelegramChannel.from_credentials(given).settings is None


def test_settings_of_credentials():
    found = settings(ON)
    assert found.webhook == "https://knee.example/webhooks/telegram/webhook"
    assert (found.bot, found.polling) == ("123", False)
    assert settings({"token": TOKEN, "mode": "polling"}).polling


def test_the_environment_goes_first(monkeypatch):
    monkeypatch.setenv("KNEEWISE_TELEGRAM_TOKEN", "456:DEF")
    monkeypatch.setenv("KNEEWISE_TELEGRAM", "polling")
    monkeypatch.setenv("KNEEWISE_TELEGRAM_SECRET", "s" * 24)
    found = settings({**ON, "mode": "webhook", "secret": "t" * 24})
    assert (found.token, found.polling, found.secret) == ("456:DEF", True, "s" * 24)


def test_the_secret_is_made_from_the_token_if_there_is_none():
    one, same, other = settings(ON), settings(ON), settings({**ON, "token": "124:ABC"})
    assert one.secret == same.secret != other.secret
    assert re.fullmatch(r"[A-Za-z0-9_-]{24,256}", one.secret)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({**ON, "token": "no token"}, "KNEEWISE_TELEGRAM_TOKEN"),
        ({**ON, "token": "abc:def"}, "KNEEWISE_TELEGRAM_TOKEN"),
        ({**ON, "secret": "s" * 23}, "KNEEWISE_TELEGRAM_SECRET"),
        ({**ON, "secret": "s" * 257}, "KNEEWISE_TELEGRAM_SECRET"),
        ({**ON, "secret": "spaces are not taken by Telegram"}, "KNEEWISE_TELEGRAM_SECRET"),
        ({**ON, "mode": "pigeon"}, "KNEEWISE_TELEGRAM"),
        ({"token": TOKEN}, "KNEEWISE_PUBLIC_URL"),
        ({**ON, "public_url": "http://knee.example"}, "KNEEWISE_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_told(given, named):
    with pytest.raises(WrongSetting) as wrong:
        settings(given)
    assert named in str(wrong.value)
    assert given["token"] not in str(wrong.value)
    assert "sss" not in str(wrong.value)


def test_a_bot_api_server_of_ones_own_may_post_to_plain_http():
    given = {**ON, "public_url": "http://10.0.0.2:5005", "api_base_url": "http://10.0.0.3:8081"}
    assert settings(given).webhook.startswith("http://10.0.0.2")
