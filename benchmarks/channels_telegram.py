"""Rasa's own Telegram connector and ours on the same cases, with one model and one fake Bot API.

`python -m benchmarks.channels_telegram` writes `benchmarks/results/channels_telegram.md`: what each
did in each case, and whether that is what a runner needs. As it is shipped, Rasa's connector
answers nothing on today's dependencies; the middle column leaves out the line that breaks it.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.connectors import ROOT, Verdict, judged, running, table
from benchmarks.telegram_cases import CASES
from benchmarks.telegram_target import OURS, REPAIRED, STOCK, Target, tg

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
