"""A visitor of the chat page, who does what the widget does when something goes wrong.

Each message has an id. Whatever cuts its answer off, it is sent again with the same id, until the
line that says that the turn is over.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from running import HOST

from kneewise.wording import said

APOLOGY = said("utter_failed", topic="fallback")["text"]
PAUSES = (2, 4, 8, 16, 30)
"""Seconds before each further try: the widget's own."""
PATIENCE = 120.0
"""Seconds after which an answer is no longer waited for."""
ANSWER_WITHIN = 60.0
"""Seconds in which a server has to say something."""

addresses: set[str] = set()
conversations: set[str] = set()
issued: set[str] = set()
"""What visitors are known by; it must stand in no log."""
_numbers = itertools.count(1)


class GaveUp(AssertionError):
    """There is no answer, for so long that nobody would wait."""


@dataclass
class Said:
    """A message that was sent, and what came back.

    `tries` are how often it was sent, `seconds` how long it took from the first of them, `torn`
    how many lines were other ones when they came again, `cut` how often it broke off half-way.
    """

    key: str
    text: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0
    seconds: float = 0.0
    at: float = 0.0
    torn: int = 0
    cut: int = 0

    @property
    def failed(self) -> bool:
        """True if the visitor was told that something went wrong."""
        return any(message.get("text") == APOLOGY for message in self.messages)

    @property
    def texts(self) -> list[str]:
        """The words of the answer."""
        return [str(message.get("text")) for message in self.messages]


class Visitor:
    """A browser with an address of its own on the loopback, so that nobody shares its limits."""

    def __init__(self, port: int) -> None:
        self.port = port
        number = next(_numbers)
        self.address = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        addresses.add(self.address)
        self.token = ""
        self.said: list[Said] = []

    @property
    def conversation(self) -> str:
        """The id of the conversation in the database."""
        claims = self.token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return f"web-{json.loads(base64.urlsafe_b64decode(padded))['sub']}"

    def open(self) -> None:
        """Get a token."""
        wanted = Said("", "")
        while not self.token:
            with self._trying(wanted), self._posting("session", {}) as answer:
                self.token = json.loads(answer.read())["token"]
        issued.add(self.token)
        conversations.add(self.conversation)

    def say(self, text: str) -> Said:
        """One turn, to its end.

        Raises:
            GaveUp: there is no answer for too long, or it is refused.
        """
        if not self.token:
            self.open()
        turn = Said(uuid.uuid4().hex, text)
        self.said.append(turn)
        begun, over = time.monotonic(), False
        while not over:
            with (
                self._trying(turn),
                self._posting("message", {"id": turn.key, "text": text}) as got,
            ):
                turn.cut += 1  # until the end is there
                if not self._read(turn, got):
                    raise ConnectionError("cut")
                over, turn.cut = True, turn.cut - 1
        turn.at = time.monotonic()
        turn.seconds = turn.at - begun
        return turn

    @contextmanager
    def _trying(self, turn: Said) -> Iterator[None]:
        """Try once; after a failure, wait as long as one is asked to."""
        if not turn.tries:
            turn.at = time.monotonic()
        turn.tries += 1
        try:
            yield
        except (OSError, HTTPException) as error:
            if time.monotonic() - turn.at > PATIENCE:
                raise GaveUp(f"no answer after {turn.tries} tries: {error!r}") from error
            asked = error.wait if isinstance(error, Busy) else 0
            time.sleep(asked or PAUSES[min(turn.tries, len(PAUSES)) - 1])

    @contextmanager
    def _posting(self, name: str, body: Any) -> Iterator[HTTPResponse]:
        headers = {"Origin": f"http://{HOST}:{self.port}", "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        line = HTTPConnection(
            HOST, self.port, timeout=ANSWER_WITHIN, source_address=(self.address, 0)
        )
        with closing(line):
            line.request("POST", f"/webhooks/web/{name}", json.dumps(body), headers)
            answer = line.getresponse()
            if answer.status == 429 or answer.status >= 500:
                raise Busy(answer.status, int(answer.getheader("Retry-After") or 0))
            if answer.status != 200:
                raise GaveUp(f"refused with {answer.status}: {answer.read()!r}")
            yield answer

    @staticmethod
    def _read(turn: Said, answer: HTTPResponse) -> bool:
        """Read the lines of a turn; those that were read before are only compared. True at its end.

        A broken line is the rest of a process that died.
        """
        for raw in answer:
            if not raw.endswith(b"\n"):
                return False
            line = json.loads(raw)
            if line.pop("type") == "end":
                return True
            if (number := line.pop("n")) == len(turn.messages):
                turn.messages.append(line)
            elif line != turn.messages[number]:
                turn.torn += 1
        return False


class Busy(OSError):
    """The server asks to come again."""

    def __init__(self, status: int, wait: int) -> None:
        super().__init__(f"{status}, come again in {wait} s")
        self.wait = wait
