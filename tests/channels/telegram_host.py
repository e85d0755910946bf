"""The Telegram channel on a server in this process, with a stand-in for the assistant.

It starts in a moment, so a test of a fault can have one of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from sanic import Sanic
from telegram_fake import HOST, FakeTelegram, settings

from kneewise.channels.telegram import TelegramChannel
from kneewise.channels.telegram.settings import settings as read_settings
from kneewise.privacy import FORGET
from kneewise.store import ConversationStore

Script = Callable[[str], list[dict[str, Any]]]

_names = itertools.count(1)


def echo(text: str) -> list[dict[str, Any]]:
    """What was said, once more."""
    if text == "forget me":
        return [{"text": "forgotten", "metadata": {"topic": FORGET}}]
    return [{"text": f"you said: {text}", "metadata": {"topic": "echo"}}]


class Host:
    """A server with the channel, and what a test asks it."""

    def __init__(self, fake: FakeTelegram, folder: Path, script: Script) -> None:
        self.fake = fake
        self.script = script
        self.database = folder / "talk.db"
        self.store = ConversationStore(Domain.empty(), db=str(self.database))
        self.turns: list[tuple[str, str, dict[str, Any]]] = []
        self.slow = 0.0
        self.port = 0

    async def take(self, message: UserMessage) -> None:
        """A turn: say what the script says, then store it, as Rasa does."""
        await asyncio.sleep(self.slow)
        metadata = dict(message.metadata or {})
        self.turns.append((message.sender_id, message.text, metadata))
        tracker = await self.store.get_or_create_tracker(message.sender_id)
        tracker.update(UserUttered(message.text, metadata=metadata))
        for given in self.script(message.text):
            await message.output_channel.send_response(message.sender_id, dict(given))
            data = {"buttons": given["buttons"]} if "buttons" in given else {}
            tracker.update(BotUttered(given["text"], data, given.get("metadata")))
            if (given.get("metadata") or {}).get("topic") == FORGET:
                tracker.update(SlotSet(FORGET, True))
        await self.store.save(tracker)

    def reset(self) -> None:
        """Be as if nothing had been said."""
        self.fake.faults.clear()
        self.settle()
        self.script, self.slow = echo, 0.0
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            database.execute("PRAGMA secure_delete = ON")
            for table in ("events", "conversations", "accepted", "due"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            database.commit()
        self.store.live.clear()
        for kept in (self.turns, self.fake.sent, self.fake.calls, self.fake.queries):
            kept.clear()

    def said(self) -> list[str]:
        """The texts of all turns."""
        return [text for _, text, _ in self.turns]

    def settle(self, seconds: float = 20.0) -> None:
        """Wait until everything that was accepted is answered and delivered."""
        end = time.monotonic() + seconds
        while self.rows("SELECT id FROM accepted WHERE body IS NOT NULL") or self.rows(
            "SELECT id FROM due"
        ):
            assert time.monotonic() < end, f"not settled in {seconds} s"
            time.sleep(0.02)

    def rows(self, query: str) -> list[Any]:
        """What the database holds."""
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            return database.execute(query).fetchall()

    def holds(self, words: str) -> bool:
        """True if the words are anywhere in the file of the database."""
        return any(words.encode() in p.read_bytes() for p in self.database.parent.glob("talk.db*"))

    def wait_until_gone(self, words: str) -> None:
        """Wait until the words are in no file: a log is emptied after the answer."""
        end = time.monotonic() + 20
        while self.holds(words):
            assert time.monotonic() < end, "deleted words are still in a file"
            time.sleep(0.02)


@contextmanager
def hosting(
    fake: FakeTelegram, folder: Path, monkeypatch: Any, script: Script = echo, **more: str
) -> Iterator[Host]:
    """A server with the channel, started; Telegram may not know of it yet."""
    monkeypatch.delenv("KNEEWISE_DB", raising=False)
    for name, value in settings(fake, **more).items():
        monkeypatch.setenv(name, value)
    # Sanic rewrites its own methods at a start; only in this mode a second app in a process works.
    monkeypatch.setattr(Sanic, "test_mode", True)
    host = Host(fake, folder, script)
    app = Sanic(f"telegram_host_{next(_names)}", configure_logging=False)
    app.config.MOTD = False
    app.ctx.agent = SimpleNamespace(tracker_store=host.store, is_ready=lambda: True)
    channel = TelegramChannel(read_settings(None))
    app.blueprint(channel.blueprint(host.take), url_prefix="/webhooks/telegram")
    server = _Thread(app)
    try:
        host.port = fake.bot_port = server.begin()
        yield host
    finally:
        server.end()
        host.store.database.close()


class _Thread:
    """An app that serves in a thread of its own."""

    def __init__(self, app: Sanic) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._port: Future[int] = Future()
        self._over: asyncio.Event | None = None

    def begin(self) -> int:
        """Start; the port. Raises what fails."""
        self._thread.start()
        return self._port.result(20)

    def end(self) -> None:
        """Stop, as at Ctrl+C."""
        if self._over:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "it does not stop"
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to who waits for the port
            self._port.set_exception(error)
        left = asyncio.all_tasks(self._loop)  # connections that are kept open
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server = await self._app.create_server(
            sock=socket.create_server((HOST, 0)), return_asyncio_server=True, access_log=False
        )
        await server.startup()
        await server.before_start()
        await server.after_start()
        self._port.set_result(server.server.sockets[0].getsockname()[1])
        await self._over.wait()
        await server.before_stop()
        server.server.close()
        await server.after_stop()


def events_of(host: Host, kind: str) -> list[dict[str, Any]]:
    """The events of one kind that the database holds."""
    rows = host.rows("SELECT data FROM events ORDER BY id")
    return [event for (raw,) in rows if (event := json.loads(raw))["event"] == kind]
