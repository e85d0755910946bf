"""A scripted stand-in for the assistant, for what the real one cannot be made to do.

It speaks the web protocol: sessions, messages as JSON lines, a repeated id gets the same lines.
Everything else, the page and the widget among it, is the real server's own, passed on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Any

from host import listening
from running import HOST

Message = dict[str, Any]


def said(text: str, *titles: str, **more: Any) -> Message:
    """A message of the assistant, with buttons."""
    buttons = [{"title": title, "payload": title} for title in titles]
    plain = {"topic": "question", "urgency": None, "sources": [], "flags": []}
    return {"text": text, "buttons": buttons, "metadata": plain, **more}


def carded(text: str, *cards: Message, shown: str | None = None, **more: Any) -> Message:
    """A message of the assistant, with cards."""
    beside = {} if shown is None else {"text": shown}
    return said(text, custom={"v": 1, "cards": list(cards), **beside}, **more)


@dataclass
class Turn:
    """What one message is answered with, and how that goes wrong."""

    messages: Sequence[Message] = ()
    cut_after: int | None = None
    """Lines until the connection breaks, the first time."""
    pause: float = 0.0
    """Seconds before each line."""
    refused: tuple[int, str] | None = None
    """Status and code of an error, instead of any line, the first time."""
    refusals: int = 1
    """How often it is refused."""
    news: Message = field(default_factory=dict)
    """What the last line tells the page: when a reminder is due."""


@dataclass
class Fake:
    """The stand-in; `answer` makes the turn for the body of a message."""

    url: str
    real_port: int
    answer: Callable[[Message], Turn] = lambda body: Turn([said(f"You said: {body.get('text')}")])
    received: list[Message] = field(default_factory=list)
    opened: list[Message] = field(default_factory=list)
    """What each token was asked for with."""
    opening: float = 0.0
    """Seconds until a token is given."""
    forgotten: int = 0
    forgets: int = 204
    """The status with which a conversation is erased, or not."""
    feedback: list[Message] = field(default_factory=list)
    votes: int = 204
    """The status with which a vote is taken, or not."""
    turns: dict[str, Turn] = field(default_factory=dict)

    @property
    def sessions(self) -> int:
        """How often a token was asked for."""
        return len(self.opened)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        with closing(HTTPConnection(HOST, self.fake.real_port, timeout=20)) as real:
            real.request("GET", self.path)
            got = real.getresponse()
            body = got.read()
            kept = [
                (name, value)
                for name, value in got.getheaders()
                if name.lower() not in ("content-length", "connection", "transfer-encoding")
            ]
            self._send(got.status, body, kept)

    def do_OPTIONS(self) -> None:
        self._send(204, b"", self._cors())

    def do_DELETE(self) -> None:
        self.fake.forgotten += 1
        self._send(self.fake.forgets, b"{}" if self.fake.forgets > 204 else b"", self._cors())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        what = self.path.rpartition("/")[2]
        if what == "session":
            self.fake.opened.append(body)
            token = f"fake-{self.fake.sessions}"
            time.sleep(self.fake.opening)
            self._json(200, {"token": token, "expires_in": 86400})
        elif what == "feedback":
            self.fake.feedback.append(body)
            self._send(self.fake.votes, b"{}" if self.fake.votes > 204 else b"", self._cors())
        else:
            self._message(body)

    def _message(self, body: Message) -> None:
        fake, again = self.fake, body["id"] in self.fake.turns
        fake.received.append(body)
        turn = fake.turns.setdefault(body["id"], fake.answer(body) if not again else Turn())
        if turn.refused and turn.refusals:
            turn.refusals -= 1
            status, code = turn.refused
            self._json(status, {"error": code, "message": "scripted"})
            return
        lines = [{"type": "message", "n": n, **m} for n, m in enumerate(turn.messages)]
        self._start("application/x-ndjson")
        for n, line in enumerate([*lines, {"type": "end", **turn.news}]):
            if n == turn.cut_after and not again:
                self.close_connection = True  # without the last chunk: the reader gets an error
                return
            time.sleep(turn.pause)
            self._chunk(json.dumps(line).encode() + b"\n")
        self._chunk(b"")

    def _start(self, kind: str) -> None:
        self.send_response(200)
        for name, value in [*self._cors(), ("Content-Type", kind)]:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the page went away, as some tests mean it to

    def _json(self, status: int, body: Any) -> None:
        kind = ("Content-Type", "application/json; charset=utf-8")
        self._send(status, json.dumps(body).encode(), [*self._cors(), kind])

    def _cors(self) -> list[tuple[str, str]]:
        return [
            ("Access-Control-Allow-Origin", self.headers.get("origin", "*")),
            ("Access-Control-Allow-Headers", "authorization, content-type"),
            ("Access-Control-Allow-Methods", "POST, DELETE"),
            ("Access-Control-Max-Age", "600"),
        ]

    def _send(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def faking(real_port: int) -> Iterator[Fake]:
    """A stand-in in front of a real server."""
    handler = type("FakeHandler", (_Handler,), {})
    with listening(handler) as server:
        handler.fake = fake = Fake(f"http://{HOST}:{server.server_port}", real_port)
        yield fake
