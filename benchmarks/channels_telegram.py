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

from benchmarks.telegram_cases import CASES, Verdict
from benchmarks.telegram_target import OURS, REPAIRED, ROOT, STOCK, Target, running, tg

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
            name = str(case.__doc__).strip().rstrip(".")
            try:
                found[name] = case(target)
            except Exception as error:  # noqa: BLE001 - it is the connector's result
                found[name] = (f"failed: {type(error).__name__}", False)
            target.mend()
    if kind != REPAIRED:  # what was repaired is the start
        found[AWAY] = start_while_away(kind, folder / "away")
    return found


def table(results: dict[str, dict[str, Verdict]]) -> str:
    """The results side by side, as Markdown."""
    rows = [f"| case | {' | '.join(TITLES[kind] for kind in results)} |"]
    rows.append("|---" * (len(results) + 1) + "|")
    for name in results[OURS]:
        cells = [_cell(found.get(name)) for found in results.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    totals = [
        f"**{sum(right for _, right in found.values())} of {len(found)}**"
        for found in results.values()
    ]
    rows.append(f"| **right** | {' | '.join(totals)} |")
    return "\n".join(rows) + "\n"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    told, right = verdict
    return f"{'right' if right else '**wrong**'}: {told}"


def main() -> None:
    """Measure all, or those that are named, and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for kind in sys.argv[1:] or TITLES:
            (place := Path(folder) / kind).mkdir()
            results[kind] = measure(kind, place)
    RESULTS.write_text(table(results), "utf-8")
    sys.stdout.write(RESULTS.read_text("utf-8"))


if __name__ == "__main__":
    main()
