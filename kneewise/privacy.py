"""What may be written about a conversation outside its own rows."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

FORGET = "forget_me"
"""The slot by which a conversation asks to be erased; the store deletes its rows."""


def hashed(conversation_id: str) -> str:
    """A short fingerprint of a conversation id, for logs: the same id, the same mark.

    Logs must let an operator follow one conversation without saying whose it is.
    """
    return hashlib.sha256(conversation_id.encode("utf-8", "replace")).hexdigest()[:12]


def where(error: BaseException) -> str:
    """The type of an error and the line that raised it: enough to find it, and nobody's words.

    The error's own message is left out, because it can hold what a runner wrote.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    cause = error.__cause__
    return type(error).__name__ + place + (f" from {where(cause)}" if cause else "")


def configure_logging() -> None:
    """Log to stderr, at the level of the setting `LOG_LEVEL` (WARNING), without people's words.

    Rasa's own structlog set-up prints the local variables of every traceback, slot values among
    them, and passes message texts as fields; only the name of an event and the type of an error
    are kept here.
    """
    level = logging.getLevelName(os.environ.get("LOG_LEVEL", "WARNING").upper())
    level = level if isinstance(level, int) else logging.WARNING
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _event_only, _as_line],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _event_only(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The event's name, and the type of the exception if there is one."""
    kept: dict[str, Any] = {"event": event.get("event")}
    if event.get("exc_info"):
        error = sys.exc_info()[0]
        kept["error"] = error.__name__ if error else "unknown"
    return kept


def _as_line(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in event.items())
