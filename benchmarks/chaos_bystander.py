"""Somebody who says something every 75 ms while others mean no good, in a process of their own.

`python -m benchmarks.chaos_bystander PORT` talks until its input ends, and then prints how long
each answer took, in seconds, as a JSON list; null stands for none.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from benchmarks.chaos_target import ROOT, SENSIBLE, rest_headers

EVERY = 0.075
STALL = 0.25
"""Seconds for which an input may hold somebody else up."""
PATIENCE = 20.0
FINE = 200


@dataclass
class Bystander:
    """How long each answer took."""

    port: int
    seconds: list[float] = field(default_factory=list)
    silent: int = 0

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Talk as long as this is open."""
        command = [sys.executable, "-m", "benchmarks.chaos_bystander", str(self.port)]
        with subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield
            finally:
                told, _ = process.communicate("", PATIENCE * 2)
        took = json.loads(told)
        self.seconds = [seconds for seconds in took if seconds is not None]
        self.silent = took.count(None)

    def told(self) -> str:
        """The answers in a few words."""
        late = sum(took > STALL for took in self.seconds)
        middle, worst = statistics.median(self.seconds) * 1000, max(self.seconds) * 1000
        return f"{middle:.0f} ms, at most {worst:.0f} ms, {late} of {len(self.seconds)} over 250 ms"


def talk(port: int, over: threading.Event) -> list[float | None]:
    """Say the same again and again on one connection."""
    took: list[float | None] = []
    headers = {name.decode(): value.decode() for name, value in rest_headers()}
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    while not over.wait(EVERY):
        begun = time.monotonic()
        try:
            line.request("POST", "/webhooks/rest/webhook", SENSIBLE, headers)
            answer = line.getresponse()
            answer.read()
            took.append(time.monotonic() - begun if answer.status == FINE else None)
        except (OSError, HTTPException):
            line.close()
            took.append(None)
    line.close()
    return took


def main() -> None:
    """Talk until the input ends."""
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    sys.stdout.write(json.dumps(talk(int(sys.argv[1]), over)))


if __name__ == "__main__":
    main()
