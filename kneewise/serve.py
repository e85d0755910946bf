"""One process that serves the model, the actions, the channels and `/health`.

Rasa's own public functions build the app; what differs from `rasa run` is that the actions run in
process (`kneewise.rasa_compat`).
"""

from __future__ import annotations

import os
import socket
import tarfile
from functools import partial
from pathlib import Path

from rasa.core import run as rasa_run
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import knowledge
from kneewise.privacy import configure_logging
from kneewise.rasa_compat import InProcessActions, check_version, validate_results_once

HOST, PORT = "127.0.0.1", 5005


class CannotServe(RuntimeError):
    """Why the server cannot start, in a sentence that says what to do."""


def serve(root: Path) -> None:
    """Serve until stopped, at `HOST` and `PORT` of the environment (127.0.0.1:5005).

    Raises:
        CannotServe: the port is in use or no number, or the model is missing or damaged.
    """
    check_version()
    configure_logging()
    host, port = os.environ.get("HOST", HOST), _port()
    _check_port(host, port)
    model = checked_model(root / "models")
    knowledge.load()
    knowledge.load().region()
    validate_results_once()
    app = make_app(root, model)
    print(
        f"Kneewise answers at http://{host}:{port} once /health is 200. Stop with Ctrl+C.",
        flush=True,
    )
    app.run(host=host, port=port, access_log=False)


def make_app(root: Path, model: Path) -> Sanic:
    """The Sanic app with all routes; the model is loaded when the server starts."""
    endpoints = AvailableEndpoints.read_endpoints(str(root / "endpoints.yml"))
    endpoints.action = InProcessActions()
    channels = rasa_run.create_http_input_channels(None, str(root / "credentials.yml"))
    app = rasa_run.configure_app(channels, enable_api=False, endpoints=endpoints)
    app.register_listener(
        partial(rasa_run.load_agent_on_start, str(model), endpoints, None),
        "before_server_start",
    )
    app.register_listener(rasa_run.close_resources, "after_server_stop")
    app.add_route(_health, "/health")
    return app


async def _health(request: Request) -> HTTPResponse:
    """200 once a model answers, 503 before."""
    agent = getattr(request.app.ctx, "agent", None)
    ready = bool(agent and agent.is_ready())
    return response.json(
        {"status": "ok" if ready else "starting"}, status=200 if ready else 503
    )


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
    return found[-1]


def _port() -> int:
    given = os.environ.get("PORT", str(PORT))
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise CannotServe(f"PORT must be a number from 1 to 65535, not {given!r}.")
    return int(given)


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Port {port} of {host} cannot be used ({error.strerror}). "
                f"Stop what uses it, or choose another: make run PORT={port + 1}"
            ) from error
