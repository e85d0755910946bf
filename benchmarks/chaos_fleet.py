"""The fleet that everything is done to: three processes, with a Bot API server of its own."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos_outcome import Outcome

fleets: Any = importlib.import_module("fleet.whole")
visitors: Any = importlib.import_module("fleet.visitor")
crowds: Any = importlib.import_module("fleet.crowd")
tg: Any = importlib.import_module("telegram_fake")

SIZE = 3
WEBHOOK_WITHIN = 60.0
FRAGMENT = 12
"""Characters of a message that stand in no log by chance."""


@dataclass
class Chaos:
    """A fleet, Telegram in front of it, and whoever has talked to it."""

    fleet: Any
    telegram: Any


@contextmanager
def chaos(folder: Path, size: int = SIZE, **settings: str) -> Iterator[Chaos]:
    """So many processes that serve the web chat and Telegram."""
    with tg.fake_telegram() as fake:
        given = {**tg.settings(fake), **settings}
        with fleets.private_fleet(folder, size, **given) as fleet:
            fake.bot_port = fleet.nginx.port
            fake.wait(lambda: fake.webhook, WEBHOOK_WITHIN, "a webhook")
            fleet.secrets += [fake.token, fake.webhook["secret_token"]]
            yield Chaos(fleet, fake)


def canaries(found: Chaos) -> dict[str, str]:
    """What must stand in no log, each with what it is."""
    texts = {text for script in crowds.SCRIPTS for text in script if len(text) > FRAGMENT}
    return {
        **dict.fromkeys(texts, "what a visitor said"),
        **{text[:FRAGMENT]: "the beginning of what one said" for text in texts},
        **dict.fromkeys(found.fleet.secrets, "a secret"),
        **dict.fromkeys(visitors.issued, "a visitor's token"),
        **dict.fromkeys(visitors.conversations, "a conversation"),
        **dict.fromkeys(visitors.addresses, "an address"),
        **{f"telegram-{chat}": "a chat" for chat in found.telegram.chats},
        **{str(chat): "the number of a chat" for chat in found.telegram.chats},
    }


def logs_looked_through(found: Chaos) -> Outcome:
    """Look for words, ids, addresses, tokens and secrets in all that was written down."""
    logs, hidden = found.fleet.logs(), canaries(found)
    outcome = Outcome("all logs are read for words, ids, addresses, tokens and secrets")
    for name, log in logs.items():
        leaks = {what for canary, what in hidden.items() if canary in log}
        outcome.wrong += [f"{name} holds {what}" for what in sorted(leaks)]
    size = sum(map(len, logs.values())) / 1024
    outcome.notes.append(f"{len(hidden)} of them, {len(logs)} logs of {size:.0f} KB")
    return outcome
