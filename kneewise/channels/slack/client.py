"""The client of Slack's Web API: slack_sdk's own, with retries that never post twice."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.web.async_client import AsyncWebClient

from kneewise.channels.slack.settings import Settings

TIMEOUT = 20
"""Seconds for one call: longer than Slack ever takes, shorter than anybody waits."""
POST = "chat.postMessage"

silent = logging.getLogger(f"{__name__}.silent")
"""For slack_sdk, whose lines can hold texts, tokens, and the ticket of a connection."""
silent.setLevel(logging.CRITICAL + 1)


class _LostConnection(AsyncConnectionErrorRetryHandler):
    """Tries again after a lost connection, but not what may have been posted."""

    async def _can_retry_async(self, *, request: HttpRequest, **seen: Any) -> bool:
        return not _posts(request) and await super()._can_retry_async(request=request, **seen)


class _FailedServer(AsyncServerErrorRetryHandler):
    """Tries again after an error of the server, but not what may have been posted."""

    async def _can_retry_async(self, *, request: HttpRequest, **seen: Any) -> bool:
        return not _posts(request) and await super()._can_retry_async(request=request, **seen)


def _posts(request: HttpRequest) -> bool:
    return request.url.endswith(POST)


def web_client(settings: Settings) -> AsyncWebClient:
    """One client for all calls, with one session; to be made inside the running loop."""
    return AsyncWebClient(
        settings.token,
        base_url=settings.api_base_url,
        session=aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)),
        timeout=TIMEOUT,
        logger=silent,
        retry_handlers=[
            _LostConnection(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=1),
            _FailedServer(max_retry_count=1),
        ],
    )
