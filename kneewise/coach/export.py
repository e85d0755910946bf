"""The diary to take away: CSV for a spreadsheet, JSON for another program. Pure.

Both hold what was told and nothing more. The columns of the CSV, and the keys of an entry:

- `day`: the day, as 2026-11-26
- `distance_km` or `distance_miles` (CSV), `km` (JSON): how far; 0 is "did not run"
- `during`, `after`, `morning`: pain of the run, 0 to 10, while running, an hour later, and the
  next morning; `pain`: of a day without a run
- `settled`: true if it was normal within an hour; `worse`: true if the next morning was worse
- `did`, `signs`: ids, in CSV with a space between; `step`: the step of the plan on that day

An empty cell, or a key that is not there, was not told.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from kneewise.coach.diary import Entry, as_data
from kneewise.coach.ladder import MILE
from kneewise.coach.measures import MILES

VERSION = 1
"""Of the shape of the JSON; a new key does not change it, another meaning does."""
FORMAT = "kneewise-diary"
PAINS = ("during", "after", "morning", "pain")
FLAGS = ("settled", "worse")
LISTS = ("did", "signs")
_PLACES = 3


def as_csv(entries: Iterable[Entry], unit: str) -> str:
    """The diary as CSV (RFC 4180: a header, lines that end in CR LF); `unit` is "km" or "miles".

    No cell can be a formula: every cell is a day, a number, true or false, or ids.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["day", f"distance_{unit}", *PAINS, *FLAGS, *LISTS, "step"])
    for entry in entries:
        writer.writerow(_row(entry, unit))
    return stream.getvalue()


def _row(entry: Entry, unit: str) -> list[str]:
    size = MILE if unit == MILES else 1.0
    far = None if entry.km is None else round(entry.km / size, _PLACES)
    return [
        entry.day.isoformat(),
        *(_number(value) for value in (far, *(getattr(entry, name) for name in PAINS))),
        *({True: "true", False: "false", None: ""}[getattr(entry, name)] for name in FLAGS),
        *(" ".join(getattr(entry, name)) for name in LISTS),
        entry.step or "",
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def as_json(entries: Iterable[Entry]) -> str:
    """The diary as JSON: "format", "version" and "entries", which `diary.from_data` reads."""
    held = {"format": FORMAT, "version": VERSION, "entries": as_data(entries)}
    return json.dumps(held, indent=2, ensure_ascii=False) + "\n"
