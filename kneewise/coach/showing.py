"""What the coach shows: progress as a chart, the diary as a file, the summary, and today's run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from kneewise import charts, sheets
from kneewise.coach import export, ladder
from kneewise.coach.measures import MILES
from kneewise.coach.moment import today
from kneewise.coach.planning import unit_of
from kneewise.coach.progress import judge
from kneewise.coach.state import Coach
from kneewise.coach.today import run_today
from kneewise.coach.wording import buttons, run_today_reply, text
from kneewise.course import Course
from kneewise.knowledge import plain
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn
from kneewise.sheets import summary_text
from kneewise.state import State
from kneewise.triage import Facts

SHOWN_AS_TEXT = 14
"""Rows of an export that stand in the message itself; the files have all."""


def progress(scene: Scene) -> Turn:
    """The diary as a chart, with its words."""
    coach = scene.state.coach
    if not any(entry.worst is not None or entry.km for entry in coach.entries):
        reply = Reply(text(scene.write, "no_diary"), "diary", buttons=_offered(scene, "button_log"))
        return Turn((reply,), scene.state)
    card = charts.chart(coach.entries, scene.write, _short(coach), _steps(scene))
    said = text(scene.write, "progress", alt=card["alt"])
    offered = _offered(scene, "button_plan", "button_log", "button_summary", "button_export")
    return Turn((Reply(said, "diary", buttons=offered, cards=(card,)),), scene.state)


def exported(scene: Scene) -> Turn:
    """The diary as CSV and JSON; the newest rows as text, for whoever cannot open a file."""
    coach = scene.state.coach
    if not coach.entries:
        return progress(scene)
    table = export.as_csv(coach.entries, unit_of(coach))
    files: tuple[dict[str, Any], ...] = (
        _file("knee-diary.csv", "text/csv", table),
        _file("knee-diary.json", "application/json", export.as_json(coach.entries)),
    )
    head, *rows = table.splitlines()
    shown = "\n".join((head, *rows[-SHOWN_AS_TEXT:]))
    said = (text(scene.write, "exported"), text(scene.write, "exported_rows", rows=shown))
    reply = Reply("\n".join(said), "diary", cards=files, beside=said[0])
    return Turn((reply,), scene.state)


def _file(name: str, kind: str, content: str) -> dict[str, Any]:
    return {"type": "file", "name": name, "media": kind, "content": content}


def summary(scene: Scene) -> Turn:
    """What was told, for a doctor or physio: as a sheet, or in plain text if that is asked for."""
    card = sheets.summary(summed_up(scene.state), scene.write, today(scene), _course(scene))
    asked = f" {plain(scene.heard.text)} "
    if any(f" {words} " in asked for words in scene.kb.coach.reading["as_text"]):
        return Turn((Reply(summary_text(card), "summary"),), scene.state)
    said = text(scene.write, "summary")
    lines = (said, summary_text(card))
    reply = Reply("\n\n".join(lines), "summary", cards=(card,), beside=said)
    return Turn((reply,), scene.state)


def summed_up(state: State) -> Facts:
    """The facts of a summary: those of now, and of the last check what was not told again."""
    checked = state.coach.checked
    if not checked:
        return state.facts
    before = State.from_slots(checked["facts"]).facts
    told = {
        name: value
        for name, value in vars(state.facts).items()
        if value not in (None, (), False) and name != "signs"
    }
    return replace(before, **told, signs={**before.signs, **state.facts.signs})


def _course(scene: Scene) -> Course:
    coach, state = scene.state.coach, scene.state
    checked = coach.checked
    days: dict[str, date] = {}
    if checked:
        day = date.fromisoformat(checked["day"])
        days = dict.fromkeys(State.from_slots(checked["facts"]).facts.signs, day)
    days |= dict.fromkeys((s for s in state.facts.signs if s not in days), today(scene))
    begun = coach.programme.began if coach.programme else None
    return Course(coach.entries, _short(coach), begun, _steps(scene), days, _tried(scene))


def _tried(scene: Scene) -> tuple[str, ...]:
    """What was tried before the plan, by the words on its button."""
    named = scene.state.coach.told.get("coach_tried") or ()
    options = scene.kb.before_a_plan["coach_tried"].options
    return tuple(option.label for option in options if option.value in named)


def _steps(scene: Scene) -> dict[str, str]:
    """The short names of the steps of a plan, by id, easiest first."""
    return {step: text(scene.write, f"step_{step}") for step in ladder.STEPS}


def _short(coach: Coach) -> str:
    return "mi" if unit_of(coach) == MILES else "km"


def today_reply(scene: Scene) -> Reply | None:
    """Whether to run today, by the runner's own entries.

    None if there are none, or tomorrow is asked for, of which they cannot tell yet.
    """
    coach, book = scene.state.coach, scene.kb.reminders
    words = book.plain(scene.heard.text)
    later = any(book.days[day].search(words) for day in ("tomorrow", "after_tomorrow"))
    if later or not coach.entries:
        return None
    plan = coach.programme and judge(coach.programme, coach.entries, today(scene)).programme
    answer = run_today(plan, coach.entries, today(scene))
    return run_today_reply(answer, scene.write, unit_of(coach))


def _offered(scene: Scene, *names: str) -> tuple[str, ...]:
    return buttons(scene.write, names)
