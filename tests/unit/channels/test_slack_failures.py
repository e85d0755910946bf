"""What a failed call means: try later, or never again."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from kneewise.channels.slack.failures import failure, is_open
from kneewise.channels.trying import Impossible, Later


def api_error(status: int, data: Any, **headers: str) -> SlackApiError:
    answer = SimpleNamespace(status_code=status, data=data, headers=headers)
    return SlackApiError("private words", answer)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (api_error(429, {"error": "ratelimited"}, **{"Retry-After": "30"}), 30),
        (api_error(429, {}), None),
        (api_error(200, {"error": "ratelimited"}), None),
        (api_error(200, {"error": "internal_error"}), None),
        (api_error(500, {}), None),
        (api_error(503, {"error": "service_unavailable"}), None),
        (api_error(200, "<html>"), None),
        (SlackApiError("private words", SimpleNamespace(status=502)), None),
        (SlackRequestError("private words"), None),
        (aiohttp.ClientConnectionError(), None),
        (asyncio.TimeoutError(), None),
        (ConnectionResetError(), None),
    ],
)
def test_what_passes_is_tried_later(error: Exception, wait: float | None) -> None:
    found = failure(error)
    assert isinstance(found, Later)
    assert found.wait == wait


@pytest.mark.parametrize(
    "code", ["channel_not_found", "user_disabled", "invalid_auth", "missing_scope", "new_one"]
)
def test_what_stays_is_impossible_and_named(code: str) -> None:
    found = failure(api_error(200, {"error": code}))
    assert isinstance(found, Impossible)
    assert str(found) == code


def test_an_error_of_our_own_stays_what_it_is() -> None:
    error = KeyError("phrase")
    assert failure(error) is error
    assert failure(Later(3)).wait == 3  # type: ignore[attr-defined]


def test_only_a_clear_word_says_that_nothing_was_posted() -> None:
    assert is_open(aiohttp.ServerDisconnectedError())
    assert is_open(asyncio.TimeoutError())
    assert is_open(api_error(500, {}))
    assert not is_open(api_error(429, {"error": "ratelimited"}))
    assert not is_open(api_error(200, {"error": "channel_not_found"}))
