"""`kneewise serve` by a clock that the test sets: seconds ahead of the real one, in a file."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

AHEAD = Path(os.environ["TIMED_AHEAD"])
_real = time.time


def shifted() -> float:
    """Seconds since 1970 by the clock of the test."""
    return _real() + float(AHEAD.read_text("ascii"))


def main() -> int:
    """Serve."""
    time.time = shifted
    from kneewise import cli, clock

    with clock.at(lambda: datetime.fromtimestamp(shifted(), timezone.utc)):
        return cli.main(["serve"])


if __name__ == "__main__":
    sys.exit(main())
