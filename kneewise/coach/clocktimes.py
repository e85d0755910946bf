"""Read a time of the day: "7am", "19:30", "half past six", "at 7", "in the evening"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from kneewise.coach.words import Part, Words

_HALF, _DAY = 12 * 60, 24 * 60
_NOON = 12
_FIRST = 7
"""The first hour that "at seven" means in the morning; "at six" is more often in the evening."""
_UP, _TO_BED = 6 * 60, 22 * 60
"""Between these minutes of the day somebody is awake to be reminded."""
_CUE = r"(?:at|by|around|about|from|@|~|until|til)"
_SPOKEN = (
    r"(?:half past|half"
    r"|(?P<m>\d{1,2}|quarter|a quarter)(?: minutes?)? (?P<by>past|after|to|before))"
)
_FORMS = (
    _SPOKEN + r" ?(?P<h>\d{1,2}) ?(?P<half>[ap]m)?(?![\d:.]|\w)",
    r"(?P<h>\d{1,2})[:.](?P<m>[0-5]\d) ?(?P<half>[ap]m)?(?![\d:.]|\w)",
    r"(?P<h>\d{1,2})h(?P<m>[0-5]\d)?(?P<half>)(?!\w)",
    r"(?P<h>\d{1,2}) ?(?P<half>[ap]m)(?!\w)",
    rf"{_CUE} ?(?P<h>\d{{2}})(?P<m>[0-5]\d)(?P<half>)(?: ?h(?:ours|rs)?)?(?![\d:.]|\w)",
    r"(?P<h>\d{1,2}) ?o ?clock(?: (?P<half>[ap]m))?",
    rf"{_CUE} ?(?P<h>\d{{1,2}})(?P<half>)(?![\d:./]| ?%|\w| out of)",
)
"""How a time is written or spoken; a bare number needs a word before it."""


@dataclass(frozen=True)
class Clock:
    """A time of the day as it was said, in minutes; `open` if it can be of either half of it.

    `part` is the part of the day that was named, and all there is if `minute` is None.
    """

    minute: int | None
    open: bool = False
    part: Part | None = None

    @property
    def possible(self) -> bool:
        """False for what no clock shows."""
        return self.minute is None or 0 <= self.minute < _DAY

    @property
    def named(self) -> bool:
        """True if a time was named, not only a part of the day."""
        return self.minute is not None

    @property
    def sure(self) -> bool:
        """True if it is clear which half of the day is meant."""
        return not self.open or self.part is not None

    def usual(self) -> time:
        """The time that is meant if nothing else tells: seven is in the morning, three is not."""
        if self.minute is None:
            return self.part.time if self.part else time(_NOON)
        if not self.open:
            return _wall(self.minute)
        early, late = self.minute % _HALF, self.minute % _HALF + _HALF
        if self.part:
            within = range(self.part.start, self.part.end)
            return _wall(early if early in within else late)
        return _wall(early if early >= _FIRST * 60 else late)

    def readings(self) -> tuple[time, ...]:
        """All times that can be meant, without those at which people sleep."""
        if self.sure or self.minute is None:
            return (self.usual(),)
        both = (self.minute % _HALF, self.minute % _HALF + _HALF)
        return tuple(_wall(minute) for minute in both if _UP <= minute <= _TO_BED)


def clock_of(plain: str, words: Words) -> Clock | None:
    """The time of the day in a text; None if there is none."""
    part = next((p for p in words.parts if p.pattern.search(plain)), None)
    if found := re.search(r"\b(?:(midnight)|noon|midday)\b", plain):
        return Clock(0 if found[1] else _HALF)
    for form in _FORMS:
        if found := re.search(rf"(?<![\w:.,+-]){form}", plain):
            return _read(found, part)
    return Clock(None, part=part) if part else None


def _read(found: re.Match[str], part: Part | None) -> Clock:
    groups = found.groupdict()
    hour, half = int(groups["h"]), groups.get("half")
    minute = _minutes(groups.get("m"), found[0])
    if half and not 1 <= hour <= _NOON:
        return Clock(-1)
    by = -minute if groups.get("by") in ("to", "before") else minute
    if half:
        return Clock((hour % 12 * 60 + (_HALF if half == "pm" else 0) + by) % _DAY)
    written_in_24 = hour > _NOON or groups["h"].startswith("0")
    at = hour * 60 + by
    return Clock(at if written_in_24 else at % _DAY, open=not written_in_24, part=part)


def _minutes(said: str | None, whole: str) -> int:
    if said is None:
        return 30 if whole.startswith("half") else 0
    return 15 if said.endswith("quarter") else int(said)


def _wall(minute: int) -> time:
    return time(minute // 60, minute % 60)
