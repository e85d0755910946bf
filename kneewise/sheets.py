"""What a runner keeps and shows: pain over time, and a summary for whoever examines the knee. Pure.

Both state what was told, and conclude nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kneewise import recap
from kneewise.cards import LEVELS
from kneewise.knowledge import Knowledge
from kneewise.questions import danger_signs_of
from kneewise.replies import Writer
from kneewise.state import SIGN_SLOT
from kneewise.triage import Facts, triage

Card = dict[str, Any]

WORST_PAIN = 10
BANDS = ((2, "band_fine", "ok"), (5, "band_less", "warn"), (WORST_PAIN, "band_stop", "stop"))
"""Up to which pain what to do: 0 to 2 fine, 3 to 5 do less, above 5 stop.

Source: up to 2 the pain rule (knowledge/guidance.yml, g-pain-rule); the bands above it are our own
precaution (g-bands), and the plan gives the same."""
ROWS = (
    ("row_where", ("location", "other_places", "side")),
    ("row_how_long", ("duration_days",)),
    ("row_onset", ("onset",)),
    ("row_triggers", ("triggers",)),
    ("row_severity", ("severity",)),
    ("row_age", ("child", "age", "age_group")),
)
"""The rows of a summary, each with the facts that it holds."""
QUESTIONS = ("ask_cause", "ask_scan", "ask_running")


@dataclass(frozen=True)
class Reading:
    """The pain of one day, 0 to 10; None for a day on which nothing was noted."""

    day: date
    pain: float | None


def chart(readings: Sequence[Reading], write: Writer) -> Card:
    """The card of pain over time, oldest first, with the bands of the pain rule.

    Raises:
        ValueError: there is no reading, or a pain is not 0 to 10.
    """
    if not readings:
        raise ValueError("a chart needs at least one reading")
    for reading in readings:
        if reading.pain is not None and not 0 <= reading.pain <= WORST_PAIN:
            raise ValueError(f"pain on {reading.day} is {reading.pain}, not 0 to {WORST_PAIN}")
    ordered = sorted(readings, key=lambda reading: reading.day)
    title = write.phrase("chart_title")
    return {
        "type": "chart",
        "title": title,
        "alt": write.phrase("chart_alt", values="; ".join(_told(r, write) for r in ordered)),
        "min": 0,
        "max": WORST_PAIN,
        "bands": [
            {"to": to, "label": write.phrase(name), "level": level} for to, name, level in BANDS
        ],
        "series": [
            {
                "label": title,
                "points": [{"label": _day(r.day), "value": r.pain} for r in ordered],
            }
        ],
        "table": write.phrase("chart_table"),
    }


def _told(reading: Reading, write: Writer) -> str:
    if reading.pain is None:
        return write.phrase("chart_gap", day=_day(reading.day))
    return write.phrase("chart_value", day=_day(reading.day), number=f"{reading.pain:g}")


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def summary(facts: Facts, write: Writer, made: date) -> Card:
    """The card that sums up what was told: yes, no and not asked kept apart."""
    kb = write.kb
    rows = [_row(name, recap.describe(facts, fields, kb), write) for name, fields in ROWS]
    rows += [_row(name, words, write) for name, words in _signs(facts, kb)]
    places = [place for place in (facts.location, *facts.other_places) if place]
    return {
        "type": "summary",
        "title": write.phrase("summary_title"),
        "made": f"{_day(made)} {made.year}",
        "rows": [row for row in rows if row["value"]],
        "warnings": _warnings(facts, kb),
        "questions": [write.phrase(name) for name in QUESTIONS],
        "zones": places,
        "side": facts.side,
        "print": write.phrase("summary_print"),
        "copy": write.phrase("summary_copy"),
        "note": write.phrase("summary_note"),
    }


def _warnings(facts: Facts, kb: Knowledge) -> list[str]:
    """How soon somebody was told to be seen. The signs are in the rows, the cause is for others."""
    told = dict.fromkeys(flag.urgency for flag in triage(facts, kb).flags)
    return [kb.phrases[LEVELS[urgency]] for urgency in told if urgency in LEVELS]


def _denied(no: list[str], facts: Facts, kb: Knowledge) -> str:
    """What was said no to: one by one, or in one go only if that was the whole list."""
    if set(danger_signs_of(kb)) <= set(no):
        return recap.describe(facts, [SIGN_SLOT + sign for sign in no], kb)
    return ", ".join(kb.words["sign"][sign].no for sign in no)


def _row(name: str, value: str, write: Writer) -> dict[str, str]:
    return {"label": write.phrase(name), "value": value}


def _signs(facts: Facts, kb: Knowledge) -> Iterable[tuple[str, str]]:
    """The signs said yes to, said no to, and those of the checklist that nobody asked about."""
    words = kb.words["sign"]
    yes = [words[sign].say for sign, there in facts.signs.items() if there]
    no = [name for name in facts.signs if not facts.signs[name]]
    missing = [sign for sign in danger_signs_of(kb) if sign not in facts.signs]
    yield "row_yes", ", ".join(yes)
    yield "row_no", _denied(no, facts, kb)
    yield "row_not_asked", ", ".join(words[sign].say for sign in missing)
