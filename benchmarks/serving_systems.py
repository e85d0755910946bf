"""Start ours and the stock assistant as servers on one core, and count what they use."""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import proc
from benchmarks.programs import running
from benchmarks.serving_stock import MODEL, endpoints

OURS, STOCK, STOCK_SQLITE = "kneewise", "stock", "stock + SQLite"
RASA = (sys.executable, "-m", "rasa")
REST = "/webhooks/rest/webhook"
HOST = "127.0.0.1"
FIRST = "hello"
POLL_S = 0.1
PATIENCE_S = 600
"""Stock takes half a minute to start, and many times that where others use the cores."""
CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []

Settings = dict[str, str]


@dataclass(frozen=True)
class Boot:
    """What it took from the start until the first message was answered."""

    wall_s: float
    use: proc.Use


@dataclass(frozen=True)
class Target:
    """A server that answers, with all its processes."""

    name: str
    port: int
    pids: tuple[int, ...]
    boot: Boot
    database: Path | None

    @property
    def url(self) -> str:
        """Where messages go."""
        return f"http://{HOST}:{self.port}{REST}"

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far."""
        return proc.cpu_s(self.pids)

    def use(self) -> proc.Use:
        """All that it uses."""
        return proc.use(self.pids)

    def limit_memory(self, megabytes: int) -> None:
        """Let no process have more address space than that: an attempt fails inside it."""
        most = megabytes * 1_000_000
        for pid in self.pids:
            resource.prlimit(pid, resource.RLIMIT_AS, (most, most))

    def stored_rows(self) -> int:
        """How many events its SQLite file holds; 0 where there is none."""
        if self.database is None or not self.database.is_file():
            return 0
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


Start = Callable[[Path], AbstractContextManager[Target]]
"""Starts a server with its files in a folder; it answers when entered, and is ended after."""


def systems(project: Path, settings: Settings) -> dict[str, Start]:
    """How each is started, by name.

    Args:
        project: the folder of the stock project, with its model.
        settings: of ours, for its environment.
    """
    return {
        OURS: partial(ours, settings=settings),
        STOCK: partial(stock, project=project),
        STOCK_SQLITE: partial(stock, project=project, sqlite=True),
    }


@contextmanager
def ours(folder: Path, settings: Settings) -> Iterator[Target]:
    """`python -m kneewise serve`, with its default store: an SQLite file."""
    port, database = running.free_port(), folder / "talk.db"
    given = {"KNEEWISE_DB": str(database), **settings}
    start = time.monotonic()
    with running.running(running.SERVE, port, folder / "log.txt", PORT=str(port), **given) as run:
        pids = _on_server_core(run.process.pid)
        yield _answering(OURS, run, pids, start, database)


@contextmanager
def stock(folder: Path, project: Path, *, sqlite: bool = False) -> Iterator[Target]:
    """`rasa run` with its default store, in memory, or with SQLite, and `rasa run actions`."""
    port, actions_port = running.free_port(), running.free_port()
    database = folder / "talk.db" if sqlite else None
    (folder / "endpoints.yml").write_text(endpoints(actions_port, database), "utf-8")
    serve = (
        *(*RASA, "run", "--interface", HOST, "--port", str(port), "--enable-api"),
        *("--model", str(project / MODEL), "--credentials", str(project / "credentials.yml")),
        *("--endpoints", str(folder / "endpoints.yml")),
    )
    act = (*RASA, "run", "actions", "--actions", "actions", "--port", str(actions_port))
    start = time.monotonic()
    with ExitStack() as stack:
        actions = stack.enter_context(
            running.running(act, actions_port, folder / "act.txt", project, SANIC_HOST=HOST)
        )
        run = stack.enter_context(running.running(serve, port, folder / "log.txt", project))
        pids = _on_server_core(run.process.pid, actions.process.pid)
        yield _answering(STOCK_SQLITE if sqlite else STOCK, run, pids, start, database)


def _answering(
    name: str, run: Any, pids: tuple[int, ...], start: float, database: Path | None
) -> Target:
    """The server once it has answered a message.

    Raises:
        RuntimeError: it ended, or took too long; with the end of what it printed.
    """
    end = start + PATIENCE_S
    while time.monotonic() < end and run.process.poll() is None:
        try:
            answer = run.rest({"sender": "boot", "message": FIRST})
            if answer.status == 200 and answer.json:  # noqa: PLR2004 - OK
                boot = Boot(time.monotonic() - start, proc.use(pids))
                return Target(name, run.port, pids, boot, database)
        except (OSError, ValueError):
            pass
        time.sleep(POLL_S)
    raise RuntimeError(f"{name} does not answer:\n{run.printed()[-2000:]}")


def _on_server_core(*pids: int) -> tuple[int, ...]:
    """Keep processes on the first core, where there are more; the clients are on the others."""
    if len(CORES) > 1:
        for pid in pids:
            os.sched_setaffinity(pid, CORES[:1])
    return pids


def on_client_cores() -> bool:
    """Keep this process off the core of the servers; False where there is only one core."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    return len(CORES) > 1
