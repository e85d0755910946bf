"""Programs that tests start the way a user does, and how to talk to those that serve."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
SERVE = (sys.executable, "-m", "kneewise", "serve")
UNSET = (
    *("HOST", "PORT", "LOG_LEVEL", "SANIC_PROXIES_COUNT", "KNEEWISE_REST_TOKEN"),
    *("KNEEWISE_REGION", "KNEEWISE_DB", "KNEEWISE_ORIGINS", "KNEEWISE_WEB_SECRET"),
    *("KNEEWISE_PUBLIC_URL", "KNEEWISE_RETENTION_DAYS", "KNEEWISE_TELEGRAM"),
    *("KNEEWISE_TELEGRAM_TOKEN", "KNEEWISE_TELEGRAM_SECRET", "KNEEWISE_TELEGRAM_API_BASE_URL"),
    *("KNEEWISE_SLACK_TOKEN", "KNEEWISE_SLACK_SIGNING_SECRET", "KNEEWISE_SLACK_APP_TOKEN"),
    *("KNEEWISE_SLACK_API_BASE_URL", "KNEEWISE_REDIS", "KNEEWISE_TENSORFLOW"),
    *("KNEEWISE_METRICS_TOKEN", "KNEEWISE_LOG_FORMAT", "KNEEWISE_STREAM"),
)
PATIENCE = 150


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """The environment of a program: ours, without settings of the shell, with those given."""
    kept = {key: value for key, value in os.environ.items() if key not in UNSET}
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**kept, **quiet, **settings}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    kind: str
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


def request(
    port: int,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
) -> Answer:
    """Send one request; a body makes it a POST."""
    with closing(HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
        try:
            how = method or ("GET" if body is None else "POST")
            connection.request(how, path, body, dict(headers or {}))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent; the answer is there
        got = connection.getresponse()
        return Answer(got.status, got.getheader("content-type", ""), got.read().decode())


@dataclass(frozen=True)
class Running:
    """A program that serves at a port, and the file of what it prints."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def printed(self) -> str:
        """What it printed so far."""
        return self.log.read_text("utf-8", "replace")

    def wait_for(self, path: str) -> None:
        """Wait until a path answers 200; fail if the program ends or takes too long."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"it ended:\n{self.printed()}"
            try:
                if request(self.port, path).status == 200:
                    return
            except (OSError, HTTPException):
                pass
            time.sleep(0.3)
        raise AssertionError(f"{path} did not answer in {PATIENCE} s:\n{self.printed()}")

    def rest(self, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Post to the REST channel: bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return request(self.port, "/webhooks/rest/webhook", raw, headers)

    def say(self, sender: str, text: str) -> list[dict[str, Any]]:
        """One turn over REST: the messages of the answer."""
        answer = self.rest({"sender": sender, "message": text})
        assert answer.status == 200, answer
        messages: list[dict[str, Any]] = answer.json
        return messages


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, cwd: Path = ROOT, **settings: str
) -> Iterator[Running]:
    """Run a program in the background, and end it, by its id, when it is no longer needed."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            command, cwd=cwd, env=environment(**settings), stdout=out, stderr=out
        )
    try:
        yield Running(process, port, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def holds(folder: Path, words: str) -> bool:
    """True if any file of the database in a folder has these words, deleted or not."""
    files = list(folder.glob("talk.db*"))
    assert folder / "talk.db" in files
    return any(words.encode() in file.read_bytes() for file in files)


def wait_until_gone(folder: Path, words: str) -> None:
    """Wait until no file of the database has these words: a log is emptied after the answer."""
    end = time.monotonic() + 20
    while holds(folder, words):
        assert time.monotonic() < end, "deleted words are still in a file"
        time.sleep(0.05)


@contextmanager
def serving(folder: Path, port: int | None = None, **settings: str) -> Iterator[Running]:
    """`python -m kneewise serve` with its log and database in a folder; ready when entered."""
    port = port or free_port()
    settings = {"KNEEWISE_DB": str(folder / "talk.db"), **settings}
    with running(SERVE, port, folder / "log.txt", PORT=str(port), **settings) as server:
        server.wait_for("/health")
        yield server


def run(
    command: Sequence[str], cwd: Path = ROOT, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(  # noqa: S603 - our own programs
        command,
        cwd=cwd,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
