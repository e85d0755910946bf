"""Half of what a fleet can do, for as long as one likes: whether it grows, leaks or slows down."""

from __future__ import annotations

import importlib
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.chaos_fleet import Chaos

crowds: Any = importlib.import_module("fleet.crowd")
visitors: Any = importlib.import_module("fleet.visitor")

SIZE = 2
"""Processes: as many as there are cores."""
RAMP = 20.0
"""Seconds for which as much is said as can be, to learn how much that is."""
TALKERS = 16
ROW = 180.0
"""Seconds that one line of the table stands for."""
HEAD = (
    *("minutes", "messages", "a second", "p50, ms", "p95, ms", "p99, ms", "longest, ms"),
    *("failed", "memory, MB", "open files", "threads", "rows"),
)
GROWTH = 1.15
"""By how much memory may grow from the first third to the last: caches fill first."""
LEAK = 20
"""Open files, and threads, that there may be more of."""


@dataclass
class Load:
    """People who say one thing after another, and how long each answer took."""

    port: int
    every: float
    """Seconds between two messages of one of them; 0: as soon as there is an answer."""
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def talk(self, number: int) -> None:
        """Hold one conversation after another, until it is over."""
        self._over.wait(self.every * number / TALKERS)
        due = time.monotonic()
        while not self._over.is_set():
            due = self._converse(number, due)

    def _converse(self, number: int, due: float) -> float:
        """Hold one conversation; when the next message is due."""
        visitor = visitors.Visitor(self.port)
        for text in crowds.SCRIPTS[number % len(crowds.SCRIPTS)]:
            if self._over.wait(max(0.0, due - time.monotonic())):
                break
            with suppress(visitors.GaveUp):  # which is seen by its many tries
                visitor.say(text)
            turn = visitor.said[-1]
            now = time.monotonic()
            # From when it was due: a server that is late must not lower its own load.
            self.seconds.append(max(turn.seconds, now - due))
            self.failed += turn.failed or turn.tries > 1
            due = max(due, now - ROW) + self.every if self.every else now
        return due

    def end(self) -> None:
        """Let everybody fall silent."""
        self._over.set()

    def taken(self) -> list[float]:
        """What was measured since the last time this was asked."""
        taken, self.seconds = self.seconds, []
        return taken


def capacity(found: Chaos) -> float:
    """Messages a second that the fleet answers when as many are said as can be."""
    load = Load(found.fleet.nginx.port, 0.0)
    with ThreadPoolExecutor(TALKERS) as together:
        for number in range(TALKERS):
            together.submit(load.talk, number)
        time.sleep(RAMP / 4)
        load.taken()
        time.sleep(RAMP)
        answered = len(load.taken())
        load.end()
    return answered / RAMP


def soak(found: Chaos, minutes: float, results: Path) -> bool:
    """Talk for so many minutes at half of that and write down what is seen. True if all is flat."""
    most = capacity(found)
    load = Load(found.fleet.nginx.port, TALKERS / (most / 2))
    rows: list[list[str]] = []
    seen: list[tuple[float, int, int]] = []
    with ThreadPoolExecutor(TALKERS) as together:
        for number in range(TALKERS):
            together.submit(load.talk, number)
        end, begun = time.monotonic() + minutes * 60, time.monotonic()
        while (left := end - time.monotonic()) > 1:
            part = min(ROW, left)
            time.sleep(part)
            seen.append(_seen(found))
            rows.append(_row(found, load, time.monotonic() - begun, part, seen[-1]))
        load.end()
    wrong = _wrong(seen, load.failed)
    head = (
        f"# A soak of {minutes:g} minutes\n\n{SIZE} processes behind nginx, PostgreSQL and Redis "
    )
    head += (
        f"on the same machine. They answer {most:.0f} messages a second; this is half of that.\n\n"
    )
    lines = [list(HEAD), ["---"] * len(HEAD), *rows]
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    results.write_text(f"{head}{body}\n{wrong or 'Nothing grew, nothing failed.'}\n", "utf-8")
    return not wrong


def _seen(found: Chaos) -> tuple[float, int, int]:
    """Memory in megabytes, open files and threads of all processes together."""
    processes = found.fleet.alive()
    folders = [Path(f"/proc/{each.process.pid}") for each in processes]
    files = sum(len(list((folder / "fd").iterdir())) for folder in folders)
    threads = sum(len(list((folder / "task").iterdir())) for folder in folders)
    return sum(each.memory() for each in processes), files, threads


def _row(
    found: Chaos, load: Load, at: float, part: float, seen: tuple[float, int, int]
) -> list[str]:
    took = sorted(load.taken()) or [0.0]
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
    ((stored,),) = found.fleet.postgres.ask("SELECT count(*) FROM events")
    times = [cuts[49], cuts[94], cuts[98], took[-1]]
    return [
        f"{at / 60:.0f}",
        str(len(took)),
        f"{len(took) / part:.1f}",
        *(f"{seconds * 1000:.0f}" for seconds in times),
        str(load.failed),
        f"{seen[0]:.0f}",
        str(seen[1]),
        str(seen[2]),
        f"{stored:,}",
    ]


def _wrong(seen: list[tuple[float, int, int]], failed: int) -> str:
    """What grew from the first third to the last, or failed; empty if nothing did."""
    third = max(1, len(seen) // 3)
    first, last = seen[:third], seen[-third:]
    found = []
    if statistics.mean(s[0] for s in last) > GROWTH * statistics.mean(s[0] for s in first):
        found.append("memory grew")
    for at, what in ((1, "open files"), (2, "threads")):
        if max(s[at] for s in last) > max(s[at] for s in first) + LEAK:
            found.append(f"{what} grew in number")
    if failed:
        found.append(f"{failed} answers failed, or were asked for again")
    return "; ".join(found)
