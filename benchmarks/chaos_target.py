"""A server with every channel open, and raw requests to it, signed so that they get inside."""

from __future__ import annotations

import importlib
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.chaos_outcome import ROOT as _ROOT
from kneewise.channels.tokens import Tokens

running: Any = importlib.import_module("running")
whole: Any = importlib.import_module("fleet.whole")
tg: Any = importlib.import_module("telegram_fake")
slack_fake: Any = importlib.import_module("slack_fake")
slack_sender: Any = importlib.import_module("slack_sender")

ROOT = _ROOT
WEB_SECRET = "of-this-target-" + "and-of-no-server-else"
BACK_END = "token-of-the-back-end"
MONITOR = "token-of-the-monitor"
LONGEST_WAIT = 20.0
"""Seconds for an answer; a server that needs longer hangs."""
FRAMES = (b"content-length", b"transfer-encoding", b"expect", b"upgrade")
NO_ANSWER = 0
"""The status of a request that was only hung up on, which a broken one may be."""


@dataclass(frozen=True)
class Raw:
    """A request, as bytes: nothing checks what they are."""

    method: bytes
    path: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    @property
    def endless(self) -> bool:
        """True if a server may wait for more of it; it is then told that there is no more."""
        return any(name.lower() in FRAMES for name, _ in self.headers)

    def wire(self) -> bytes:
        """What goes over the line. `Content-Length` is added if it is not there."""
        given = list(self.headers)
        if b"content-length" not in {name.lower() for name, _ in given}:
            given.append((b"Content-Length", str(len(self.body)).encode()))
        given += [(b"Host", b"127.0.0.1"), (b"Connection", b"close")]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in given)
        return self.method + b" " + self.path + b" HTTP/1.1\r\n" + head + b"\r\n" + self.body


@dataclass
class Target:
    """The server, and the platforms that it talks to."""

    server: Any
    telegram: Any
    slack: Any
    tokens: Tokens = field(default_factory=lambda: Tokens(WEB_SECRET))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.port)

    def send(self, raw: Raw) -> int:
        """Send a request; the status of the answer.

        Raises:
            TimeoutError: there is none for too long.
        """
        with socket.create_connection(("127.0.0.1", self.port), LONGEST_WAIT) as line:
            try:
                line.sendall(raw.wire())
                if raw.endless:
                    line.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all of it was sent; the answer may be there
            return _status(line)

    def lives(self) -> bool:
        """True if it is the process that was started, and answers somebody else."""
        process = self.server.process
        if process is None or process.poll() is not None:
            return False
        raw = Raw(b"POST", b"/webhooks/rest/webhook", rest_headers(), SENSIBLE)
        return self.send(raw) == 200  # noqa: PLR2004 - HTTP's own number


SENSIBLE = b'{"sender": "someone-else", "message": "should i put ice on my knee?"}'


def _status(line: socket.socket) -> int:
    end, answer = time.monotonic() + LONGEST_WAIT, b""
    try:
        while piece := line.recv(65536):
            answer += piece[: 64 - len(answer)] if len(answer) < 64 else b""  # noqa: PLR2004
            if time.monotonic() > end:
                raise TimeoutError("the answer has no end")
    except ConnectionResetError:
        pass
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else NO_ANSWER


def rest_headers() -> tuple[tuple[bytes, bytes], ...]:
    """Those of a back end."""
    return (
        (b"Authorization", b"Bearer " + BACK_END.encode()),
        (b"Content-Type", b"application/json"),
    )


def encoded(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers as bytes."""
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


@contextmanager
def target(folder: Path, **settings: str) -> Iterator[Target]:
    """A server with all channels, on SQLite; platforms of its own answer it."""
    with ExitStack() as stack:
        fake = stack.enter_context(tg.fake_telegram())
        slack = stack.enter_context(slack_fake.FakeSlack().running())
        given = {
            **tg.settings(fake),
            "KNEEWISE_DB": str(folder / "talk.db"),
            "KNEEWISE_WEB_SECRET": WEB_SECRET,
            "KNEEWISE_REST_TOKEN": BACK_END,
            "KNEEWISE_METRICS_TOKEN": MONITOR,
            "KNEEWISE_SLACK_TOKEN": slack_fake.TOKEN,
            "KNEEWISE_SLACK_SIGNING_SECRET": slack_sender.SECRET,
            "KNEEWISE_SLACK_API_BASE_URL": slack.url,
            "SANIC_PROXIES_COUNT": "1",
            **settings,
        }
        server = whole.made(folder / "kneewise", running.free_port(), given)
        fake.bot_port = server.port
        stack.enter_context(server.started())
        fake.wait(lambda: fake.webhook, 60, "a webhook")
        yield Target(server, fake, slack)
