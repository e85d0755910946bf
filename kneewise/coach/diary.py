"""The diary: what was told of each day, and nothing that was not told. Pure.

Distances are km, pains 0 to 10, days the runner's own calendar days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

KEPT = 400
"""Entries kept, the newest: more than a year of days."""
WORST_PAIN = 10.0
FARTHEST = 1000.0
"""The most km of one day; what is more was misread."""
DID = ("run", "walk_mile", "strength", "ice", "rolled", "stretched", "rest")
"""What can have been done on a day. `run`: ran, how far was not told; `walk_mile`: walked a mile or
more."""
SIGNS = ("limp", "swelling", "night_pain", "locking", "giving_way")
"""The signs of a day that turn the light red, whatever the pain (evidence base, section 2.2)."""
PAINS = ("during", "after", "morning", "pain")
_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class Entry:
    """What was told of one day.

    Pain is 0 to 10: `during` while running, `after` an hour later, `morning` the next morning (all
    of the run on `day`); `pain` of a day on which nobody ran. `km` is 0.0 when nobody ran.
    `settled`: back to normal within an hour; `worse`: the next morning worse than before the run;
    both told in words. `did` and `signs` hold ids of `DID` and `SIGNS`; `step` is the step of the
    plan on that day, such as the id of a rung. None: not told.

    Raises:
        ValueError: a pain is not 0 to 10, or a distance not 0 to `FARTHEST`.
    """

    day: date
    km: float | None = None
    during: float | None = None
    after: float | None = None
    morning: float | None = None
    pain: float | None = None
    settled: bool | None = None
    worse: bool | None = None
    did: tuple[str, ...] = ()
    step: str | None = None
    signs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("km", *PAINS):
            most = FARTHEST if name == "km" else WORST_PAIN
            value = getattr(self, name)
            if value is not None and not 0 <= value <= most:
                raise ValueError(f"{name} on {self.day} is {value}, not 0 to {most:g}")

    @property
    def worst(self) -> float | None:
        """The highest pain told of the day, or None if none was."""
        told = [getattr(self, name) for name in PAINS]
        return max((value for value in told if value is not None), default=None)

    @property
    def ran(self) -> bool:
        """True if a run was told: a distance, the run itself, or a pain while running."""
        if self.km is None:
            walked = "walk_mile" in self.did and "run" not in self.did
            return "run" in self.did or (self.during is not None and not walked)
        return self.km > 0


def add(entries: Iterable[Entry], entry: Entry) -> tuple[Entry, ...]:
    """The diary with an entry, merged into that of the same day; ordered, the newest `KEPT`.

    What is told later replaces what was told before; what is not told again stays.
    """
    by_day = {old.day: old for old in entries}
    old = by_day.get(entry.day)
    by_day[entry.day] = _merged(old, entry) if old else entry
    return tuple(by_day[day] for day in sorted(by_day))[-KEPT:]


def _merged(old: Entry, new: Entry) -> Entry:
    told = {f.name: value for f in fields(Entry) if (value := getattr(new, f.name)) is not None}
    both = {name: _each_once(getattr(old, name), getattr(new, name)) for name in ("did", "signs")}
    return replace(old, **{**told, **both})


def _each_once(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in names for name in group))


def between(entries: Iterable[Entry], first: date, last: date) -> tuple[Entry, ...]:
    """The entries of the days from `first` to `last`, both included."""
    return tuple(entry for entry in entries if first <= entry.day <= last)


def as_data(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The diary as JSON can hold it; what was not told is left out."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> dict[str, Any]:
    row = {f.name: getattr(entry, f.name) for f in fields(Entry)}
    told = {name: value for name, value in row.items() if value is not None and value != ()}
    told["day"] = entry.day.isoformat()
    return {n: list(value) if isinstance(value, tuple) else value for n, value in told.items()}


def from_data(data: object) -> tuple[Entry, ...]:
    """The diary that `as_data` made. Never raises: what cannot be read is left out."""
    rows = data if isinstance(data, Sequence) and not isinstance(data, (str, bytes)) else ()
    entries: tuple[Entry, ...] = ()
    for row in rows:
        day = _day(row.get("day")) if isinstance(row, Mapping) else None
        if day:
            entries = add(entries, _entry(day, row))
    return entries


def _entry(day: date, row: Mapping[str, Any]) -> Entry:
    told = {name: read(row[name]) for name, read in _READ.items() if name in row}
    return Entry(day, **told)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(most: float) -> Callable[[object], float | None]:
    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        # Infinity and not-a-number fail the comparison too.
        return float(value) if 0 <= value <= most else None

    return read


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _names(value: object) -> tuple[str, ...]:
    held = value if isinstance(value, (list, tuple)) else ()
    return _each_once(name for name in held if _name(name))


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


_READ: Mapping[str, Callable[[object], Any]] = {
    "km": _number(FARTHEST),
    **{name: _number(WORST_PAIN) for name in PAINS},
    "settled": _flag,
    "worse": _flag,
    "did": _names,
    "step": _name,
    "signs": _names,
}
"""How each field is read from data; what does not fit counts as not told."""
