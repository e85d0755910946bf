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

from benchmarks.chaos_fleet import Chaos
from benchmarks.chaos_outcome import Case, Outcome, watched

crowds: Any = importlib.import_module("fleet.crowd")

RATE = 20.0
"""Messages a second of all people together: about half of what two cores can do."""
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
    found: Chaos, people: int, what: str, disturb: Callable[[], None], rate: float = RATE
) -> Outcome:
    """Let people talk, do something meanwhile, and account for every message.

    Args:
        rate: messages a second of all of them together.
    """
    fleet = found.fleet
    peace = _peace(fleet.nginx.port)
    crowd = crowds.Crowd(fleet.nginx.port, people, people / rate)
    with watched(fleet.kneewise) as memory:
        at = crowd.run(disturb)
        account = crowd.account(fleet.postgres.url, peace, at)
    outcome = Outcome.of(what, account, memory.growth)
    _wait_until_ready(fleet, outcome)
    return outcome


def _wait_until_ready(fleet: Any, outcome: Outcome) -> None:
    end = time.monotonic() + WELL_WITHIN
    while not fleet.ready():
        if time.monotonic() > end:
            outcome.wrong.append("not every process is ready again")
            return
        time.sleep(0.2)


def process_killed(found: Chaos, people: int) -> Outcome:
    """One of the processes is killed with SIGKILL, and started again."""

    def disturb() -> None:
        found.fleet.kneewise[0].kill()
        found.fleet.kneewise[0].start()

    return hold(found, people, "a process of three is killed", disturb)


def process_ended(found: Chaos, people: int) -> Outcome:
    """One of the processes is told to end: what it has begun it ends, the rest goes elsewhere."""
    process, notes, wrong = found.fleet.kneewise[1], [], []

    def disturb() -> None:
        ending, begun = process.process, time.monotonic()
        ending.send_signal(signal.SIGTERM)
        code = ending.wait(GRACE)
        notes.append(f"ended after {time.monotonic() - begun:.1f} s with {code}")
        if code != 0:
            wrong.append(f"exit code {code}")
        process.process = None
        process.start()

    outcome = hold(found, people, "a process of three is told to end (SIGTERM)", disturb)
    outcome.notes += notes
    outcome.wrong += wrong
    if outcome.cut:
        outcome.wrong.append(f"{outcome.cut} answers that had begun broke off")
    return outcome


def _away(server: Any, end: Callable[[], None], lose: Callable[[], None] | None = None) -> None:
    end()
    if lose:
        lose()
    time.sleep(AWAY)
    server.start()


def postgres_stopped(found: Chaos, people: int) -> Outcome:
    """PostgreSQL is shut down for some seconds."""
    server = found.fleet.postgres
    what = f"PostgreSQL is stopped for {AWAY:.0f} s"
    return hold(found, people, what, lambda: _away(server, server.stop))


def postgres_killed(found: Chaos, people: int) -> Outcome:
    """PostgreSQL is killed, and started after some seconds."""
    server = found.fleet.postgres
    what = f"PostgreSQL is killed, and back after {AWAY:.0f} s"
    return hold(found, people, what, lambda: _away(server, server.kill))


def postgres_frozen(found: Chaos, people: int) -> Outcome:
    """PostgreSQL hangs for some seconds: connections stay open, and nothing is answered."""
    server = found.fleet.postgres

    def disturb() -> None:
        server.pause()
        time.sleep(AWAY)
        server.resume()

    return hold(found, people, f"PostgreSQL hangs for {AWAY:.0f} s", disturb)


def redis_stopped(found: Chaos, people: int) -> Outcome:
    """Redis is shut down for some seconds, and keeps what it knew."""
    server = found.fleet.redis
    what = f"Redis is stopped for {AWAY:.0f} s"
    return hold(found, people, what, lambda: _away(server, server.stop))


def redis_lost(found: Chaos, people: int) -> Outcome:
    """Redis is killed, and knows nothing when it is back."""
    server = found.fleet.redis

    def lose() -> None:
        for path in server.folder.glob("appendonly*"):
            shutil.rmtree(path, ignore_errors=True)

    what = f"Redis is killed and loses all, back after {AWAY:.0f} s"
    return hold(found, people, what, lambda: _away(server, server.kill, lose))


CASES: dict[str, Case] = {
    "process_killed": process_killed,
    "process_ended": process_ended,
    "postgres_stopped": postgres_stopped,
    "postgres_killed": postgres_killed,
    "postgres_frozen": postgres_frozen,
    "redis_stopped": redis_stopped,
    "redis_lost": redis_lost,
}
