"""What a failed call of Slack's Web API means for a delivery. Pure."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from kneewise.channels.trying import Gone, Impossible, Later

TOO_MANY, FAILED = 429, 500
"""HTTP status: too many requests; and from here on, an error of the server."""
FOR_NOW = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""Errors that pass; all others stay whatever is tried."""
LEFT = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "is_archived",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
    }
)
"""Errors that say that there is nobody any more to write to."""
OF_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
"""Errors that a post without blocks does not meet."""


def failure(error: Exception) -> Exception:
    """Later or Impossible for an error of the client; any other error as it is."""
    if isinstance(error, SlackApiError):
        status, code = status_of(error), code_of(error)
        if status == TOO_MANY or code in FOR_NOW:
            return Later(_wait(error))
        if status >= FAILED or not code:
            return Later()
        return Gone(code) if code in LEFT else Impossible(code)
    if isinstance(error, (aiohttp.ClientError, asyncio.TimeoutError, OSError, SlackRequestError)):
        return Later()
    return error


def is_open(error: Exception) -> bool:
    """True if a post may have arrived although it failed: no word came back, or a confused one."""
    if isinstance(error, SlackApiError):
        return status_of(error) >= FAILED or not code_of(error)
    return True


def code_of(error: SlackApiError) -> str:
    """Slack's short name of an error; "" if there is none."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status: of the client's answer, or of the raw one where that was unreadable."""
    for name in ("status_code", "status"):
        status = getattr(error.response, name, None)
        if isinstance(status, int):
            return status
    return 0


def _wait(error: SlackApiError) -> float | None:
    headers: Any = getattr(error.response, "headers", None) or {}
    given = str(headers.get("Retry-After") or "")
    return float(given) if given.isdigit() else None
