"""What is counted while it serves, for `/metrics`. Every label is from a list that is known before.

Nothing here knows what a runner wrote or who they are: a label that is not on its list becomes
"other", so that neither a word nor an id can get out, and the number of series is bounded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from kneewise import knowledge

OTHER = "other"
CHANNELS = ("web", "rest", "telegram", "slack")
STAGES = ("wait", "read", "understand", "decide", "store")
QUEUES = ("turns", "accepted", "due")
ACTS = (
    *("greeting", "goodbye", "thank", "help", "bot_challenge", "feedback", "question", "recap"),
    *("diary", "reminder", "summary"),
    *("plan", "clarify", "fallback", "out_of_scope", "urgent", "restart", "forget_me"),
)
"""What a bot message can be beside an answer on a topic: the conversation acts of its metadata."""
NO_URGENCY = "none"
"""A warning without a place to go to: the flag is named, where to get help stands beside it."""
CODES = (
    *("bad_request", "empty", "failed", "forbidden_origin", "not_allowed", "not_found"),
    *("not_offered", "off", "starting", "too_long", "too_many", "unauthorized", "unavailable"),
)
_CODE_OF = {
    400: "bad_request",
    401: "unauthorized",
    403: "unauthorized",
    404: "not_found",
    405: "not_allowed",
    413: "too_long",
    429: "too_many",
    500: "failed",
    503: "unavailable",
}
"""The code of a refusal that has only a status."""
KINDS = ("delivery", "undelivered", "not_taken", "picture")
"""How a messenger fails: a try to deliver, a message given up, one not accepted, its picture."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
"""Seconds: from what a cached step takes to what nobody waits for."""

# The time at which each series began would double them, and no alert or chart here reads it.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

MESSAGES = Counter(
    "kneewise_messages_total", "Messages of runners that were read.", ["channel"], registry=REGISTRY
)
REMINDERS = Counter(
    "kneewise_reminders_total", "Turns in which reminders spoke.", ["channel"], registry=REGISTRY
)
TURN_SECONDS = Histogram(
    "kneewise_turn_seconds",
    "From a message that is accepted to the end of its turn.",
    ["channel"],
    buckets=BUCKETS,
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "kneewise_stage_seconds", "The parts of a turn.", ["stage"], buckets=BUCKETS, registry=REGISTRY
)
ANSWERS = Counter(
    "kneewise_answers_total", "Bot messages, by what they are about.", ["topic"], registry=REGISTRY
)
WARNINGS = Counter(
    "kneewise_warnings_total",
    "Bot messages that tell somebody to get help today or now.",
    ["urgency"],
    registry=REGISTRY,
)
FAILED_TURNS = Counter(
    "kneewise_failed_turns_total", "Turns that ended in an error.", ["channel"], registry=REGISTRY
)
SILENT_TURNS = Counter(
    "kneewise_silent_turns_total", "Turns with nothing to say.", ["channel"], registry=REGISTRY
)
REFUSED = Counter(
    "kneewise_refused_total", "Requests not answered.", ["channel", "code"], registry=REGISTRY
)
CHANNEL_ERRORS = Counter(
    "kneewise_channel_errors_total",
    "Failures between a messenger and this server.",
    ["channel", "kind"],
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge(
    "kneewise_queue_depth",
    "Turns begun or waiting here; and in the database: messages not answered, answers not taken.",
    ["queue"],
    registry=REGISTRY,
)
STORE_UP = Gauge("kneewise_store_up", "1 while the database answers.", registry=REGISTRY)
REDIS_UP = Gauge("kneewise_redis_up", "1 while Redis answers.", registry=None)
"""Not on the registry until there is a Redis: a 0 without one would be an alarm about nothing."""
STREAM_SENT = Counter(
    "kneewise_stream_sent_total", "Events that the broker confirmed.", registry=REGISTRY
)
STREAM_DROPPED = Counter(
    "kneewise_stream_dropped_total", "Events that were never sent.", registry=REGISTRY
)
BUILD = Info("kneewise_build", "What runs.", registry=REGISTRY)

for _channel in CHANNELS:
    # A series that appears with its first event has no rise that an alert could see.
    MESSAGES.labels(_channel)
    REMINDERS.labels(_channel)
    FAILED_TURNS.labels(_channel)
    SILENT_TURNS.labels(_channel)
    for _kind in KINDS:
        CHANNEL_ERRORS.labels(_channel, _kind)
for _queue in QUEUES:
    QUEUE_DEPTH.labels(_queue)


def text() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)


