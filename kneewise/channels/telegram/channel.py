"""The Telegram channel: takes what Telegram posts, or asks for it; a courier answers."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import metrics
from kneewise.channels.bursts import DROPPED, TOO_MUCH, Bursts
from kneewise.channels.core import OnMessage, Refused, conversation_id
from kneewise.channels.courier import Courier
from kneewise.channels.telegram.api import BotApi
from kneewise.channels.telegram.carrier import TelegramCarrier
from kneewise.channels.telegram.settings import SETTING, Settings, settings
from kneewise.channels.telegram.setup import introduce, open_webhook, poll
from kneewise.channels.telegram.updates import Heard, read
from kneewise.channels.trying import in_any_case, until_done
from kneewise.privacy import where
from kneewise.rasa_compat import own_store
from kneewise.shared import shared_by

NAME = "telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name, not the secret
LARGEST_UPDATE = 8 * 1024 * 1024
"""Bytes. Telegram's own are far smaller; whoever knows the secret is not refused for length."""
FAREWELL = 5.0
"""Seconds that are left at the end for what was begun."""

logger = logging.getLogger(__name__)


class TelegramChannel(InputChannel):
    """`POST /webhooks/telegram/webhook` for Telegram, or long polling; off without a token."""

    def __init__(self, found: Settings | None) -> None:
        self.settings = found

    @classmethod
    def name(cls) -> str:
        """The name in the path, and in front of every conversation."""
        return NAME

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TelegramChannel:
        """Make the channel from the environment and its part of credentials.yml.

        Raises:
            WrongSetting: a setting is wrong, or missing.
        """
        return cls(settings(credentials))

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("kneewise_telegram", __name__)
        desk = Desk(self.settings, on_new_message) if self.settings else None

        @routes.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            mode = desk.settings.mode if desk else "off"
            return response.json({"status": "ok", "mode": mode})

        # A stream, because the body is not read before the secret is.
        @routes.route("/webhook", methods=["POST"], stream=True)
        async def receive(request: Request) -> HTTPResponse:
            try:
                await _taking_posts(desk).receive(request)
            except Refused as error:
                metrics.refused(NAME, error.code, error.status)
                return response.json({"error": str(error)}, status=error.status)
            return response.json({"ok": True})

        if desk is not None:
            routes.listener("after_server_start")(desk.open)
            routes.listener("before_server_stop")(desk.close)
        return routes


class Desk:
    """Where updates come in."""

    def __init__(self, found: Settings, on_new_message: OnMessage) -> None:
        self.settings = found
        self._on_new_message = on_new_message
        self._api: BotApi | None = None
        self._carrier: TelegramCarrier | None = None
        self._courier: Courier | None = None
        self._me: str | None = None
        self._bursts = Bursts(NAME)
        self._tasks: list[asyncio.Task[Any]] = []

    async def open(self, app: Sanic, _: Any = None) -> None:
        """Begin, without waiting for Telegram or the database."""
        self._api = BotApi(self.settings.token, self.settings.api_base_url)
        self._carrier = TelegramCarrier(self._api)
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._begin(app, self._api, self._carrier)),
            loop.create_task(introduce(self._api, self._learn)),
        ]

    async def close(self, *_: Any) -> None:
        """End. What is not answered or delivered by now is when the server starts again."""
        courier, self._courier = self._courier, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if courier:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(courier.idle(), FAREWELL)
        if self._carrier:
            await self._carrier.stop()
        if self._api:
            await self._api.close()

    async def receive(self, request: Request) -> None:
        """Take an update that was posted. Telegram repeats it until it is answered 200.

        Raises:
            Refused: 403 without the secret, 503 while it cannot be stored, 400 or 413 otherwise.
        """
        given = request.headers.get(SECRET_HEADER, "")
        # Sanic hands bytes that are not UTF-8 over as lone surrogates.
        received = given.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(received, self.settings.secret.encode()):
            raise Refused(403, "the secret token is missing or wrong")
        if self._courier is None:
            raise Refused(503, "the assistant is starting")
        update = await _update(request)
        try:
            await self._hear(update)
        except Exception as error:
            logger.error("telegram: not accepted: error=%s", where(error))
            metrics.channel_error(NAME, "not_taken")
            raise Refused(503, "it could not be stored") from error

    async def _begin(self, app: Sanic, api: BotApi, carrier: TelegramCarrier) -> None:
        """Go on where the process before ended, then let in what is new."""
        courier: Courier = await until_done(
            "telegram: opening the store",
            lambda: Courier(NAME, carrier, self._on_new_message, own_store(app.ctx.agent)),
        )
        await until_done("telegram: reading the store", courier.start)
        self._bursts = Bursts(NAME, shared_by(app))
        self._courier = courier
        if self.settings.polling:
            async with courier.leases.held("telegram polling"):  # Telegram allows one to ask
                await poll(api, self._hear)
        else:
            await open_webhook(api, self.settings)

    def _learn(self, name: str) -> None:
        self._me = name

    async def _hear(self, update: Mapping[str, Any]) -> None:
        """Take on what is in an update. Raises what the database raises."""
        reading = read(update, self._me)
        if reading.query and self._carrier:
            self._carrier.pressed(reading.query)
        for heard in reading.heard:
            await in_any_case(self._take_on(heard))

    async def _take_on(self, heard: Heard) -> None:
        courier = self._courier
        if courier is None:
            return
        # Another bot numbers its updates too, and the database may have served one.
        key = f"{self.settings.bot}-{heard.key}"
        conversation = conversation_id(NAME, str(heard.chat))
        async with courier.arrivals.lock(conversation):
            verdict = await self._bursts.of(key, str(heard.chat))
            if verdict != DROPPED:
                said = {"note": "slow_down"} if verdict == TOO_MUCH else heard.said
                await courier.accept(key, conversation, {"chat": heard.chat}, said)


async def _update(request: Request) -> Mapping[str, Any]:
    """The update in a request.

    Raises:
        Refused: 413 for one that is too long, 400 for what is no JSON object.
    """
    body = bytearray()
    async for piece in request.stream:
        body += piece
        if len(body) > LARGEST_UPDATE:
            raise Refused(413, "the update is too long")
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the update must be JSON") from error
    if not isinstance(found, dict):
        raise Refused(400, "the update must be a JSON object")
    return found


def _taking_posts(desk: Desk | None) -> Desk:
    """The desk, if it takes what is posted.

    Raises:
        Refused: 404, the channel is off, or asks for updates.
    """
    if desk is None:
        raise Refused(404, f"Telegram is off: set {SETTING}_TOKEN")
    if desk.settings.polling:
        raise Refused(404, "updates are asked for, not posted")
    return desk
