"""The REST channel, for back ends: one JSON request, all messages of the turn in the answer."""

from __future__ import annotations

import logging
import os
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import metrics
from kneewise.channels.bearer import bears, is_from_here
from kneewise.channels.core import (
    Collector,
    OnMessage,
    Refused,
    apology,
    conversation_id,
    json_object,
    log_silence,
    readable,
    taken,
    warns,
)
from kneewise.channels.trying import in_any_case
from kneewise.rows import Conflict

CONFLICTS = 3
"""Times that a turn is taken which another process has overtaken."""

logger = logging.getLogger(__name__)


class RestChannel(InputChannel):
    """`POST /webhooks/rest/webhook` with `{"sender": ..., "message": ...}`.

    Open on loopback only: a request from elsewhere needs `Authorization: Bearer <token>`, with the
    token of the setting `KNEEWISE_REST_TOKEN`.
    """

    def __init__(self, token: str | None = None) -> None:
        self.token = token or os.environ.get("KNEEWISE_REST_TOKEN") or None

    @classmethod
    def name(cls) -> str:
        """The name in the path, which is Rasa's own."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:
        """Make the channel from its part of credentials.yml, which may be empty."""
        return cls(token=(credentials or {}).get("token"))

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("kneewise_rest", __name__)

        @routes.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                self._authorise(request)
                conversation, text = read_request(request)
            except Refused as error:
                metrics.refused(self.name(), error.code, error.status)
                return response.json({"error": str(error)}, status=error.status)
            messages = await in_any_case(answer(on_new_message, text, conversation, self.name()))
            for message in messages:
                # A back end knows its runner by the sender it sent, not by the id kept here.
                message["recipient_id"] = conversation.removeprefix(f"{self.name()}-")
            return response.json(messages)

        return routes

    def _authorise(self, request: Request) -> None:
        if self.token:
            if not bears(request, self.token):
                raise Refused(401, "send the header Authorization: Bearer <token>")
        elif not is_from_here(request):
            raise Refused(401, "set KNEEWISE_REST_TOKEN to use REST from another machine")


def read_request(request: Request) -> tuple[str, str]:
    """The conversation id and the text of a request.

    Raises:
        Refused: 400 for what is not a JSON object with a sender and a message, 413 for a message
            that is too long.
    """
    body = json_object(request)
    sender, text = body.get("sender"), body.get("message")
    if not isinstance(sender, str) or not isinstance(text, str):
        raise Refused(400, "sender and message must be texts")
    try:
        return conversation_id("rest", sender), readable(text)
    except ValueError as error:
        raise Refused(400, str(error)) from error


async def answer(
    on_new_message: OnMessage, text: str, conversation: str, channel: str
) -> list[dict[str, Any]]:
    """All messages of one turn; an apology if it fails or says nothing.

    What a failed turn said may not be remembered, so of that only warnings go out.
    """
    for tries in range(CONFLICTS):
        collector = Collector()
        message = UserMessage(text, collector, conversation, input_channel=channel)
        try:
            stored = await taken(on_new_message, message)
            break
        except Conflict:
            logger.warning("a turn is taken again: channel=%s tries=%s", channel, tries + 1)
    else:
        stored = False
    if not stored:
        collector.messages = [m for m in collector.messages if warns(m)]
    if not collector.messages:
        if stored:
            log_silence(channel, conversation)
        await collector.send_response(conversation, apology())
    return list(collector.messages)
