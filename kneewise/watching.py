"""One turn as the operator sees it: how long its parts took, and what kind of answers it had.

A turn is followed in a context variable from the moment a channel lets it in, so that the steps
inside Rasa need not be told of it. No word of the message or the answers is kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from kneewise import metrics
from kneewise.privacy import FORGET, where

URGENT = ("emergency", "same_day")
PARSE, LOOP = "parse_message", "_run_prediction_loop"
STEPS = {"get_tracker": "read", PARSE: "understand", LOOP: "decide", "save_tracker": "store"}
"""The steps of Rasa's processor that are timed, each with its stage."""

logger = logging.getLogger(__name__)


@dataclass
class Turn:
    """One turn. `said` is the metadata of each bot message; `seconds` are set at its end."""

    channel: str
    conversation: str
    begun: float = field(default_factory=time.monotonic)
    intent: str | None = None
    said: list[Mapping[str, Any]] = field(default_factory=list)
    failed: bool = False
    seconds: float = 0.0
    reminder: bool = False
    """True if nobody wrote: a reminder was due."""

    @property
    def warnings(self) -> list[Mapping[str, Any]]:
        """The metadata of the messages that warn."""
        return [metadata for metadata in self.said if is_warning(metadata)]


Listener = Callable[[Turn], None]

listeners: list[Listener] = []
"""Who is told of every turn that is over."""
_current: ContextVar[Turn | None] = ContextVar("turn", default=None)


def is_warning(metadata: Mapping[str, Any]) -> bool:
    """True for the metadata of a message that tells somebody to get help today or now."""
    return bool(metadata.get("flags")) or metadata.get("urgency") in URGENT


@contextmanager
def turn(
    channel: str,
    conversation: str,
    since: float | None = None,
    *,
    reminder: bool = False,
) -> Iterator[Turn]:
    """Follow what is inside as one turn, which began at `since` (`time.monotonic`), or now."""
    begun = time.monotonic() if since is None else since
    found = Turn(channel, conversation, begun, reminder=reminder)
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)
        found.seconds = time.monotonic() - found.begun
        _count(found)
        tell(found)


def failed() -> None:
    """Say that the turn under way failed, though no error comes out of it."""
    if found := _current.get():
        found.failed = True


def has_failed() -> bool:
    """True if the turn under way failed, though no error came out of it."""
    found = _current.get()
    return found is not None and found.failed


def apologised() -> None:
    """Say that the turn under way is answered with an apology: silent, unless it failed."""
    found = _current.get()
    if found and not found.failed:
        metrics.silent(found.channel)


def forgotten(channel: str, conversation: str) -> None:
    """Tell the listeners that a conversation was erased without a turn, as if it had asked for it.

    Whoever keeps events finds by this which ones to erase.
    """
    tell(Turn(channel, conversation, intent=FORGET, said=[{"topic": FORGET}]))


def tell(found: Turn) -> None:
    """Tell the listeners of a turn. Nothing that they do can harm it."""
    for listener in listeners:
        try:
            listener(found)
        except Exception as error:  # noqa: BLE001, PERF203 - see above
            logger.error("a turn could not be told on: error=%s", where(error))


def _count(found: Turn) -> None:
    if found.reminder:
        told = bool(found.said)
        metrics.reminded(found.channel, found.seconds, failed=found.failed, told=told)
    else:
        metrics.turn(found.channel, found.seconds, failed=found.failed)
    # What a failed turn said may not be remembered; of that, only the warnings go out.
    metrics.answered(found.warnings if found.failed else found.said)
    for metadata in found.warnings:
        metrics.warned(metadata.get("urgency"))


def watch(agent: Any) -> None:
    """Time the steps of an agent's processor, and note what its turns say. Once for an agent."""
    processor = agent.processor
    for name, stage in STEPS.items():
        setattr(processor, name, _timed(getattr(processor, name), stage))
    handle, decide = processor.handle_message, getattr(processor, LOOP)

    @wraps(handle)
    async def handled(message: Any) -> Any:
        if found := _current.get():
            # Until here it waited: for its lane, and for the lock of the conversation.
            metrics.took("wait", time.monotonic() - found.begun)
        return await handle(message)

    @wraps(decide)
    async def decided(output_channel: Any, tracker: Any) -> Any:
        try:
            return await decide(output_channel, tracker)
        finally:
            if found := _current.get():
                _note(found, tracker)

    processor.handle_message = handled
    setattr(processor, LOOP, decided)


def _timed(step: Callable[..., Awaitable[Any]], stage: str) -> Callable[..., Awaitable[Any]]:
    @wraps(step)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        with metrics.stage(stage):
            return await step(*args, **kwargs)

    return timed


def _note(found: Turn, tracker: Any) -> None:
    """Note the intent of the latest message, and the metadata of what was said since.

    The actions use this module too, so that Rasa's classes are not imported for it.
    """
    for event in reversed(tracker.events):
        if event.type_name == "user":
            found.intent = (event.intent or {}).get("name")
            break
        if event.type_name == "bot":
            found.said.insert(0, event.message().get("metadata") or {})
