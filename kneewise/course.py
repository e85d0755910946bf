"""How the knee went, for the summary: what the diary and the plan tell, in rows. Pure.

Only what was told is counted and averaged; nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from kneewise.charts import WEEK, day_of, days_noted, distance, marks_of, stretches, worst_told
from kneewise.coach.diary import Entry
from kneewise.replies import Writer

DEEDS: Mapping[str, str] = {
    "strength": "did_strength",
    "ice": "did_ice",
    "rolled": "did_rolled",
    "stretched": "did_stretched",
    "rest": "did_rest",
}
"""The phrase of what was done beside running."""
NOTED: Mapping[str, str] = {
    "limp": "noted_limp",
    "swelling": "noted_swelling",
    "night_pain": "noted_night_pain",
    "locking": "noted_locking",
    "giving_way": "noted_giving_way",
}
"""The phrase of a sign that was noted in the diary."""


@dataclass(frozen=True)
class Course:
    """What the coach knows of a knee.

    `entries` is the diary, in order; `unit` "km" or "mi", as the runner writes; `begun` the day of
    the plan; `tried` what was tried before it with no gain, in words; `steps` the short names of
    its steps by id, easiest first; `told` the day on which each sign was last said yes or no to.
    """

    entries: tuple[Entry, ...] = ()
    unit: str = "km"
    begun: date | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, date] = field(default_factory=dict)
    tried: tuple[str, ...] = ()

    @property
    def is_no_better(self) -> bool:
        """True if the last week hurt as much as the first, or more, at least two weeks on."""
        first, last = weeks(self.entries)
        return bool(first and last) and _mean(last) >= _mean(first)


def weeks(entries: Sequence[Entry]) -> tuple[list[float], list[float]]:
    """The worst pain of each day noted in the first week, and in the last.

    The last is empty while the two would share a day.
    """
    told = worst_told(entries)
    if not told:
        return [], []
    first, last = told[0][0], told[-1][0]
    begin = [worst for day, worst in told if (day - first).days < WEEK]
    if (last - first).days < 2 * WEEK - 1:
        return [worst for _, worst in told], []
    return begin, [worst for day, worst in told if (last - day).days < WEEK]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def rows(course: Course, write: Writer) -> Iterator[tuple[str, str]]:
    """The rows of the summary: the phrase that names each, and what was told."""
    entries = course.entries
    yield "row_tried", ", ".join(course.tried)
    if course.begun:
        yield (
            "row_plan",
            write.phrase("plan_begun", day=f"{day_of(course.begun)} {course.begun.year}"),
        )
    if not entries:
        return
    yield "row_diary", days_noted(entries, write)
    first, last = weeks(entries)
    yield "row_pain_first" if last else "row_pain", _pain(first, write)
    yield "row_pain_last", _pain(last, write)
    yield "row_runs", _runs(course, write)
    yield "row_hour", _times([e.settled for e in entries], write)
    yield "row_morning", _times([e.worse for e in entries], write)
    yield "row_steps", _steps(course, write)
    yield "row_done", _counted((e.did for e in entries), DEEDS, write)
    yield "row_noted", _noted(entries, write)


def _pain(worst: Sequence[float], write: Writer) -> str:
    if not worst:
        return ""
    return write.phrase(
        "pain_of_days",
        mean=f"{round(_mean(worst), 1):g}",
        worst=f"{max(worst):g}",
        days=_days(len(worst), write),
    )


def _days(number: int, write: Writer) -> str:
    return write.phrase("count_days_one" if number == 1 else "count_days", number=str(number))


def _runs(course: Course, write: Writer) -> str:
    """How many runs, how far in all and at most, and when the last was."""
    ran = [entry for entry in course.entries if entry.ran]
    if not ran:
        return ""
    far = [entry.km for entry in ran if entry.km]
    name = "runs_told_one" if len(ran) == 1 else "runs_told"
    line = write.phrase(name, number=str(len(ran)), day=day_of(ran[-1].day))
    if not far:
        return line
    whole, longest = (distance(km, course.unit, write) for km in (sum(far), max(far)))
    return ", ".join((line, write.phrase("runs_far", distance=whole, longest=longest)))


def _times(told: Sequence[bool | None], write: Writer) -> str:
    """How often something was so, of how often it was told at all."""
    known = [value for value in told if value is not None]
    if not known:
        return ""
    return write.phrase("times_of", number=str(sum(known)), all=str(len(known)))


def _steps(course: Course, write: Writer) -> str:
    """Each step of the plan with its number on the chart, and the day it was first reached."""
    marks = marks_of(course.entries, course.steps)
    begun: dict[str, date] = {}
    for step, day, _ in stretches(course.entries):
        begun.setdefault(step, day)
    reached = [
        write.phrase("step_since", number=marks[step], name=course.steps[step], day=day_of(day))
        for step, day in begun.items()
        if step in course.steps
    ]
    return "; ".join(reached)


def _counted(groups: Iterable[Sequence[str]], names: Mapping[str, str], write: Writer) -> str:
    """What was done, each with on how many days."""
    done = [name for group in groups for name in group if name in names]
    return ", ".join(
        write.phrase("done_on", what=write.phrase(names[name]), days=_days(done.count(name), write))
        for name in dict.fromkeys(done)
    )


def _noted(entries: Sequence[Entry], write: Writer) -> str:
    """The signs noted in the diary, each with its first and its last day."""
    days: dict[str, list[date]] = {}
    for entry in entries:
        for sign in entry.signs:
            days.setdefault(sign, []).append(entry.day)
    return "; ".join(
        dated(write.phrase(NOTED[sign]), on[0], on[-1], write)
        for sign, on in days.items()
        if sign in NOTED
    )


def dated(words: str, first: date, last: date, write: Writer) -> str:
    """Words with the day on which they were told, or the first and last of several."""
    if first == last:
        return write.phrase("told_on", what=words, first=day_of(first))
    return write.phrase("told_between", what=words, first=day_of(first), last=day_of(last))


def by_day(
    signs: Sequence[str], told: Mapping[str, date], words: Callable[[str], str], write: Writer
) -> str:
    """Signs in words, those of one day together with that day; without days as they are."""
    known = sorted((sign for sign in signs if sign in told), key=lambda sign: told[sign])
    parts = [
        dated(", ".join(words(sign) for sign in group), day, day, write)
        for day, group in groupby(known, key=lambda sign: told[sign])
    ]
    others = ", ".join(words(sign) for sign in signs if sign not in told)
    return "; ".join([*parts, *([others] if others else [])])


def whole_span(told: Mapping[str, date], signs: Iterable[str]) -> tuple[date, date] | None:
    """The first and last day on which these signs were told, if all have one."""
    days = [told[sign] for sign in signs if sign in told]
    return (min(days), max(days)) if days and len(days) == len(list(signs)) else None
