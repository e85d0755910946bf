"""Rasa's own Telegram connector and ours on the same cases, with one model and one fake Bot API.

`python -m benchmarks.channels_telegram` writes `benchmarks/results/channels_telegram.md`: what each
did in each case, and whether that is what a runner needs. As it is shipped, Rasa's connector
answers nothing on today's dependencies; the middle column leaves out the line that breaks it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any

from rasa.core.channels.telegram import TelegramOutput

from benchmarks.connectors import Verdict, judged, table
from benchmarks.programs import ROOT, running
from benchmarks.stock_telegram import redirect
from benchmarks.telegram_cases import CASES
from benchmarks.telegram_target import OURS, REPAIRED, STOCK, Target, tg
from kneewise.channels.post import Parcel
from kneewise.channels.telegram.api import BotApi
from kneewise.channels.telegram.carrier import TelegramCarrier

RESULTS = ROOT / "benchmarks" / "results" / "channels_telegram.md"
TITLES = {
    STOCK: "Rasa's own connector",
    REPAIRED: "the same, its start repaired",
    OURS: "ours",
}
AWAY = "a start while the Bot API is away"


def start_while_away(kind: str, folder: Path) -> Verdict:
    """Whether a server starts, and registers once Telegram is back."""
    folder.mkdir()
    fake = tg.FakeTelegram()
    fake.port = running.free_port()
    with ExitStack() as stack:
        target = Target(kind, folder, fake, stack=stack)
        fake.webhook = {"url": "https://old.example"}
        try:
            target.start()
        except AssertionError:
            return "does not start", False
        fake.webhook = {}
        with tg.listening(fake, fake.port):
            try:
                fake.wait(lambda: fake.webhook, 30)
            except AssertionError:
                return "starts, does not register", False
    return "starts, registers later", True


LONG = "Words. " * 800
SAID: dict[str, tuple[dict[str, Any], Callable[[list[Any]], bool]]] = {
    "T18: an answer of 5,600 characters": (
        {"text": LONG},
        lambda sent: " ".join(part.text for part in sent).split() == LONG.split(),
    ),
    "T19: a button that stands for 100 characters": (
        {"text": "Which?", "buttons": [{"title": "This", "payload": "a" * 100}]},
        lambda sent: any(part.buttons for part in sent),
    ),
}
"""What the assistant says, and how to tell from what was sent that it arrived."""


async def _say(kind: str, fake: Any, chat: int, message: dict[str, Any]) -> None:
    if kind == OURS:
        api = BotApi(fake.token, fake.base_url)
        try:
            await TelegramCarrier(api).deliver(Parcel(1, 0.0, False, {"chat": chat}, message))
        finally:
            await api.close()
        return
    redirect(fake.base_url)
    bot = TelegramOutput(fake.token)
    try:
        await bot.send_response(str(chat), message)
    finally:
        await (await bot.get_session()).close()


def said(kind: str, fake: Any, name: str, chat: int) -> Verdict:
    """What becomes of a bot message, whatever the webhook does."""
    message, arrived = SAID[name]
    try:
        asyncio.run(_say(kind, fake, chat, deepcopy(message)))
    except Exception as error:  # noqa: BLE001 - what happens to it is the finding
        return f"not sent: {type(error).__name__}", False
    right = arrived(fake.to(chat))
    return "sent" if right else "not all of it sent", right


def measure(kind: str, folder: Path) -> dict[str, Verdict]:
    """All cases with one connector."""
    found: dict[str, Verdict] = {}
    with tg.fake_telegram() as fake, ExitStack() as stack:
        target = Target(kind, folder, fake, stack=stack)
        target.start()
        for case in CASES:
            name, verdict = judged(case, target)
            found[name] = verdict
            target.mend()
        for chat, name in enumerate(SAID, 8_000_000_001):
            found[name] = said(kind, fake, name, chat)
    if kind != REPAIRED:  # what was repaired is the start
        found[AWAY] = start_while_away(kind, folder / "away")
    return found


def main() -> None:
    """Measure all and write the table; with names, measure those and only show it."""
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for kind in sys.argv[1:] or TITLES:
            (place := Path(folder) / kind).mkdir()
            results[TITLES[kind]] = measure(kind, place)
    told = table(results)
    sys.stdout.write(told)
    if not sys.argv[1:]:
        RESULTS.write_text(told, "utf-8")


if __name__ == "__main__":
    main()