def build(version: str, model: str) -> None:
    """What runs: the version of the code, and the name of the model's file."""
    BUILD.info({"version": version, "model": model})


def turn(channel: str, seconds: float, *, failed: bool) -> None:
    """Count a turn that is over, and how long it took."""
    name = _known(channel, CHANNELS)
    MESSAGES.labels(name).inc()
    TURN_SECONDS.labels(name).observe(seconds)
    if failed:
        FAILED_TURNS.labels(name).inc()


def reminded(channel: str, seconds: float, *, failed: bool, told: bool) -> None:
    """Count the turn of a reminder: nobody wrote, so it is no message."""
    name = _known(channel, CHANNELS)
    TURN_SECONDS.labels(name).observe(seconds)
    if failed:
        FAILED_TURNS.labels(name).inc()
    elif told:
        REMINDERS.labels(name).inc()


def silent(channel: str) -> None:
    """Count a turn that had nothing to say."""
    SILENT_TURNS.labels(_known(channel, CHANNELS)).inc()


def answered(said: Iterable[Mapping[str, Any]]) -> None:
    """Count bot messages by the topic of their metadata."""
    for metadata in said:
        ANSWERS.labels(_known(metadata.get("topic"), _topics())).inc()


def warned(urgency: str | None) -> None:
    """Count a bot message that tells somebody to get help."""
    WARNINGS.labels(_known(urgency or NO_URGENCY, (*knowledge.URGENCIES, NO_URGENCY))).inc()


def refused(channel: str, code: str, status: int = 400) -> None:
    """Count a request that is not answered; its status names it where its code says nothing."""
    name = _CODE_OF.get(status, code) if code == "bad_request" else code
    REFUSED.labels(_known(channel, CHANNELS), _known(name, CODES)).inc()


def channel_error(channel: str, kind: str) -> None:
    """Count a failure between a messenger and this server."""
    CHANNEL_ERRORS.labels(_known(channel, CHANNELS), _known(kind, KINDS)).inc()


def took(name: str, seconds: float) -> None:
    """Count the time of one stage of a turn."""
    STAGE_SECONDS.labels(_known(name, STAGES)).observe(seconds)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the time that what is inside takes, also if it fails."""
    begun = time.monotonic()
    try:
        yield
    finally:
        took(name, time.monotonic() - begun)


def depth(queue: str, waiting: int) -> None:
    """So many wait in a queue."""
    QUEUE_DEPTH.labels(queue).set(waiting)


def store(*, up: bool) -> None:
    """Whether the database answers."""
    STORE_UP.set(up)


def redis(*, up: bool) -> None:
    """Whether Redis answers; not to be called where there is none."""
    with suppress(ValueError):  # it is there already
        REGISTRY.register(REDIS_UP)
    REDIS_UP.set(up)


def channel_of(path: str) -> str:
    """The channel that a path belongs to: /webhooks/<channel>/..."""
    parts = path.split("/")
    return parts[2] if parts[1:2] == ["webhooks"] and len(parts) > 2 else OTHER  # noqa: PLR2004


def _known(label: object, known: Iterable[str]) -> str:
    """The label, if it is on the list."""
    return label if isinstance(label, str) and label in known else OTHER


@lru_cache(maxsize=1)
def _topics() -> frozenset[str]:
    return frozenset((*knowledge.load().topics, *ACTS))
