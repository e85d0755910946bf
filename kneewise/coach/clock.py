"""A runner's own clock: what their wall clock says becomes an instant, and the night stays quiet.

An instant is an aware datetime in UTC, a zone a `ZoneInfo`, which knows when clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

UTC = timezone.utc
A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Quiet:
    """The hours of the night, as a wall clock shows them; `end` is no longer in them.

    They may go over midnight. If both are the same there are none.
    """

    start: time
    end: time

    def covers(self, at: datetime, zone: tzinfo) -> bool:
        """True if an instant is in the night of a zone."""
        return self.has(at.astimezone(zone).time())

    def has(self, wall: time) -> bool:
        """True if a wall clock shows a time of the night."""
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def over(self, at: datetime, zone: tzinfo) -> datetime:
        """The instant itself, or the end of the night it is in."""
        local = at.astimezone(zone)
        if not self.has(local.time()):
            return at
        tomorrow = self.start > self.end and local.time() >= self.start
        return instant(local.date() + (A_DAY if tomorrow else 0 * A_DAY), self.end, zone)


def instant(day: date, wall: time, zone: tzinfo) -> datetime:
    """When a wall clock shows a time on a day.

    When clocks go back it shows it twice: the first counts. When they go forward it may not show
    it at all: then it is when they go forward.
    """
    wanted = datetime.combine(day, wall)
    first = wanted.replace(tzinfo=zone, fold=0)
    found = first.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wanted:
        return found
    return _change(wanted.replace(tzinfo=zone, fold=1).astimezone(UTC), found, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which the clocks of a zone change between two instants."""
    if before > after:
        before, after = after, before
    offset = after.astimezone(zone).utcoffset()
    while after - before > A_SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
