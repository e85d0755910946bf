"""A machine whose clock is wrong: one process of the fleet lives in another time.

Debian's libfaketime shows it a clock that is set forward and back while people talk. Its monotonic
clock goes on as it is, as that of a real machine does.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos_fleet import Chaos
from benchmarks.chaos_outcome import Case, Outcome
from benchmarks.chaos_web import hold

JUMPS = ("+2h", "-2h", "+9h", "+0")
"""Less than the twelve hours after which somebody begins a new session."""
SLOW = 8.0
"""Messages a second: to ask libfaketime for the time costs much of it."""
HELD = 3.0
"""Seconds between two jumps: libfaketime looks once a second."""


def library() -> str | None:
    """The library that fakes the time; None if Debian's package faketime is not here."""
    program = shutil.which("faketime")
    if program is None:
        return None
    wanted = [program, "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
    done = subprocess.run(wanted, capture_output=True, text=True, check=True)  # noqa: S603 - Debian's
    return done.stdout.strip()


def clock_jumps(found: Chaos, people: int) -> Outcome:
    """Set the clock of one process of three forward and back; everybody else has the right time."""
    what = f"the clock of one process of three is set to {', '.join(JUMPS)}"
    faked = library()
    if faked is None:
        return Outcome(what, notes=["skipped: faketime is not here"])
    process: Any = found.fleet.kneewise[0]
    clock = Path(process.folder) / "clock"
    clock.write_text("+0")
    before = dict(process.settings)
    process.settings |= {
        "LD_PRELOAD": faked,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    process.restart()

    def disturb() -> None:
        for jump in JUMPS:
            clock.write_text(jump)
            time.sleep(HELD)

    try:
        outcome = hold(found, people, what, disturb, rate=SLOW)
        _judge(found, outcome)
        return outcome
    finally:
        process.settings = before
        process.restart()


def _judge(found: Chaos, outcome: Outcome) -> None:
    """Make sure that something was said in other times."""
    query = "SELECT count(*) FROM events WHERE type_name = 'user' AND abs(timestamp - {}) > 3600"
    ((elsewhen,),) = found.fleet.postgres.ask(query.format(time.time()))
    outcome.notes.append(f"{elsewhen} messages have the time of another hour")
    if not elsewhen:
        outcome.wrong.append("nothing was said in another time")


CASES: dict[str, Case] = {"clock_jumps": clock_jumps}
