"""The chart of a diary: pain over time, how far was run, and which step of the plan it was. Pure.

Pain and distance have a plot each, one above the other over the same days: never two scales beside
one plot, which nobody can tell apart. What the chart shows is in its table, word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from math import ceil, log10
from typing import Any

from kneewise.coach.diary import Entry
from kneewise.replies import Writer

Card = dict[str, Any]

WORST_PAIN = 10
BANDS = (
    (0, 2, "band_fine", "ok"),
    (2, 5, "band_less", "warn"),
    (5, WORST_PAIN, "band_stop", "stop"),
)
"""Up to which pain what to do: 0 to 2 fine, 3 to 5 do less, above 5 stop.

Source: up to 2 the pain rule (knowledge/guidance.yml, g-pain-rule); the bands above it are our own
precaution (g-bands), and the plan gives the same."""
KM_A_MILE = 1.609344
UNITS: Mapping[str, tuple[float, str, str]] = {
    "km": (1.0, "distance_km", "axis_km"),
    "mi": (KM_A_MILE, "distance_mi", "axis_mi"),
}
"""By the name of a unit: how many km it is, and its phrases beside a number and on an axis."""
WEEK = 7
BRIDGED = WEEK
"""Days that a line may cross without a number; a week that nobody noted is a gap."""
SHOWN = 26 * 7
"""Days on a chart, the newest: more are too narrow to be seen. The export has all."""
LABELS = 6
"""So many days are named below a chart: more would touch each other on a phone."""
EVERY = (1, 2, 3, 7, 14, 28, 56)
"""Days from one name to the next: from a week on, whole weeks."""
NARROW = 0.04
"""Part of the width under which a step of the plan has no room for its number."""
NOTHING = "–"


def chart(
    entries: Sequence[Entry],
    write: Writer,
    unit: str = "km",
    steps: Mapping[str, str] | None = None,
) -> Card:
    """The card of a diary, oldest day first, with the bands of the pain rule.

    Args:
        entries: the diary, in any order.
        write: puts the words together.
        unit: "km" or "mi", for all distances.
        steps: short names of the steps of the plan by their ids, easiest first.

    Raises:
        ValueError: there is no entry.
    """
    if not entries:
        raise ValueError("a chart needs at least one entry")
    ordered = sorted(entries, key=lambda entry: entry.day)
    ordered = [e for e in ordered if (ordered[-1].day - e.day).days < SHOWN]
    names = steps or {}
    marks = marks_of(ordered, names)
    span = (ordered[-1].day - ordered[0].day).days
    far = _far(ordered, unit, write)
    return {
        "type": "chart",
        "title": write.phrase("chart_title_runs" if far else "chart_title"),
        "alt": _alt(ordered, unit, {**marks, **names}, write),
        "span": span,
        "ticks": _ticks(ordered[0].day, span),
        "pain": {
            "label": write.phrase("axis_pain"),
            "max": WORST_PAIN,
            "bands": [
                {"from": start, "to": to, "label": write.phrase(name), "level": level}
                for start, to, name, level in BANDS
            ],
            "runs": _runs(ordered),
        },
        "distance": far,
        "steps": _stretches(ordered, marks, names, write),
        "table": _table(ordered, unit, marks, write),
    }


def day_of(day: date) -> str:
    """A day as people write it: "2 Nov"."""
    return f"{day.day} {day:%b}"


def distance(km: float, unit: str, write: Writer) -> str:
    """A distance in words: "5.2 km", "3.2 miles"."""
    return write.phrase(UNITS[unit][1], number=_number(km / UNITS[unit][0]))


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def worst_told(entries: Iterable[Entry]) -> list[tuple[date, float]]:
    """The days on which pain was told, each with the worst of it."""
    return [(entry.day, entry.worst) for entry in entries if entry.worst is not None]


def _runs(entries: Sequence[Entry]) -> list[list[list[float]]]:
    """The stretches of the line without a gap, as [day from the first, pain]."""
    runs: list[list[list[float]]] = []
    for day, worst in worst_told(entries):
        at = (day - entries[0].day).days
        if not runs or at - runs[-1][-1][0] > BRIDGED:
            runs.append([])
        runs[-1].append([at, worst])
    return runs


def _ticks(first: date, span: int) -> list[Card]:
    """The days marked below a chart, weeks if there are some; no more named than fit.

    From a week on, every second mark has its name: 8 weeks have 8 marks.
    """
    every = next((days for days in EVERY if span // days < LABELS), EVERY[-1])
    step = every // 2 if every > WEEK else every
    return [
        {"at": at, "label": None if at % every else day_of(first + timedelta(days=at))}
        for at in range(0, span + 1, step)
    ]


def _far(entries: Sequence[Entry], unit: str, write: Writer) -> Card | None:
    """How far was run day by day; a day off is a bar without height. None if nothing was run."""
    told = [(entry.day, entry.km / UNITS[unit][0]) for entry in entries if entry.km is not None]
    most = max((far for _, far in told), default=0.0)
    if not most:
        return None
    bars = [[(day - entries[0].day).days, round(far, 1)] for day, far in told]
    return {"label": write.phrase(UNITS[unit][2]), "max": _round_up(most), "bars": bars}


def _round_up(value: float) -> float:
    """The next number that reads well on an axis: 1, 2, 4, 5, 6, 8 or 10, times a power of ten."""
    value = max(value, 1)
    power = 10.0 ** ceil(log10(value) - 1)
    return next(n * power for n in (1, 2, 4, 5, 6, 8, 10) if value <= n * power)


def marks_of(entries: Sequence[Entry], steps: Mapping[str, str]) -> dict[str, str]:
    """The number of each step: its place in the plan, or after those as it first appears."""
    used = [entry.step for entry in entries if entry.step]
    return {step: str(n) for n, step in enumerate(dict.fromkeys([*steps, *used]), 1)}


def stretches(entries: Sequence[Entry]) -> Iterator[tuple[str, date, date]]:
    """The steps of the plan in the order of the diary: which, from which day, up to which."""
    told = [(entry.step, entry.day) for entry in entries if entry.step]
    for step, days in groupby(told, key=lambda one: one[0]):
        held = [day for _, day in days]
        yield step, held[0], held[-1]


def _stretches(
    entries: Sequence[Entry], marks: Mapping[str, str], steps: Mapping[str, str], write: Writer
) -> Card | None:
    """The band of the plan's steps, each up to the next, and what their numbers mean."""
    told = list(stretches(entries))
    if not told:
        return None
    first, last = entries[0].day, entries[-1].day
    items = []
    ends = [begun for _, begun, _ in told[1:]] + [last + timedelta(days=1)]
    for (step, begun, _), end in zip(told, ends, strict=True):
        roomy = (end - begun).days / ((last - first).days + 1) >= NARROW
        mark = marks[step] if roomy else None
        items.append({"from": (begun - first).days, "to": (end - first).days - 1, "mark": mark})
    used = sorted({step for step, _, _ in told if step in steps}, key=lambda s: int(marks[s]))
    names = [write.phrase("step_name", number=marks[step], name=steps[step]) for step in used]
    label = write.phrase("axis_step")
    return {"label": label, "items": items, "names": "; ".join(names)}


