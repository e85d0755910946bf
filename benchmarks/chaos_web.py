"""Servers that die, stop and lose all while visitors of the web chat talk; nobody may notice.

Every case holds conversations of six messages, and does something to the fleet when some of them
are answered. What is stored is then compared with what was said, and what was answered with what
is answered in peace.
"""

from __future__ import annotations

import importlib
import shutil
import signal
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from benchmarks.chaos_outcome import Case, Outcome, watched

crowds: Any = importlib.import_module("fleet.crowd")

AWAY = 6.0
"""Seconds for which a database or Redis is away."""
GRACE = 40.0
"""Seconds that a process has for its end, as in deploy/docker/compose.yml."""
WELL_WITHIN = 60.0


@lru_cache(maxsize=1)
def _peace(port: int) -> Any:
    """What is answered when nothing happens, once for a fleet."""
    return crowds.in_peace(port)


def hold(
    fleet: Any, people: int, what: str, disturb: Callable[[], None], pause: float = 1.0
) -> Outcome:
    """Let people talk, do something meanwhile, and account for every message."""
    peace = _peace(fleet.nginx.port)
    crowd = crowds.Crowd(fleet.nginx.port, people, pause)
    with watched(fleet.kneewise) as memory:
        at = crowd.run(disturb)
        account = crowd.account(fleet.postgres.url, peace, at)
    found = Outcome.of(what, account, memory.growth)
    _wait_until_ready(fleet, found)
    return found


def _wait_until_ready(fleet: Any, found: Outcome) -> None:
    end = time.monotonic() + WELL_WITHIN
    while not fleet.ready():
        if time.monotonic() > end:
            found.wrong.append("not every process is ready again")
            return
        time.sleep(0.2)


def process_killed(fleet: Any, people: int) -> Outcome:
    """One of the processes is killed with SIGKILL, and started again."""

    def disturb() -> None:
        fleet.kneewise[0].kill()
        fleet.kneewise[0].start()

    return hold(fleet, people, "a process of three is killed", disturb)


def process_ended(fleet: Any, people: int) -> Outcome:
    """One of the processes is told to end: what it has begun it ends, the rest goes elsewhere."""
    process, notes, wrong = fleet.kneewise[1], [], []

    def disturb() -> None:
        ending, begun = process.process, time.monotonic()
        ending.send_signal(signal.SIGTERM)
        code = ending.wait(GRACE)
        notes.append(f"ended after {time.monotonic() - begun:.1f} s with {code}")
        if code != 0:
            wrong.append(f"exit code {code}")
        process.process = None
        process.start()

    found = hold(fleet, people, "a process of three is told to end (SIGTERM)", disturb)
    found.notes += notes
    found.wrong += wrong
    return found


def _away(server: Any, end: Callable[[], None], lose: Callable[[], None] | None = None) -> None:
    end()
    if lose:
        lose()
    time.sleep(AWAY)
    server.start()


def postgres_stopped(fleet: Any, people: int) -> Outcome:
    """PostgreSQL is shut down for some seconds."""
    server = fleet.postgres
    what = f"PostgreSQL is stopped for {AWAY:.0f} s"
    return hold(fleet, people, what, lambda: _away(server, server.stop))


def postgres_killed(fleet: Any, people: int) -> Outcome:
    """PostgreSQL is killed, and started after some seconds."""
    server = fleet.postgres
    what = f"PostgreSQL is killed, and back after {AWAY:.0f} s"
    return hold(fleet, people, what, lambda: _away(server, server.kill))


def postgres_frozen(fleet: Any, people: int) -> Outcome:
    """PostgreSQL hangs for some seconds: connections stay open, and nothing is answered."""
    server = fleet.postgres

    def disturb() -> None:
        server.pause()
        time.sleep(AWAY)
        server.resume()

    return hold(fleet, people, f"PostgreSQL hangs for {AWAY:.0f} s", disturb)


def redis_stopped(fleet: Any, people: int) -> Outcome:
    """Redis is shut down for some seconds, and keeps what it knew."""
    server = fleet.redis
    what = f"Redis is stopped for {AWAY:.0f} s"
    return hold(fleet, people, what, lambda: _away(server, server.stop))


def redis_lost(fleet: Any, people: int) -> Outcome:
    """Redis is killed, and knows nothing when it is back."""
    server = fleet.redis

    def lose() -> None:
        for path in server.folder.glob("appendonly*"):
            shutil.rmtree(path, ignore_errors=True)

    what = f"Redis is killed and loses all, back after {AWAY:.0f} s"
    return hold(fleet, people, what, lambda: _away(server, server.kill, lose))


CASES: dict[str, Case] = {
    "process_killed": process_killed,
    "process_ended": process_ended,
    "postgres_stopped": postgres_stopped,
    "postgres_killed": postgres_killed,
    "postgres_frozen": postgres_frozen,
    "redis_stopped": redis_stopped,
    "redis_lost": redis_lost,
}
