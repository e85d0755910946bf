"""What may be written to the log, and what must not."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kneewise.privacy import DiscreetFormatter, hashed, where

ROOT = Path(__file__).resolve().parents[2]


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("rasa.x", logging.ERROR, "x.py", 1, message, args, exc_info)


def raised(message: str, cause: BaseException | None = None) -> BaseException:
    try:
        raise ValueError(message) from cause  # noqa: TRY301 - it gets its traceback here
    except ValueError as error:
        return error


def test_a_conversation_has_one_mark_that_does_not_tell_it() -> None:
    assert hashed("rest-ann") == hashed("rest-ann") != hashed("rest-anne")
    assert re.fullmatch(r"[0-9a-f]{12}", hashed("rest-ann"))
    assert hashed("x\ud800")


def test_an_error_is_told_by_type_and_place() -> None:
    error = raised("my knee is swollen")
    assert re.fullmatch(r"ValueError at test_privacy\.py:\d+", where(error))
    assert where(KeyError("my knee")) == "KeyError"


def test_the_cause_of_an_error_is_told_alike() -> None:
    told = where(raised("outer words", cause=raised("inner words")))
    assert re.fullmatch(
        r"ValueError at test_privacy\.py:\d+ from ValueError at test_privacy\.py:\d+", told
    )


def test_a_traceback_is_not_logged() -> None:
    found = record("it failed", error=raised("my knee is swollen"))
    logging.Formatter().format(found)  # as another handler would: it keeps its text in the record
    line = DiscreetFormatter().format(found)
    assert "swollen" not in line
    assert "Traceback" not in line
    assert re.search(r"ERROR rasa\.x it failed error=ValueError at test_privacy\.py:\d+$", line)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_only_the_first_line_of_a_message_is_logged(end: str) -> None:
    line = DiscreetFormatter().format(record(f"Task failed{end}ValueError('my knee')"))
    assert line.endswith("Task failed")


def test_an_empty_message_is_logged_too() -> None:
    assert DiscreetFormatter().format(record("")).endswith("ERROR rasa.x ")


def test_what_rasa_logs_of_a_sender_is_hashed() -> None:
    found = record("Circuit breaker tripped for sender 'rest-ann@b.c'.")
    line = DiscreetFormatter().format(found)
    assert "rest-ann" not in line
    assert f"conversation={hashed('rest-ann@b.c')}." in line


PROGRAM = """
import asyncio, logging, structlog
from kneewise.privacy import configure_logging
early = structlog.get_logger("early")
configure_logging()

def fail():
    secret = "local-words"
    raise ValueError("error-words")

structlog.get_logger("rasa.a").warning("event.name", text="field-words")
early.error("event.early", text="field-words")
logging.getLogger("rasa.core").debug("debug-words")
logging.getLogger("rasa.core").warning("plain warning")
try:
    fail()
except ValueError:
    structlog.get_logger("rasa.b").exception("event.failed", text="field-words")
    logging.getLogger("rasa.c").exception("action failed")

async def task():
    fail()

async def main():
    asyncio.get_running_loop().create_task(task())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("level", ["WARNING", "DEBUG", "nonsense"])
def test_the_log_of_a_program_has_nobodys_words(level: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"LOG_LEVEL": level, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = done.stderr
    for expected in ("event=event.name", "event.early", "plain warning", "action failed"):
        assert expected in said, said
    assert "event=event.failed error=ValueError" in said
    assert re.search(r"Task exception was never retrieved error=ValueError at <string>:\d+", said)
    assert "words" not in said, json.dumps(said)
    assert "Traceback" not in said
    assert not done.stdout