def _table(
    entries: Sequence[Entry], unit: str, marks: Mapping[str, str], write: Writer
) -> dict[str, Any]:
    """All that the chart shows: a row of heads, and a row a day; no column without a value."""
    columns = [
        (write.phrase("table_day"), [day_of(entry.day) for entry in entries]),
        (write.phrase("table_pain"), [_cell(entry.worst) for entry in entries]),
        (
            write.phrase(UNITS[unit][2]),
            [_cell(None if e.km is None else e.km / UNITS[unit][0]) for e in entries],
        ),
        (write.phrase("axis_step"), [marks.get(entry.step or "", NOTHING) for entry in entries]),
    ]
    filled = [column for column in columns if set(column[1]) != {NOTHING}]
    return {
        "title": write.phrase("chart_table"),
        "rows": [
            list(row) for row in zip(*([head, *cells] for head, cells in filled), strict=True)
        ],
    }


def _cell(value: float | None) -> str:
    return NOTHING if value is None else _number(value)


def _alt(entries: Sequence[Entry], unit: str, names: Mapping[str, str], write: Writer) -> str:
    """The chart in a few short sentences, for who cannot see it; the table has every day."""
    days = days_noted(entries, write)
    told = [write.phrase("chart_days", days=days), _pain_told(entries, write)]
    runs = [entry.km for entry in entries if entry.km]
    if runs:
        whole = distance(sum(runs), unit, write)
        told.append(write.phrase("chart_runs", number=str(len(runs)), distance=whole))
    last = [entry.step for entry in entries if entry.step]
    if last:
        told.append(write.phrase("chart_step", name=names.get(last[-1], last[-1])))
    return " ".join(told)


def days_noted(entries: Sequence[Entry], write: Writer) -> str:
    """How many days were noted, and from when to when."""
    if len(entries) == 1:
        return write.phrase("days_noted_one", first=day_of(entries[0].day))
    days = entries[0].day, entries[-1].day
    a_year = len({day.year for day in days}) == 1
    first, last = (day_of(day) if a_year else f"{day_of(day)} {day.year}" for day in days)
    return write.phrase("days_noted", number=str(len(entries)), first=first, last=last)


def _pain_told(entries: Sequence[Entry], write: Writer) -> str:
    """The first pain, the worst and the latest."""
    told = worst_told(entries)
    if not told:
        return write.phrase("chart_no_pain")
    latest = f"{told[-1][1]:g}"
    if len(told) == 1:
        return write.phrase("chart_pain_one", latest=latest)
    day, worst = max(told, key=lambda one: one[1])
    first = f"{told[0][1]:g}"
    return write.phrase(
        "chart_pain", first=first, worst=f"{worst:g}", day=day_of(day), latest=latest
    )
