"""One process that serves the model, the actions, the channels and `/health`.

Rasa's own public functions build the app; what differs from `rasa run` is that the actions run in
process and that a failing store is heard of (`kneewise.rasa_compat`).
"""

from __future__ import annotations

import logging
import os
import socket
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core import run as rasa_run
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import metrics
from kneewise.channels.core import LONGEST_BODY, WrongSetting
from kneewise.channels.pages import PAGE
from kneewise.channels.web import WebChannel
from kneewise.framing import add_framing
from kneewise.locks import ConversationLocks
from kneewise.privacy import configure_logging, notice, where
from kneewise.probes import add_probes
from kneewise.quick.changes import speed_up
from kneewise.rasa_compat import InProcessActions
from kneewise.retention import days_kept
from kneewise.starting import (
    CannotServe,
    begin_erasing,
    checked,
    end_erasing,
    part,
    shared_of_setting,
    start,
)
from kneewise.stream import add_stream, opened

HOST, PORT = "127.0.0.1", 5005
BACKLOG, LAST_PORT = 100, 65535
FAILED = 500
"""The HTTP status of an error that is the server's own."""

logger = logging.getLogger(__name__)


def serve(root: Path) -> None:
    """Serve until stopped, at `HOST` and `PORT` of the environment (127.0.0.1:5005).

    Raises:
        CannotServe: the port is in use or no number, the model is missing or damaged, or a setting
            or a file of the knowledge is wrong.
    """
    try:
        configure_logging()
    except WrongSetting as error:
        raise CannotServe(str(error)) from error
    host, port = os.environ.get("HOST", HOST), _port()
    model = checked(root)
    # Taken before the model is loaded: a second server must not find out after ten seconds.
    with _listener(host, port) as listener:
        app = make_app(root, model)
        print(
            notice(
                f"Kneewise answers at http://{host}:{port} once /health is 200. Stop with Ctrl+C."
            ),
            flush=True,
        )
        app.register_listener(partial(_let_others_follow, listener), "before_server_start")
        app.run(sock=listener, access_log=False, backlog=BACKLOG)


def make_app(root: Path, model: Path) -> Sanic:
    """The Sanic app with all routes; the model is loaded when the server starts.

    Raises:
        CannotServe: a setting is wrong.
    """
    speed_up()
    endpoints = AvailableEndpoints.read_endpoints(str(root / "endpoints.yml"))
    endpoints.action = InProcessActions()
    try:
        days = days_kept()
        shared = shared_of_setting()
        endpoints.lock_store = ConversationLocks(shared=shared)
        events = opened()
        channels = rasa_run.create_http_input_channels(None, str(root / "credentials.yml"))
    except WrongSetting as error:
        raise CannotServe(str(error)) from error
    app = rasa_run.configure_app(channels, enable_api=False, endpoints=endpoints)
    app.ctx.shared = shared
    app.config.REQUEST_MAX_SIZE = LONGEST_BODY
    app.error_handler.add(Exception, _failed)
    add_framing(app)
    app.register_listener(partial(start, model, endpoints), "before_server_start")
    app.register_listener(partial(begin_erasing, days), "after_server_start")
    app.register_listener(end_erasing, "before_server_stop")
    app.register_listener(part, "after_server_stop")
    app.register_listener(rasa_run.close_resources, "after_server_stop")
    if events is not None:
        add_stream(app, events)
    add_probes(app)
    for channel in channels:
        if isinstance(channel, WebChannel):
            _add_page(app, channel)
    return app


def _add_page(app: Sanic, channel: WebChannel) -> None:
    """The chat page at /chat, and the way there from /, where Rasa tells its version."""

    async def chat(request: Request) -> HTTPResponse:
        return channel.files[PAGE].served(request)

    async def home(request: Request) -> HTTPResponse | None:
        return response.redirect("/chat") if request.path == "/" else None

    app.add_route(chat, "/chat", methods=["GET", "HEAD"])
    app.register_middleware(home, "request")


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    """Any error of the server as JSON; what went wrong inside is for the log only."""
    status = getattr(error, "status_code", FAILED)
    if status >= FAILED:
        logger.error("request failed: error=%s", where(error))
    reason = str(error) if status < FAILED else "the server failed"
    metrics.refused(metrics.channel_of(request.path), "bad_request", status)
    # Which methods there are, with a 405.
    headers = getattr(error, "headers", None)
    return response.json({"error": reason}, status=status, headers=headers)


def _port() -> int:
    given = os.environ.get("PORT", str(PORT))
    if not (given.isascii() and given.isdigit()) or not 0 < int(given) <= LAST_PORT:
        raise CannotServe(f"PORT must be a number from 1 to {LAST_PORT}, not {given!r}.")
    return int(given)


def _listener(host: str, port: int) -> socket.socket:
    """The socket of the server, taken. It listens once the model is there.

    Until then a connection is refused, so that a proxy tries another process.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on nobody else can bind it, as they could while it does not listen.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Port {port} of {host} cannot be used ({error.strerror}). "
            f"Stop what uses it, or choose another: make run PORT={port + 1}"
        ) from error
    return listener


def _let_others_follow(listener: socket.socket, *_: Any) -> None:
    """Have the next server not wait until the last connections of this one are forgotten."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
