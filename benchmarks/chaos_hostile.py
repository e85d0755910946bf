"""Ten thousand inputs that nobody means well with, while somebody else wants an answer."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import FailedHealthCheck

from benchmarks.chaos_bystander import Bystander
from benchmarks.chaos_inputs import REST, known, requests
from benchmarks.chaos_outcome import Outcome, watched
from benchmarks.chaos_target import Raw, Target, rest_headers, target

INPUTS = 10_000
FAILED = 500
PEACE = 15.0
"""Seconds for which somebody talks without being disturbed, to compare."""
GROWTH = 150.0
"""Megabytes by which the server may grow: caches fill, and are bounded."""


def known_inputs(found: Target) -> Outcome:
    """What kills, blocks or silences a stock server is refused or answered."""
    outcome = Outcome("inputs that kill, block or silence a stock server")
    for what, body in known().items():
        begun = time.monotonic()
        status = found.send(Raw(b"POST", REST, rest_headers(), body))
        outcome.messages += 1
        outcome.longest = max(outcome.longest, time.monotonic() - begun)
        if status >= FAILED or not found.lives():
            outcome.wrong.append(f"{what}: {status}")
    return outcome


def fuzzed(found: Target, inputs: int) -> Outcome:
    """Send so many inputs of all kinds; none may be answered with 5xx, or end the server."""
    outcome = Outcome(f"{inputs:,} made-up inputs to all routes")
    statuses: Counter[int] = Counter()

    # The same inputs each time, in no order that a change of one strategy would keep.
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(found))
    def one(raw: Raw) -> None:
        begun = time.monotonic()
        status = found.send(raw)
        outcome.longest = max(outcome.longest, time.monotonic() - begun)
        statuses[status] += 1
        outcome.messages += 1
        if status >= FAILED:
            told = f"{raw.method!r} {raw.path!r} {raw.headers!r} {raw.body[:300]!r}"
            outcome.wrong.append(f"{status}: {told}")

    try:
        one()
    except (OSError, FailedHealthCheck) as error:
        outcome.wrong.append(f"the server does not answer: {error!r}")
    if not found.lives():
        outcome.wrong.append("the server is gone")
    outcome.notes.append(", ".join(f"{n} x {status}" for status, n in sorted(statuses.items())))
    return outcome


def hostile_input(folder: Path, inputs: int = INPUTS) -> Outcome:
    """All of it, beside somebody who wants an answer; and how they fare without it."""
    with target(folder) as found:
        undisturbed, disturbed = Bystander(found.port), Bystander(found.port)
        with undisturbed.talking():
            time.sleep(PEACE)
        with watched([found.server]) as memory, disturbed.talking():
            first, second = known_inputs(found), fuzzed(found, inputs)
        second.what = f"{first.what}, and {second.what}"
        second.messages += first.messages
        second.wrong[:0] = first.wrong
        second.longest = max(first.longest, second.longest)
        second.memory = memory.growth
        second.notes += [
            f"a bystander waited {disturbed.told()}",
            f"in peace {undisturbed.told()}",
        ]
        if disturbed.silent:
            second.wrong.append(f"the bystander was not answered {disturbed.silent} times")
        if memory.growth > GROWTH:
            second.wrong.append(f"the server grew by {memory.growth:.0f} MB")
    return second
