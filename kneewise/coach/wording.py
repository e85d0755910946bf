"""Say what the coach decided: the plan, its moves, and whether to run today. Words in coach.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kneewise.coach import measures
from kneewise.coach.book import Said
from kneewise.coach.ladder import LADDER, rung_of
from kneewise.coach.lines import groups, running_lines
from kneewise.coach.programme import DISTANCES, Line, NoPlan, Programme
from kneewise.coach.progress import BACK, HOLD, SEE_DOCTOR, STOP, Verdict
from kneewise.coach.rule import RED, Light
from kneewise.coach.today import ASK_FIRST, EASY, NO, YES, RunToday
from kneewise.replies import Reply, Writer

BULLET = "- "
MOST_REASONS = 2
"""Reasons that a verdict gives, the weightiest: a list of all is not read."""
NO_PLAN = {"under_16": "under_16", "recent_surgery": "recent_surgery", "severe": "severe"}
"""Reasons for no plan whose words are a branch of plan.yml."""


@dataclass(frozen=True)
class _Page:
    """Lines of a message, with what each rests on."""

    lines: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def add(self, text: str, sources: Iterable[str] = ()) -> _Page:
        return _Page((*self.lines, text), (*self.sources, *sources))

    def reply(self, topic: str, write: Writer, **kept: object) -> Reply:
        """The message, ended by its sources, each named once."""
        ids = tuple(dict.fromkeys(self.sources))
        text = "\n".join((*self.lines, *((write.sources(ids),) if ids else ())))
        return Reply(text, topic, sources=ids, **kept)  # type: ignore[arg-type]


def plan_reply(programme: Programme, write: Writer, unit: str) -> Reply:
    """The whole plan, line by line, with what would change it; `unit` is "km" or "miles"."""
    page = _says(_Page(), write, "plan_title")
    for group in groups(programme):
        items = "\n".join(BULLET + _line(line, write, unit) for line in group)
        page = page.add(items + "\n", _sources(group, write.kb.coach.lines))
    page = _changes(page, write)
    buttons = ("button_log", "button_today", "button_chart")
    return page.reply("plan", write, urgency="self_care", buttons=_buttons(write, buttons))


def no_plan_reply(no_plan: NoPlan, write: Writer) -> Reply:
    """Why there is no plan, and who can help instead."""
    branch = next((b for b in write.kb.branches if b["id"] == NO_PLAN.get(no_plan.reason)), None)
    if branch:
        page = _Page().add(write.fill(branch["text"]), branch["sources"])
        return page.reply("see_doctor", write, urgency=branch["urgency"])
    if no_plan.reason == "unchecked":
        return write.says("unchecked", "recap")
    said = {"red_flag": "no_plan_red_flag"}.get(no_plan.reason, "no_plan_other_knee")
    return _says(_Page(), write, said).reply("see_doctor", write, urgency="routine")


def verdict_reply(verdict: Verdict, write: Writer, unit: str) -> Reply:
    """How the plan moves, why, and what to do from now on."""
    page = _says(_Page(), write, f"move_{verdict.move}")
    page = _why(page, verdict.reasons[:MOST_REASONS], write)
    if verdict.move == STOP:
        page = _says(page, write, "danger_check")
    if verdict.move != HOLD:  # which changes nothing
        steps = running_lines(verdict.programme)
        now = " ".join(_line(line, write, unit) for line in steps)
        sources = _sources(steps, write.kb.coach.lines)
        page = page.add(write.fill(_text(write, "now"), text=now), sources)
    if verdict.move == SEE_DOCTOR:
        page = _says(page, write, "offer_summary")
    if verdict.move in (STOP, BACK, SEE_DOCTOR):
        page = _changes(page, write)
    buttons = {SEE_DOCTOR: ("button_summary",), HOLD: ("button_log", "button_chart")}
    return page.reply(
        "plan",
        write,
        urgency="routine" if verdict.move == SEE_DOCTOR else None,
        buttons=_buttons(write, buttons.get(verdict.move, ("button_plan", "button_chart"))),
    )


def run_today_reply(answer: RunToday, write: Writer, unit: str) -> Reply:
    """Yes, the easy version, rest, or what has to be known first; and why."""
    page = _Page()
    walks = answer.level and answer.level.mode == LADDER and not rung_of(answer.level).run
    name = "can_walk" if walks else f"can_{answer.answer}"
    values = {"distance": measures.distance(answer.km, unit, write)} if answer.km else {}
    page = page.add(write.fill(_text(write, name), **values))
    page = _why(page, answer.reasons, write)
    if answer.answer == ASK_FIRST:
        page = _says(page, write, "danger_check")
    if answer.answer in (YES, EASY) and answer.level:
        steps = running_lines(answer.level, step_only=True)
        said = " ".join(_line(line, write, unit) for line in steps)
        page = page.add(said, _sources(steps, write.kb.coach.lines))
        page = _says(page, write, "can_changes")
    buttons = ("button_plan",) if answer.answer in (YES, EASY, NO) else ("button_log",)
    return page.reply("can_i_run", write, buttons=_buttons(write, buttons))


def light_reply(shown: Light, write: Writer) -> Reply:
    """What the pain rule says of a day, where there is no plan to move."""
    name = {RED: "move_stop"}.get(shown.colour, f"light_{shown.colour}")
    found = _why(_says(_Page(), write, name), shown.reasons, write)
    if shown.colour == RED:
        found = _says(found, write, "danger_check")
    offered = ("button_new_plan", "button_chart")
    return found.reply("diary", write, buttons=_buttons(write, offered))


def page(write: Writer, topic: str, name: str, *, buttons: Iterable[str] = ()) -> Reply:
    """A message of one text of coach.yml, with what it rests on."""
    return _says(_Page(), write, name).reply(topic, write, buttons=_buttons(write, buttons))


def text(write: Writer, name: str, /, **values: str) -> str:
    """A text of coach.yml, filled in. Raises KeyError if there is none of that name."""
    return write.fill(_text(write, name), **values)


def buttons(write: Writer, names: Iterable[str]) -> tuple[str, ...]:
    """The words on some buttons."""
    return _buttons(write, names)


def _why(page: _Page, reasons: Iterable[str], write: Writer) -> _Page:
    """The reasons, each once, in one line."""
    known = [write.kb.coach.reasons[reason] for reason in dict.fromkeys(reasons)]
    if not known:
        return page
    text = " ".join(write.fill(said.text) for said in known)
    sources = [source for said in known for source in said.sources]
    return page.add(write.fill(_text(write, "why"), reasons=text), sources)


def _changes(page: _Page, write: Writer) -> _Page:
    changes = write.kb.plan_changes
    return page.add(write.fill(changes["text"]), changes["sources"])


def _says(page: _Page, write: Writer, name: str) -> _Page:
    said = write.kb.coach.says[name]
    return page.add(write.fill(said.text), said.sources)


def _text(write: Writer, name: str) -> str:
    return write.kb.coach.says[name].text


def _buttons(write: Writer, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_text(write, name) for name in names)


def _line(line: Line, write: Writer, unit: str) -> str:
    """A line of a plan in words, with its distances in the runner's unit."""
    values = {
        name: measures.distance(value, unit, write) if name in DISTANCES else f"{value:g}"
        for name, value in line.values
    }
    return write.fill(write.kb.coach.lines[line.id].text, **values)


def _sources(said: Iterable[Line], texts: Mapping[str, Said]) -> list[str]:
    return [source for line in said for source in texts[line.id].sources]
