"""Socket Mode: Slack tells through a connection that we open, so no public address is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from kneewise.channels.slack.client import silent
from kneewise.channels.slack.desk import Desk
from kneewise.channels.slack.failures import code_of
from kneewise.privacy import where

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
CONNECTS_WITHIN, LOST_AFTER, LOOK = 30.0, 30.0, 5.0
"""Seconds to connect; after which a lost connection is made anew; between two looks at it."""

logger = logging.getLogger(__name__)


async def stay_connected(app_token: str, web: AsyncWebClient, desk: Desk) -> None:
    """Keep a connection to Slack until cancelled, whatever happens to it.

    The client of slack_sdk connects again by itself, but with an address that may have run out;
    so it is made anew when it is without a connection for long.
    """
    wait = FIRST_WAIT
    while True:
        client = _client(app_token, web, desk)
        try:
            client.wss_uri = await client.issue_new_wss_url()
            connecting: Awaitable[None] = client.connect()  # type: ignore[no-untyped-call]
            await asyncio.wait_for(connecting, CONNECTS_WITHIN)
            wait = FIRST_WAIT
            await _until_lost(client)
            logger.warning("socket mode: connection lost, made anew")
        except SlackApiError as error:
            logger.error("socket mode: refused, tried again: error=%s", code_of(error) or "none")
        except Exception as error:  # noqa: BLE001 - whatever failed, it is tried again
            logger.error("socket mode: no connection, tried again: error=%s", where(error))
        finally:
            await client.close()  # type: ignore[no-untyped-call]
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 2)


async def _until_lost(client: SocketModeClient) -> None:
    lost = 0.0
    while lost < LOST_AFTER:
        await asyncio.sleep(LOOK)
        lost = 0.0 if await client.is_connected() else lost + LOOK


def _client(app_token: str, web: AsyncWebClient, desk: Desk) -> SocketModeClient:
    client = SocketModeClient(app_token, logger=silent, web_client=web)

    async def listen(_: Any, request: SocketModeRequest) -> None:
        # In line before anything else is awaited: so messages stay in the order in which they came.
        answered, payload = await _taken(request, desk)
        if answered:
            answer = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
            await client.send_socket_mode_response(answer)

    client.socket_mode_request_listeners.append(listen)
    return client


async def _taken(request: SocketModeRequest, desk: Desk) -> tuple[bool, dict[str, str] | None]:
    """Whether an envelope can be acknowledged, and with what.

    One that could not be stored is not: Slack then hands it over again.
    """
    ways: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, str] | None]]] = {
        "events_api": desk.event,
        "interactive": desk.interaction,
        "slash_commands": desk.command,
    }
    take = ways.get(request.type)
    try:
        return True, await take(request.payload) if take else None
    except Exception as error:  # noqa: BLE001 - Slack hands it over again
        logger.error("not taken on: channel=slack error=%s", where(error))
        return False, None
