"""How much one person may write to a messenger at once."""

from __future__ import annotations

from collections import OrderedDict

from kneewise.channels.core import Refused
from kneewise.channels.limits import Buckets

LET_IN, TOO_MUCH, DROPPED = "let in", "too much", "dropped"
BURST, PER_SECOND = 60, 1.0
TOLD_EVERY = 60
"""Seconds between two sentences that ask somebody to write less."""
REMEMBERED = 10_000


class Bursts:
    """Lets a burst in, then says once that it is too much, then drops what comes."""

    def __init__(self) -> None:
        self._of_person = Buckets(size=BURST, per_second=PER_SECOND)
        self._told = Buckets(size=1, per_second=1 / TOLD_EVERY)
        self._verdicts: OrderedDict[str, str] = OrderedDict()

    def of(self, key: str, person: str) -> str:
        """What becomes of a message: let in, too much, or dropped.

        What the platform repeats counts once, and the same becomes of it: while the database is
        away, everything is repeated, and must be let in when it is back.
        """
        if key not in self._verdicts:
            self._verdicts[key] = self._judge(person)
            while len(self._verdicts) > REMEMBERED:
                self._verdicts.popitem(last=False)
        return self._verdicts[key]

    def _judge(self, person: str) -> str:
        for bucket, verdict in ((self._of_person, LET_IN), (self._told, TOO_MUCH)):
            try:
                bucket.take(person)
            except Refused:
                continue
            return verdict
        return DROPPED
