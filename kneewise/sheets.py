"""What a runner keeps and shows: the chart, and a summary for whoever examines the knee. Pure.

Both state what was told, and conclude nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from kneewise import course as courses
from kneewise import knowledge, recap
from kneewise.cards import LEVELS
from kneewise.charts import chart, day_of
from kneewise.course import Course
from kneewise.knowledge import Knowledge, read_yaml
from kneewise.questions import danger_signs_of
from kneewise.replies import Writer
from kneewise.state import SIGN_SLOT
from kneewise.triage import Facts, triage

__all__ = ["Course", "chart", "summary", "summary_text", "words_around"]

Card = dict[str, Any]

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
NOTHING_KNOWN = Course()


def summary(facts: Facts, write: Writer, made: date, course: Course = NOTHING_KNOWN) -> Card:
    """The card that sums up what was told: yes, no and not asked kept apart.

    Args:
        facts: what was told of the knee.
        write: puts the words together.
        made: the runner's own day.
        course: the diary and the plan, if there are any.
    """
    kb = write.kb
    rows = [_row(name, recap.describe(facts, fields, kb), write) for name, fields in ROWS]
    rows += [_row(name, words, write) for name, words in courses.rows(course, write)]
    rows += [_row(name, words, write) for name, words in _signs(facts, course.told, write)]
    places = [place for place in (facts.location, *facts.other_places) if place]
    drawn = chart(course.entries, write, course.unit, course.steps) if course.entries else None
    return {
        "type": "summary",
        "title": write.phrase("summary_title"),
        "made": f"{day_of(made)} {made.year}",
        "rows": [row for row in rows if row["value"]],
        "warnings": _warnings(facts, kb),
        "questions": [write.phrase(name) for name in _questions(course)],
        "zones": places,
        "side": facts.side,
        "chart": drawn,
        "print": write.phrase("summary_print"),
        "copy": write.phrase("summary_copy"),
        "note": write.phrase("summary_note"),
    }


def summary_text(card: Mapping[str, Any]) -> str:
    """A summary card in plain text, for "in plain text please"; the chart in words."""
    told = words_around()
    drawn = card["chart"]
    parts = [
        [card["title"], told["made"].replace("{date}", card["made"]), card["note"]],
        _listed(told["warnings"], card["warnings"]),
        [f"{row['label']}: {row['value']}" for row in card["rows"]],
        [f"{drawn['title']}: {drawn['alt']}"] if drawn else [],
        _listed(told["questions"], card["questions"]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _listed(heading: str, items: list[str]) -> list[str]:
    return [f"{heading}:", *(f"- {item}" for item in items)] if items else []


@lru_cache(maxsize=1)
def words_around() -> Mapping[str, str]:
    """The words that the same sheet has in the web chat: its headings, and "made on"."""
    words: Mapping[str, str] = read_yaml(knowledge.folder() / "widget.yml")["chat"]
    return words


def _questions(course: Course) -> Iterator[str]:
    """The phrases of what to ask at the visit."""
    yield from QUESTIONS
    if course.begun:
        yield "ask_plan"
    if course.is_no_better:
        yield "ask_no_better"


def _warnings(facts: Facts, kb: Knowledge) -> list[str]:
    """How soon somebody was told to be seen. The signs are in the rows, the cause is for others."""
    told = dict.fromkeys(flag.urgency for flag in triage(facts, kb).flags)
    return [kb.phrases[LEVELS[urgency]] for urgency in told if urgency in LEVELS]


def _row(name: str, value: str, write: Writer) -> dict[str, str]:
    return {"label": write.phrase(name), "value": value}


def _signs(facts: Facts, told: Mapping[str, date], write: Writer) -> Iterator[tuple[str, str]]:
    """The signs said yes to, said no to, and those of the checklist that nobody asked about."""
    words = write.kb.words["sign"]
    yes = [sign for sign, there in facts.signs.items() if there]
    no = [sign for sign, there in facts.signs.items() if not there]
    missing = [sign for sign in danger_signs_of(write.kb) if sign not in facts.signs]
    yield "row_yes", courses.by_day(yes, told, lambda sign: words[sign].say, write)
    yield "row_no", _denied(no, facts, told, write)
    yield "row_not_asked", ", ".join(words[sign].say for sign in missing)


def _denied(no: list[str], facts: Facts, told: Mapping[str, date], write: Writer) -> str:
    """What was said no to: one by one, or in one go only if that was the whole list."""
    kb = write.kb
    if not set(danger_signs_of(kb)) <= set(no):
        return courses.by_day(no, told, lambda sign: kb.words["sign"][sign].no, write)
    words = recap.describe(facts, [SIGN_SLOT + sign for sign in no], kb)
    days = courses.whole_span(told, no)
    return courses.dated(words, *days, write) if days else words
