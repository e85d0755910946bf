"""The Slack channel: `/webhooks/slack/webhook`, where Slack tells what people say and press."""

from __future__ import annotations

import asyncio
import json
import logging
from asyncio import AbstractEventLoop
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from kneewise import metrics
from kneewise.channels.core import OnMessage, Refused
from kneewise.channels.courier import Courier
from kneewise.channels.slack.carrier import SlackCarrier
from kneewise.channels.slack.client import web_client
from kneewise.channels.slack.desk import Desk
from kneewise.channels.slack.settings import Settings
from kneewise.channels.slack.socket_mode import stay_connected
from kneewise.channels.trying import until_done
from kneewise.privacy import where
from kneewise.rasa_compat import own_store
from kneewise.shared import Shared, shared_by

LONGEST_BODY = 1 << 20
"""Bytes of one request. Slack sends a message twice over, as text and as blocks, with escapes."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
FAILED = 500
OPENS_WITHIN = 2.0
"""Seconds that Slack is kept waiting for a start that is under way; it gives us three."""
FAREWELL = 5.0
"""Seconds at the end for what was begun."""

logger = logging.getLogger(__name__)


class SlackChannel(InputChannel):
    """Slack, off until its settings are there."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._desk: Desk | None = None
        self._courier: Courier | None = None
        self._web: AsyncWebClient | None = None
        self._begun: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()

    @classmethod
    def name(cls) -> str:
        """The name in the path, and in front of every conversation."""
        return "slack"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SlackChannel:
        """Make the channel from its part of credentials.yml, which may be empty.

        Raises:
            WrongSetting: a setting is of the wrong kind, or missing beside another.
        """
        return cls(Settings.read(credentials))

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """The routes of the channel, and its work in the background."""
        routes = Blueprint("kneewise_slack", __name__)

        # As a stream, so that the body is read up to the limit of this route, not of the server.
        @routes.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            return await self._webhook(request)

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok" if self.settings.on else "off"})

        routes.exception(Exception)(_failed)
        if not self.settings.on:
            return routes

        @routes.listener("after_server_start")
        async def start(app: Sanic, _loop: AbstractEventLoop) -> None:
            self._open(app, on_new_message)

        @routes.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: AbstractEventLoop) -> None:
            await self._close()

        return routes

    def _open(self, app: Sanic, on_new_message: OnMessage) -> None:
        """Begin to take messages on. Slack need not be there for that."""
        agent = getattr(app.ctx, "agent", None)
        if agent is None or agent.tracker_store is None:
            logger.error("slack stays closed: there is no agent")
            self._opened.set()
            return
        self._web = web_client(self.settings)
        self._courier = Courier(
            self.name(), SlackCarrier(self._web), on_new_message, own_store(agent)
        )
        self._begun = asyncio.create_task(self._begin(self._courier, self._web, shared_by(app)))

    async def _begin(
        self, courier: Courier, web: AsyncWebClient, shared: Shared | None = None
    ) -> None:
        """Go on where the process before ended, then let in what is new."""
        await until_done("slack: reading the store", courier.start)
        self._desk = Desk(courier, shared)
        self._opened.set()
        if self.settings.app_token:
            await stay_connected(self.settings.app_token, web, self._desk)

    async def _close(self) -> None:
        """Take nothing on any more, and end what was begun if that is soon done.

        What is not is in the database, and goes on at the next start.
        """
        self._desk = None
        if self._begun is not None:
            self._begun.cancel()
            with suppress(asyncio.CancelledError):
                await self._begun
        if self._courier is not None:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._courier.idle(), FAREWELL)
        if self._web is not None and self._web.session is not None:
            await self._web.session.close()

    async def _webhook(self, request: Request) -> HTTPResponse:
        """Take on what Slack hands over. Nothing is parsed before its signature is checked."""
        if not self.settings.signing_secret:
            raise Refused(404, "Slack is not set up here, or comes by Socket Mode", "off")
        if request.stream is not None:
            request.stream.request_max_size = LONGEST_BODY
        await request.receive_body()
        self._check_signature(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == JSON:
            return await self._on_json(_object(request.body))
        if kind == FORM:
            return await self._on_form(dict(parse_qsl(request.body.decode())))
        raise Refused(400, f"the body must be {JSON} or {FORM}")

    def _check_signature(self, request: Request) -> None:
        """Check that Slack sent this, within the last minutes.

        Raises:
            Refused: 401.
        """
        try:
            genuine = SignatureVerifier(self.settings.signing_secret).is_valid(
                request.body,
                request.headers.get("x-slack-request-timestamp"),
                request.headers.get("x-slack-signature"),
            )
        except (ValueError, TypeError):  # no number, no ASCII, no UTF-8
            genuine = False
        if not genuine:
            raise Refused(401, "the signature is missing, wrong or too old", "unauthorized")

    async def _on_json(self, body: Mapping[str, Any]) -> HTTPResponse:
        if body.get("type") == "url_verification":
            return response.json({"challenge": str(body.get("challenge", ""))})
        desk = await self._open_desk()
        await desk.event(body)
        return response.empty(200)

    async def _on_form(self, form: Mapping[str, str]) -> HTTPResponse:
        if "ssl_check" in form:
            return response.empty(200)
        desk = await self._open_desk()
        if "payload" in form:
            await desk.interaction(_object(form["payload"]))
            return response.empty(200)
        if "command" in form:
            return response.json(await desk.command(form))
        raise Refused(400, "a form must have a payload or a command")

    async def _open_desk(self) -> Desk:
        """Where messages are taken on; Slack hands them over again if that is not soon open.

        The server says that it is healthy as soon as there is a model, and the database is read
        for what was left before.
        """
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._opened.wait(), OPENS_WITHIN)
        if self._desk is None:
            raise Refused(503, "the assistant is starting", "starting")
        return self._desk


def _object(raw: bytes | str) -> Mapping[str, Any]:
    """A JSON object.

    Raises:
        Refused: 400, it is something else.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body must be JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    return body


async def _failed(_: Request, error: Exception) -> HTTPResponse:
    """Any error as JSON; what went wrong inside is for the log only.

    503 has Slack hand a message over again, which is what is wanted if it could not be stored.
    """
    if isinstance(error, Refused):
        return _refusal(error.status, error.code, str(error))
    status = getattr(error, "status_code", FAILED)
    if isinstance(error, SanicException) and status < FAILED:
        return _refusal(status, "bad_request", str(error))
    logger.error("not taken on: channel=slack error=%s", where(error))
    metrics.channel_error("slack", "not_taken")
    return _refusal(503, "failed", "the server failed")


def _refusal(status: int, code: str, reason: str) -> HTTPResponse:
    metrics.refused(SlackChannel.name(), code, status)
    return response.json({"error": code, "message": reason}, status=status)
