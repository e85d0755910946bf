"""What a load balancer and a monitor ask: `/health`, `/ready` and `/metrics`.

`/health` says that this process works, `/ready` that what it needs answers too. A process that is
not ready is sent no runners, but must not be restarted: that brings no database back.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from kneewise import metrics
from kneewise.channels.bearer import bears, is_from_here
from kneewise.locks import ConversationLocks
from kneewise.privacy import where
from kneewise.rasa_compat import own_store
from kneewise.shared import shared_by
from kneewise.tables import accepted, due

TOKEN = "KNEEWISE_METRICS_TOKEN"  # noqa: S105 - the name of the setting
PATIENCE = 2.0
"""Seconds for each thing that is asked: a monitor gives up after some more."""
REDIS = "redis"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""

logger = logging.getLogger(__name__)


def add_probes(app: Sanic) -> None:
    """Add the three routes."""
    app.add_route(_health, "/health")
    app.add_route(_ready, "/ready")
    app.add_route(_metrics, "/metrics")


def has_model(app: Sanic) -> bool:
    """True once a model answers."""
    agent = getattr(app.ctx, "agent", None)
    return bool(agent and agent.is_ready())


async def missing(app: Sanic) -> list[str]:
    """What does not answer, of the model, the database, and Redis where there is one.

    The gauges of both say afterwards what was found.
    """
    if not has_model(app):
        return ["model"]
    store, redis = own_store(app.ctx.agent), shared_by(app)
    asked: dict[str, Callable[[], Awaitable[Any]]] = {"database": store.ping}
    if redis is not None:
        asked[REDIS] = redis.ping
    answers = await asyncio.gather(*(_answers(name, ask) for name, ask in asked.items()))
    up = dict(zip(asked, answers, strict=True))
    metrics.store(up=up["database"])
    if redis is not None:
        metrics.redis(up=up[REDIS])
    return [name for name, answered in up.items() if not answered]


async def measure_post(store: Any) -> None:
    """Count what waits in the database: messages to be answered, and answers to be delivered."""
    try:
        waiting = await asyncio.wait_for(store.database.read(_waiting), PATIENCE)
    except Exception as error:  # noqa: BLE001 - the other metrics are wanted all the more
        logger.error("post not counted: error=%s", where(error))
        return
    for queue, rows in waiting.items():
        metrics.depth(queue, rows)


def _waiting(connection: Connection) -> dict[str, int]:
    """The rows of both tables that wait."""
    count = sa.select(sa.func.count())
    letters = count.select_from(accepted).where(accepted.c.body.isnot(None))
    return {
        "accepted": connection.execute(letters).scalar_one(),
        "due": connection.execute(count.select_from(due)).scalar_one(),
    }


async def _answers(name: str, ask: Callable[[], Awaitable[Any]]) -> bool:
    try:
        await asyncio.wait_for(ask(), PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever failed, it does not answer
        logger.error("not ready: %s does not answer: error=%s", name, where(error))
        return False
    return True


async def _health(request: Request) -> HTTPResponse:
    """200 once a model answers, 503 before."""
    ready = has_model(request.app)
    return response.json({"status": "ok" if ready else "starting"}, status=200 if ready else 503)


async def _ready(request: Request) -> HTTPResponse:
    """200 when all that a turn needs answers, else 503 with what does not.

    Without Redis it works on, with its own order and limits: to send everybody away would be worse.
    """
    not_there = await missing(request.app)
    if needed := [name for name in not_there if name != REDIS]:
        return response.json({"status": "not ready", "missing": needed}, status=503)
    if not_there:
        return response.json({"status": "ready", "degraded": not_there})
    return response.json({"status": "ready"})


async def _metrics(request: Request) -> HTTPResponse:
    """What was counted; for this machine, and for those who know the token."""
    token = os.environ.get(TOKEN)
    if not (is_from_here(request) or (token and bears(request, token))):
        return response.json({"error": f"send Authorization: Bearer, as {TOKEN}"}, status=401)
    locks = has_model(request.app) and request.app.ctx.agent.lock_store
    if isinstance(locks, ConversationLocks):
        metrics.depth("turns", locks.waiting())
    if "database" not in await missing(request.app) and has_model(request.app):
        await measure_post(own_store(request.app.ctx.agent))
    return response.raw(metrics.text(), content_type=TEXT)
