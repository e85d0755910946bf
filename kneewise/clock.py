"""What time it is. One place, so that a test can live eight weeks in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone


def _real() -> datetime:
    return datetime.now(timezone.utc)


_source: Callable[[], datetime] = _real


def now() -> datetime:
    """The time, aware, in UTC."""
    return _source()


@contextmanager
def at(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time from somewhere else, for tests and for stories that span weeks."""
    global _source  # noqa: PLW0603 - the one clock of the process
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
