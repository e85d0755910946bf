"""Distances and days in the runner's own words and unit. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from math import floor

from kneewise.coach.ladder import MILE
from kneewise.replies import Writer

KM, MILES = "km", "miles"
UNITS = (KM, MILES)


def distance(km: float, unit: str, write: Writer) -> str:
    """A limit in the runner's unit, in tenths and never more than it is: "5 km", "1.5 miles"."""
    tenths = floor((km / MILE if unit == MILES else km) * 10 + 1e-6) / 10
    name = KM if unit != MILES else "mile" if tenths == 1 else MILES
    return write.fill(write.kb.coach.says[name].text, number=f"{tenths:g}")


def told(km: float, unit: str, write: Writer) -> str:
    """A distance as it was told, to the nearest tenth."""
    size = MILE if unit == MILES else 1.0
    return distance(round(km / size, 1) * size, unit, write)


def day(when: date, today: date, write: Writer) -> str:
    """A day as people say it: "today", "yesterday", or "2 Nov"."""
    names = {today: "today", today - timedelta(days=1): "yesterday"}
    name = names.get(when)
    return write.kb.coach.says[name].text if name else f"{when.day} {when:%b}"
