"""A Slack connector on a server of its own, with a Slack of its own, to be measured."""

from __future__ import annotations

import importlib
import json
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.connectors import stock_server, wait_until_quiet
from benchmarks.programs import running

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
            given = STOCK_CREDENTIALS.format(token=fakes.TOKEN, secret=sender.SECRET)
            port = running.free_port()
            serving = stock_server(
                "stock_slack", self.folder, given, port, self.slack.url, **settings
            )
        self.server = self.stack.enter_context(serving)

    def person(self) -> Any:
        """Somebody who never wrote before."""
        return sender.Person(self.slack, self.server.port)

    def quiet(self, within: float = 25, still: float = 2.5) -> None:
        """Wait until nothing has been posted for a while."""
        slack = self.slack
        wait_until_quiet(lambda: len(slack.messages) + len(slack.calls), within, still)

    def heard(self, person: Any) -> list[tuple[str, str]]:
        """In which conversation the assistant was told what, by one person."""
        query = "SELECT sender_id, data FROM events WHERE type_name = 'user' ORDER BY timestamp, id"
        with closing(sqlite3.connect(self.folder / "talk.db", timeout=20)) as database:
            rows = database.execute(query).fetchall()
        return [(who, json.loads(data)["text"] or "") for who, data in rows if person.id in who]
