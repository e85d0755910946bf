"""What may be written to the log, and what must not."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kneewise.privacy import DiscreetFormatter, JsonFormatter, formatter, hashed, notice, where
from kneewise.settings import WrongSetting

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


# --- JSON lines ----------------------------------------------------------------------------------


def told(message: str, *args: object, error: BaseException | None = None) -> dict[str, str]:
    line = JsonFormatter().format(record(message, *args, error=error))
    assert "\n" not in line
    found: dict[str, str] = json.loads(line)
    return found


def test_a_json_line_says_when_how_bad_who_and_what() -> None:
    found = told("it %s", "works")
    assert set(found) == {"time", "level", "logger", "message"}
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "rasa.x", "it works")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found["time"])


def test_a_json_line_is_as_discreet_as_a_plain_one() -> None:
    found = told("first\nwords", error=raised("my knee is swollen", cause=raised("words")))
    assert found["message"] == "first"
    assert re.fullmatch(
        r"ValueError at test_privacy\.py:\d+ from ValueError at test_privacy\.py:\d+",
        found["error"],
    )
    assert "words" not in json.dumps(found)
    assert "swollen" not in json.dumps(found)


def test_a_json_line_names_error_and_conversation_of_our_own_lines() -> None:
    mark = hashed("rest-ann")
    found = told(
        "turn failed: channel=%s conversation=%s error=%s", "rest", mark, "KeyError at a.py:1"
    )
    assert (found["conversation"], found["error"]) == (mark, "KeyError at a.py:1")
    found = told("Circuit breaker tripped for sender 'rest-ann'.")
    assert found["conversation"] == mark
    assert "rest-ann" not in json.dumps(found)


@pytest.mark.parametrize("text", ["conversation=rest-ann", "error=", "", "\u2028", "\ud800"])
def test_a_json_line_says_only_what_it_knows(text: str) -> None:
    assert set(told(text)) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize(
    ("given", "kind"),
    [("", DiscreetFormatter), ("text", DiscreetFormatter), ("json", JsonFormatter)],
)
def test_the_format_is_a_setting(given: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNEEWISE_LOG_FORMAT", given)
    assert type(formatter()) is kind
    said = notice("it starts")
    assert (json.loads(said)["message"] if kind is JsonFormatter else said) == "it starts"


@pytest.mark.parametrize("given", ["JSON", "xml", "json "])
def test_another_format_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNEEWISE_LOG_FORMAT", given)
    with pytest.raises(WrongSetting, match=r"^KNEEWISE_LOG_FORMAT must be text or json, not '"):
        formatter()


# --- a program -----------------------------------------------------------------------------------

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


def test_every_line_of_a_program_is_json_where_that_is_set() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"KNEEWISE_LOG_FORMAT": "json", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    said = {line["message"]: line.get("error") for line in lines}
    assert said["plain warning"] is None
    assert said["event=event.failed error=ValueError"] == "ValueError"
    assert re.fullmatch(r"ValueError at <string>:\d+", said["action failed"] or "")
    assert "words" not in done.stderr
