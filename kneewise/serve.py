"""One process that serves the model, the actions, the channels and `/health`.

Rasa's own public functions build the app; what differs from `rasa run` is that the actions run in
process and that a failing store is heard of (`kneewise.rasa_compat`).
"""

from __future__ import annotations

import gc
import logging
import os
import re
import socket
import tarfile
from asyncio import AbstractEventLoop, CancelledError
from contextlib import suppress
from functools import partial
from pathlib import Path

import yaml
from rasa.core import run as rasa_run
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import knowledge, metrics, watching
from kneewise.channels.core import LONGEST_BODY, WrongSetting
from kneewise.channels.pages import PAGE
from kneewise.channels.web import WebChannel
from kneewise.database import WrongDatabase
from kneewise.framing import add_framing
from kneewise.lean import SETTING, needing_tensorflow
from kneewise.locks import ConversationLocks
from kneewise.privacy import configure_logging, notice, where
from kneewise.probes import add_probes
from kneewise.quick.changes import speed_up
from kneewise.rasa_compat import (
    InProcessActions,
    check_version,
    keep_in,
    own_store,
)
from kneewise.retention import days_kept, keep_erasing
from kneewise.shared import Shared, shared_by
from kneewise.stream import add_stream, opened

HOST, PORT = "127.0.0.1", 5005
BACKLOG, LAST_PORT = 100, 65535
_NO_DATABASE = "Conversations cannot be stored ({}). Check the setting KNEEWISE_DB."
_NEEDS_POSTGRESQL = (
    "KNEEWISE_REDIS is for several processes, and these need a database that they share: let "
    "KNEEWISE_DB be postgresql://user:password@host:port/name."
)
_UNSIGNED = (
    "KNEEWISE_REDIS is for several processes, and these sign with one secret: set "
    "KNEEWISE_WEB_SECRET to the same 32 characters or more for all of them."
)
_VERSION = re.compile(r'^version = "(.+)"$', re.MULTILINE)
ROOT = Path(__file__).resolve().parents[1]
FAILED = 500
"""The HTTP status of an error that is the server's own."""

logger = logging.getLogger(__name__)


class CannotServe(RuntimeError):
    """Why the server cannot start, in a sentence that says what to do."""


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
        app.run(sock=listener, access_log=False)


def checked(root: Path) -> Path:
    """The newest model, when all that it needs to answer is there.

    Raises:
        CannotServe: something is missing, damaged, or of another version.
    """
    try:
        check_version()
        kb = knowledge.load()
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CannotServe(
            f"The knowledge cannot be read: {' '.join(str(error).split())}. Run `make check`."
        ) from error
    except RuntimeError as error:
        raise CannotServe(str(error)) from error
    try:
        kb.region()
    except KeyError as error:
        raise CannotServe(f"{error.args[0]}.") from error
    return checked_model(root / "models")


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
        shared = _shared()
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
    app.register_listener(partial(_start, model, endpoints), "before_server_start")
    app.register_listener(partial(_begin_erasing, days), "after_server_start")
    app.register_listener(_end_erasing, "before_server_stop")
    app.register_listener(_part, "after_server_stop")
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


def _shared() -> Shared | None:
    """What several processes share.

    Raises:
        WrongSetting: another setting is missing for that, or it is no address of Redis.
    """
    try:
        shared = Shared.of_setting()
    except ValueError as error:
        raise WrongSetting("KNEEWISE_REDIS must be redis://host:port/number.") from error
    if shared is not None and not os.environ.get("KNEEWISE_WEB_SECRET"):
        raise WrongSetting(_UNSIGNED)
    return shared


async def _start(
    model: Path, endpoints: AvailableEndpoints, app: Sanic, loop: AbstractEventLoop
) -> None:
    """Load the model and open the store, and see that both work before the first runner does."""
    try:
        store = endpoints.tracker_store = TrackerStore.create(endpoints.tracker_store)
    except WrongDatabase as error:
        raise CannotServe(str(error)) from error
    except Exception as error:
        raise CannotServe(_NO_DATABASE.format(where(error))) from error
    if shared := shared_by(app):
        if not store.shared:
            raise CannotServe(_NEEDS_POSTGRESQL)
        await shared.begin()
    agent = await rasa_run.load_agent_on_start(str(model), endpoints, None, app, loop)
    if not agent.is_ready():
        raise CannotServe(f"The model {model} is damaged. Delete it and run `make train`.")
    keep_in(agent, store)
    metrics.build(version(ROOT), model.name)
    try:
        await store.ping()
    except Exception as error:
        raise CannotServe(_NO_DATABASE.format(where(error))) from error
    try:
        await agent.parse_message("knee")
    except Exception as error:
        raise CannotServe(
            f"The model {model} does not answer ({where(error)}). Run `make train`."
        ) from error
    watching.watch(agent)
    # What is loaded by now stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()


async def _begin_erasing(days: int, app: Sanic, loop: AbstractEventLoop) -> None:
    """Erase conversations that nobody has continued for so many days, as long as this runs."""
    app.ctx.eraser = loop.create_task(keep_erasing(app.ctx.agent.tracker_store, days))


async def _end_erasing(app: Sanic, _: AbstractEventLoop) -> None:
    app.ctx.eraser.cancel()
    with suppress(CancelledError):
        await app.ctx.eraser


async def _part(app: Sanic, _: AbstractEventLoop) -> None:
    """Leave the other processes, and close the database: so SQLite leaves one file, not three."""
    if shared := shared_by(app):
        await shared.end()
    if (agent := getattr(app.ctx, "agent", None)) is not None:
        own_store(agent).database.close()


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


def checked_model(folder: Path) -> Path:
    """The newest model of a folder, read once from end to end.

    Raises:
        CannotServe: there is none, or it is damaged.
    """
    found = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise CannotServe(f"There is no model in {folder}. Run `make train`.")
    try:
        with tarfile.open(found[-1]) as archive:
            names = archive.getnames()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CannotServe(
            f"The model {found[-1]} is damaged. Delete it and run `make train`."
        ) from error
    if not any(name.endswith("metadata.json") for name in names):
        raise CannotServe(
            f"The model {found[-1]} is not a Rasa model. Delete it and run `make train`."
        )
    if needing := needing_tensorflow(found[-1]):
        raise CannotServe(
            f"The model {found[-1]} needs TensorFlow for {', '.join(needing)}. Set {SETTING}=on."
        )
    return found[-1]


def version(root: Path) -> str:
    """The version of the code, which pyproject.toml holds."""
    found = _VERSION.search((root / "pyproject.toml").read_text("utf-8"))
    return found[1] if found else "unknown"


def _port() -> int:
    given = os.environ.get("PORT", str(PORT))
    if not (given.isascii() and given.isdigit()) or not 0 < int(given) <= LAST_PORT:
        raise CannotServe(f"PORT must be a number from 1 to {LAST_PORT}, not {given!r}.")
    return int(given)


def _listener(host: str, port: int) -> socket.socket:
    """The socket of the server, taken and listening."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Port {port} of {host} cannot be used ({error.strerror}). "
            f"Stop what uses it, or choose another: make run PORT={port + 1}"
        ) from error
    return listener
