"""How much one person may write to a messenger at once."""

from __future__ import annotations

from collections import OrderedDict

from kneewise.channels.core import Refused
from kneewise.channels.limits import Buckets
from kneewise.shared import Shared

LET_IN, TOO_MUCH, DROPPED = "let in", "too much", "dropped"
BURST, PER_SECOND = 60, 1.0
TOLD_EVERY = 60
"""Seconds between two sentences that ask somebody to write less."""
REMEMBERED = 10_000


class Bursts:
    """Lets a burst in, then says once that it is too much, then drops what comes."""

    def __init__(self, channel: str, shared: Shared | None = None) -> None:
        self._shared = shared
        self._of_person = Buckets(BURST, PER_SECOND, name=f"{channel}:said")
        self._told = Buckets(1, 1 / TOLD_EVERY, name=f"{channel}:told")
        self._verdicts: OrderedDict[str, str] = OrderedDict()

    async def of(self, key: str, person: str) -> str:
        """What becomes of a message: let in, too much, or dropped.

        What the platform repeats counts once, and the same becomes of it: while the database is
        away, everything is repeated, and must be let in when it is back.
        """
        if key not in self._verdicts:
            self._verdicts[key] = await self._judge(person)
            while len(self._verdicts) > REMEMBERED:
                self._verdicts.popitem(last=False)
        return self._verdicts[key]

    async def _judge(self, person: str) -> str:
        for bucket, verdict in ((self._of_person, LET_IN), (self._told, TOO_MUCH)):
            try:
                await bucket.take_shared(person, self._shared)
            except Refused:
                continue
            return verdict
        return DROPPED
