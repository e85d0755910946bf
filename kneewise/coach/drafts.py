"""Entries in the making: what the parts of one message say, gathered day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from kneewise.coach.diary import DID, FARTHEST, PAINS, Entry
from kneewise.coach.ladder import MILE
from kneewise.coach.parts import LENGTHS, NONE, RUN, WALK, Part

SAME = 0.05
"""Two distances this near are one, told twice: "5 km (3.1 miles)"."""


def walked_far(part: Part) -> bool:
    """True for a walk of a mile or more: the test before the first run (g-walk-first)."""
    return part.kind == WALK and any((t.value or 0) > MILE - SAME for t in part.of(*LENGTHS))


class Drafts:
    """The days of one message; `runs` and `walks` are those of a run, or a walk of a mile."""

    def __init__(self, unclear: list[str]) -> None:
        self.runs: set[date] = set()
        self.walks: set[date] = set()
        self._unclear = unclear
        self._days: dict[date, dict[str, Any]] = {}

    @property
    def unclear(self) -> tuple[str, ...]:
        """What was left out, each once."""
        return tuple(dict.fromkeys(self._unclear))

    def note(self, what: str) -> None:
        """Remember that something was not clear."""
        self._unclear.append(what)

    def held(self, day: date, name: str) -> Any:
        """What is known of a day so far, or None."""
        return self._days.get(day, {}).get(name)

    def put(self, day: date, name: str, value: Any) -> None:
        """Note one thing of a day. Of two pains of one moment the worse one counts."""
        known = self.held(day, name)
        if known is None or (name in PAINS and value > known):
            self._days.setdefault(day, {})[name] = value
        elif name in PAINS:
            return
        elif known != value:
            self.note("number")

    def woke(self) -> date | None:
        """The day whose next morning was told with a number, if one was, and not in words yet."""
        told = (d for d, held in self._days.items() if "morning" in held and "worse" not in held)
        return max(told, default=None)

    def run_on(self, day: date) -> date:
        """The day of the run that a day speaks of: its own, else the newest told."""
        return day if day in self.runs or not self.runs else max(self.runs)

    def moved(self, day: date, part: Part) -> None:
        """Note a run, a walk, or that nobody ran."""
        lengths = [tag.value for tag in part.of(*LENGTHS) if tag.value]
        if part.kind == NONE:
            if day not in self.runs:
                self.put(day, "km", 0.0)
        elif part.kind == WALK:
            if walked_far(part):
                self._did(day, "walk_mile")
            elif not lengths and day not in self.runs:
                self.note("distance")
        elif part.kind == RUN:
            self._days.setdefault(day, {})
            for km in lengths:
                self._ran(day, km)

    def _ran(self, day: date, km: float) -> None:
        known = self.held(day, "km")
        if km > FARTHEST or (known and abs(known - km) > SAME * km):
            self.note("distance")
        else:
            self.put(day, "km", known or km)

    def did(self, day: date, part: Part) -> None:
        """Note what else was done, and a limp."""
        for tag in part.tags:
            rested = tag.kind == "rest" and day in self.runs
            if tag.kind in DID and not rested:
                self._did(day, tag.kind)
            elif tag.kind == "limp":
                self._days.setdefault(day, {})["signs"] = ("limp",)

    def _did(self, day: date, name: str) -> None:
        held = self._days.setdefault(day, {})
        held["did"] = tuple(dict.fromkeys((*held.get("did", ()), name)))

    def entries(self) -> Iterator[Entry]:
        """The entries, ordered by day; a run of unknown length is noted as a run."""
        for day in sorted(self._days):
            if day in self.runs and self.held(day, "km") is None:
                self._did(day, "run")
            if self._days[day]:
                yield Entry(day, **self._days[day])
