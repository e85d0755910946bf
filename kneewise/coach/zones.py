"""In which time zone a runner is: what they write, what their browser says, or where they may be.

A zone is known by its name in the IANA database ("Europe/Berlin"). Nothing is guessed: what fits
no zone, or several that differ, gives None, and is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kneewise.coach.clock import UTC
from kneewise.coach.clocktimes import clock_of
from kneewise.coach.words import Words

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")
_OFFSET = re.compile(
    r"(?:\b(?:utc|gmt) ?([+-]) ?|(?<![\w+-])([+-])(?=\d\d:))(\d{1,2})(?::?([0-5]\d))?(?![\w:])"
)
_LONGEST_PLACE = 4
"""Words of the longest place that is looked for: "in salt lake city"."""
_OF_NO_PLACE = ("Etc", "SystemV", "US", "Canada", "Brazil", "Chile", "Mexico")
"""Areas of zones that are no places, or other names of zones that have better ones."""
_NOT_MEANT = ("posix", "right", "Factory", "localtime")
"""What is among the zones of some systems, and not in the IANA database."""
_EVERYWHERE = (
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Asia/Dubai", "Asia/Karachi"),
    *("Asia/Kolkata", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Adelaide"),
    *("Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo", "America/Halifax"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "Asia/Kathmandu", "America/St_Johns"),
)
"""A zone for each offset at which many people live, for who tells only what their clock shows."""
_LEAST, _MOST = timedelta(hours=-12), timedelta(hours=14)
"""Clocks are at most so far behind UTC, and ahead of it."""
_HALF = 12 * 60
"""Minutes of half a day."""
_STEP = timedelta(minutes=15)
"""All offsets in use are multiples of this, so that a clock that is some minutes off still fits."""


def known(name: Any) -> str | None:
    """The name itself, if there is a zone of that name; whatever it is, nothing is raised."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    if name.partition("/")[0] in _NOT_MEANT:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone(name: Any) -> ZoneInfo | None:
    """The zone of a name, if there is one."""
    found = known(name)
    return ZoneInfo(found) if found else None


def read_zone(text: str, now: datetime, here: Sequence[str], words: Words) -> str | None:
    """The zone that somebody names; None if the text names none, or more than can be told apart.

    Args:
        text: a zone, a place, an offset, or what their clock shows now: "it's 14:30 here".
        now: an aware instant.
        here: the zones of the region, the likeliest first.
    """
    for word in re.findall(r"[A-Za-z0-9_+/-]+", text):
        if "/" in word and (found := _by_name(word)):
            return found
    plain = " ".join(re.sub(r"[^\w\s:.+-]", " ", text.lower().replace("_", " ")).split())
    if offset := _OFFSET.search(plain):
        return _of_offset(offset, now, here)
    return _place(plain, words) or _by_clock(words.plain(text), now, here, words)


def same_everywhere(here: Sequence[str], now: datetime) -> str | None:
    """The zone of a region in which all clocks show the same; None if they differ."""
    offsets = {ZoneInfo(name).utcoffset(now.replace(tzinfo=None)) for name in here}
    return here[0] if len(offsets) == 1 else None


def _by_name(word: str) -> str | None:
    return known({name.lower(): name for name in available()}.get(word.lower()))


@lru_cache(maxsize=1)
def available() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(name for name in available_timezones() if known(name))


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """The zones by their city: "new york", "buenos aires"."""
    found = {}
    for name in sorted(available(), key=lambda name: (name.count("/"), name)):
        area, _, city = name.partition("/")
        if city and area not in _OF_NO_PLACE:
            found[city.rpartition("/")[2].replace("_", " ").lower()] = name
    return found


def _place(plain: str, words: Words) -> str | None:
    """The zone of a place, or of an abbreviation, in a text; the longest name counts."""
    names = re.sub(r"[^\w\s-]", " ", plain).split()
    for size in range(min(_LONGEST_PLACE, len(names)), 0, -1):
        for start in range(len(names) - size + 1):
            name = " ".join(names[start : start + size])
            for known_as in (words.zones["places"], words.zones["abbreviations"], _cities()):
                if found := known(known_as.get(name)):
                    return found
    return None


def _of_offset(found: re.Match[str], now: datetime, here: Sequence[str]) -> str | None:
    """The zone of "UTC+2" or "-05:00": one of the region's if its clocks show that now."""
    offset = timedelta(hours=int(found[3]), minutes=int(found[4] or 0))
    if "-" in (found[1], found[2]):
        offset = -offset
    return _with(offset, now, here) or _plain(offset) or _with(offset, now, _EVERYWHERE)


def _by_clock(plain: str, now: datetime, here: Sequence[str], words: Words) -> str | None:
    """The zone in which a clock shows a time now; None if it can be several, and none is near."""
    clock = clock_of(plain, words)
    if clock is None or clock.minute is None or not clock.possible:
        return None
    shown = [clock.minute] if clock.sure else [clock.minute % _HALF, clock.minute % _HALF + _HALF]
    utc = now.astimezone(UTC)
    at_utc = utc.hour * 60 + utc.minute
    ahead = [timedelta(minutes=m - at_utc + day * 2 * _HALF) for m in shown for day in (-1, 0, 1)]
    offsets = [_STEP * round(a / _STEP) for a in ahead if _LEAST <= a <= _MOST]
    near = [name for offset in offsets if (name := _with(offset, now, here))]
    if near:
        return min(near, key=list(here).index)
    far = [_with(offset, now, _EVERYWHERE) or _plain(offset) for offset in offsets]
    return far[0] if len(far) == 1 else None


def _with(offset: timedelta, now: datetime, names: Iterable[str]) -> str | None:
    """The first zone whose clocks are now so far from UTC."""
    return next((n for n in names if now.astimezone(ZoneInfo(n)).utcoffset() == offset), None)


def _plain(offset: timedelta) -> str | None:
    """The zone that is always so far from UTC; its name has the other sign. Whole hours only."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return None
    return known(f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")
