"""A Telegram connector on a server of its own, with a Bot API of its own, to be measured."""

from __future__ import annotations

import importlib
import itertools
import json
import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.connectors import stock_server, wait_until_quiet
from benchmarks.programs import running

tg: Any = importlib.import_module("telegram_fake")

STOCK, REPAIRED, OURS = "stock", "repaired", "ours"
CREDENTIALS = """telegram:
  access_token: "{token}"
  verify: {name}
  webhook_url: https://knee.example/webhooks/telegram/webhook
"""
WEBHOOK = {"url": "https://knee.example/webhooks/telegram/webhook", "allowed_updates": []}
NO_ANSWER, ACKNOWLEDGED = 0, 200
PATIENCE = 10.0
"""Seconds for an answer to a message that was acknowledged."""

_people = itertools.count(7_000_000_001)


@dataclass
class Target:
    """One connector on a server of its own, with a Bot API of its own."""

    kind: str
    folder: Path
    fake: Any
    server: Any = None
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Start the server."""
        self.fake.bot_port = running.free_port()
        settings = {"KNEEWISE_DB": str(self.folder / "talk.db")}
        if self.kind == OURS:
            own = {**settings, **tg.settings(self.fake)}
            serving = running.serving(self.folder, self.fake.bot_port, **own)
        else:
            given = CREDENTIALS.format(token=self.fake.token, name=tg.BOT["username"])
            more = (self.fake.base_url, self.kind)
            port = self.fake.bot_port
            serving = stock_server("stock_telegram", self.folder, given, port, *more, **settings)
        self.server = self.stack.enter_context(serving)
        if self.kind == REPAIRED:
            self.fake.webhook = dict(WEBHOOK)
        self.fake.wait(lambda: self.fake.webhook, 20, "a webhook")

    def person(self) -> Person:
        """Somebody who never wrote before."""
        return Person(self, next(_people))

    def mend(self) -> None:
        """Let Telegram work again, and what was begun come to an end."""
        self.fake.faults.clear()
        self.quiet()

    def quiet(self, within: float = 25, still: float = 2.0) -> None:
        """Wait until nothing has been called for a while."""
        wait_until_quiet(lambda: len(self.fake.calls), within, still)


@dataclass
class Person:
    """Somebody who writes to the bot."""

    target: Target
    number: int

    def send(self, update: Any, secret: str | None = None) -> int:
        """Deliver an update as Telegram does; the status, or 0 if there was no answer."""
        try:
            return int(self.target.fake.push(update, secret))
        except OSError:
            return NO_ANSWER

    def text(self, text: str) -> Any:
        """An update with a text."""
        return self.target.fake.text(self.number, text)

    def say(self, text: str) -> int:
        """Write, and wait for what comes; the status of the webhook."""
        return self._wait(self.text(text))

    def content(self, **content: Any) -> Any:
        """An update with something else than text."""
        return self.target.fake.update("message", self.target.fake.message(self.number, **content))

    def press(self, title: str) -> int:
        """Press the newest button with this title; 0 if there is none."""
        for sent in reversed(self.got):
            if any(button["text"] == title for row in sent.buttons for button in row):
                data = sent.button(title)
                return self._wait(self.target.fake.press(self.number, data, sent.message))
        return NO_ANSWER

    def _wait(self, update: Any) -> int:
        """Deliver an update and wait for the answer, if it was acknowledged; the status."""
        before, end = len(self.got), time.monotonic() + PATIENCE
        status = self.send(update)
        while status == ACKNOWLEDGED and len(self.got) == before and time.monotonic() < end:
            time.sleep(0.05)
        self.target.quiet()
        return status

    def at_once(self, updates: list[Any], within: float) -> int:
        """Deliver all at the same time; how many were acknowledged within so many seconds."""
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda u=update: statuses.append(self.send(u)), daemon=True)
            for update in updates
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + within
        while time.monotonic() < end and len(statuses) < len(updates):
            time.sleep(0.05)
        return statuses.count(200)

    @property
    def got(self) -> list[Any]:
        """What was sent to them."""
        found: list[Any] = self.target.fake.to(self.number)
        return found

    @property
    def heard(self) -> str:
        """All that was sent to them, as one text."""
        return "\n".join(sent.text for sent in self.got)

    def turns(self) -> list[dict[str, Any]]:
        """What of them is stored, as events of the kind `user`."""
        names = f"('{self.number}', 'telegram-{self.number}')"
        sql = f"SELECT data FROM events WHERE sender_id IN {names} ORDER BY id"  # noqa: S608 - ours
        with closing(sqlite3.connect(self.target.folder / "talk.db", timeout=20)) as database:
            found = [json.loads(raw) for (raw,) in database.execute(sql)]
        return [event for event in found if event["event"] == "user"]
