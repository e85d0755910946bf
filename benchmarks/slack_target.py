"""A Slack connector on a server of its own, with a Slack of its own, to be measured."""

from __future__ import annotations

import importlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "channels")]
running: Any = importlib.import_module("running")
fakes: Any = importlib.import_module("slack_fake")
sender: Any = importlib.import_module("slack_sender")

STOCK_CREDENTIALS = "slack:\n  slack_token: {token}\n  slack_signing_secret: {secret}\n"


@dataclass
class Target:
    """One connector on a server of its own, with a Slack of its own."""

    ours: bool
    folder: Path
    slack: Any
    server: Any = None
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Start the server; again after a crash."""
        settings = {"KNEEWISE_DB": str(self.folder / "talk.db")}
        if self.ours:
            keys = {"TOKEN": fakes.TOKEN, "SIGNING_SECRET": sender.SECRET}
            settings |= {f"KNEEWISE_SLACK_{name}": value for name, value in keys.items()}
            settings["KNEEWISE_SLACK_API_BASE_URL"] = self.slack.url
            serving = running.serving(self.folder, **settings)
        else:
            serving = self._stock(settings)
        self.server = self.stack.enter_context(serving)

    @contextmanager
    def _stock(self, settings: dict[str, str]) -> Iterator[Any]:
        values = {"token": fakes.TOKEN, "secret": sender.SECRET}
        (self.folder / "credentials.yml").write_text(STOCK_CREDENTIALS.format(**values))
        (self.folder / "endpoints.yml").write_text((ROOT / "endpoints.yml").read_text())
        port = running.free_port()
        command = (
            *(sys.executable, "-m", "benchmarks.stock_slack"),
            *(str(self.folder), str(ROOT / "models"), self.slack.url),
        )
        log = self.folder / "log.txt"
        with running.running(command, port, log, PORT=str(port), **settings) as server:
            server.wait_for("/health")
            yield server

    def person(self) -> Any:
        """Somebody who never wrote before."""
        return sender.Person(self.slack, self.server.port)

    def quiet(self, within: float = 25, still: float = 2.5) -> None:
        """Wait until nothing has been posted for a while."""
        end, seen, since = time.monotonic() + within, -1, time.monotonic()
        while time.monotonic() < end and time.monotonic() - since < still:
            now = len(self.slack.messages) + len(self.slack.calls)
            seen, since = (now, time.monotonic()) if now != seen else (seen, since)
            time.sleep(0.1)

    def heard(self, person: Any) -> list[tuple[str, str]]:
        """In which conversation the assistant was told what, by one person."""
        query = "SELECT sender_id, data FROM events WHERE type_name = 'user' ORDER BY timestamp, id"
        with closing(sqlite3.connect(self.folder / "talk.db", timeout=20)) as database:
            rows = database.execute(query).fetchall()
        return [(who, json.loads(data)["text"] or "") for who, data in rows if person.id in who]
