"""What may be written about a conversation outside its own rows."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import structlog

from kneewise.settings import WrongSetting

FORGET = "forget_me"
"""The slot by which a conversation asks to be erased; the store deletes its rows."""

_SENDER = re.compile(r"sender '([^']*)'")
"""How Rasa names a conversation in what it logs."""
_CONVERSATION = re.compile(r"\bconversation=([0-9a-f]{12})\b")
_ERROR = re.compile(r"\berror=(.+)")
"""How our own lines, and those of structlog, name both."""

FORMAT = "KNEEWISE_LOG_FORMAT"


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


class DiscreetFormatter(logging.Formatter):
    """One line for each record, without tracebacks and conversation ids.

    Tracebacks, and the further lines of a message, can quote what a runner wrote: Rasa logs the
    error of a failed action whole, and asyncio the value that a task ended with.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        text, error = _discreet(record)
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {text}"
        return f"{line} error={error}" if error else line


class JsonFormatter(logging.Formatter):
    """The same as one JSON object a line: time, level, logger, message.

    And where they are known `error`, which is its type and place, and `conversation`, a mark that
    does not tell whose it is.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        text, error = _discreet(record)
        told, conversation = _ERROR.search(text), _CONVERSATION.search(text)
        found = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": text,
            "error": error or (told[1] if told else None),
            "conversation": conversation[1] if conversation else None,
        }
        return json.dumps({key: value for key, value in found.items() if value is not None})


FORMATS: dict[str, type[logging.Formatter]] = {"text": DiscreetFormatter, "json": JsonFormatter}


def _discreet(record: logging.LogRecord) -> tuple[str, str | None]:
    """What may be told of a record: the first line of its message, and what failed."""
    first = (record.getMessage().splitlines() or [""])[0]
    text = _SENDER.sub(lambda match: f"conversation={hashed(match[1])}", first)
    error = record.exc_info[1] if record.exc_info else None
    return text, where(error) if error else None


def formatter() -> logging.Formatter:
    """The format of the setting `KNEEWISE_LOG_FORMAT`.

    Raises:
        WrongSetting: it is neither text nor json.
    """
    given = os.environ.get(FORMAT) or "text"
    if given not in FORMATS:
        raise WrongSetting(f"{FORMAT} must be {' or '.join(FORMATS)}, not {given!r}.")
    return FORMATS[given]()


def notice(text: str) -> str:
    """A line for whoever starts the server, in the format of the log: both may end in one file."""
    record = logging.LogRecord("kneewise", logging.INFO, "", 0, text, None, None)
    form = formatter()
    return form.format(record) if isinstance(form, JsonFormatter) else text


def configure_logging() -> None:
    """Log to stderr, at the level of the setting `LOG_LEVEL` (WARNING), without people's words.

    Rasa's own structlog set-up prints the local variables of every traceback, slot values among
    them, and passes message texts as fields; only the name of an event and the type of an error
    are kept here. What Rasa logs for debugging is full of messages, and what Sanic does is full of
    addresses that people typed, so that is never logged.

    Raises:
        WrongSetting: `KNEEWISE_LOG_FORMAT` is wrong.
    """
    level = logging.getLevelName(os.environ.get("LOG_LEVEL", "WARNING").upper())
    level = level if isinstance(level, int) else logging.WARNING
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(level=level, handlers=[handler])
    for talkative in ("rasa", "sanic.root"):
        logging.getLogger(talkative).setLevel(max(level, logging.INFO))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _event_only, _as_line],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _event_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The event's name, and the type of the exception if there is one."""
    kept: dict[str, Any] = {"event": event.get("event")}
    if event.get("exc_info"):
        error = sys.exc_info()[0]
        kept["error"] = error.__name__ if error else "unknown"
    return kept


def _as_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in event.items())
