"""The diary in conversation: note a day, ask for what is missing, and move the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kneewise import asking, plan
from kneewise.coach import diary
from kneewise.coach.diary import Entry
from kneewise.coach.moment import today
from kneewise.coach.noted import logged_reply
from kneewise.coach.planning import unit_of
from kneewise.coach.programme import SEVERE
from kneewise.coach.progress import HOLD, Verdict, judge
from kneewise.coach.reading import DayRead, missing_of, read_day
from kneewise.coach.rule import GREEN, RED, Light, light
from kneewise.coach.state import Coach
from kneewise.coach.told import Told
from kneewise.coach.wording import light_reply, page, verdict_reply
from kneewise.knowledge import Question
from kneewise.questions import DANGER_SIGNS, danger_signs_of
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn
from kneewise.state import State

PREFIX = "diary_"
ASKED = ("km", "during", "pain", "morning", "after")
"""What is asked for first, if the pain rule lacks several things."""
DAY = "diary_day"
"""The question for a whole line of the diary."""


def log(scene: Scene) -> Turn:
    """Note what a message tells of a day or two; ask how it was if it tells nothing."""
    read = read_line(scene)
    return _ask_for_the_day(scene) if read is None else note(scene, read)


def read_line(scene: Scene) -> DayRead | None:
    """What the message says of one or two days; None if it says nothing of any."""
    read = read_day(scene.heard.text, today(scene), unit_of(scene.state.coach))
    return read if read and (read.entries or read.unclear) else None


def kept_only(scene: Scene) -> Turn | None:
    """Keep a day that is told beside a danger sign, and advise nothing; None if none is told."""
    read = read_line(scene)
    meant = scene.heard.intent == "log_day" or scene.before.open_slot == DAY
    if read is None or not (meant or any(entry.ran for entry in read.entries)):
        return None
    coach = written(replace(scene.state.coach, unit=read.unit), read.entries)
    said = page(scene.write, "diary", "kept_beside_danger")
    return Turn((said,), replace(scene.state, coach=replace(coach, noting=None)))


def _ask_for_the_day(scene: Scene) -> Turn:
    coach = replace(scene.state.coach, noting=today(scene))
    state = replace(scene.state, coach=coach, open_slot=DAY)
    return Turn((scene.write.question(scene.kb.along_the_way[DAY]),), state)


def note(scene: Scene, read: DayRead) -> Turn:
    """Put what was read into the diary, and ask for one thing that is missing, if any is."""
    coach = replace(scene.state.coach, unit=read.unit or scene.state.coach.unit)
    coach = written(coach, read.entries)
    missing = read.missing if read.entries else ()
    wanted = next((what for what in ASKED if what in missing), None)
    early = wanted == "morning" and coach.noting == today(scene)
    reply = logged_reply(
        read.entries, read.unclear, scene.write, unit_of(coach), today(scene), tomorrow=early
    )
    state = replace(scene.state, coach=coach, open_slot=None)
    if wanted and not early:
        question = scene.kb.along_the_way[PREFIX + wanted]
        asked = scene.write.question(question)
        state = replace(state, open_slot=question.slot)
        return Turn((replace(reply, buttons=()), asked), state)
    more = _judged(replace(scene, state=state), read.entries)
    return replace(more, replies=(reply, *more.replies))


def written(coach: Coach, entries: Iterable[Entry]) -> Coach:
    """The coach with entries in the diary, each marked with the step of the plan."""
    step = coach.programme.step if coach.programme else None
    kept, day = coach.entries, coach.noting
    for entry in entries:
        kept, day = diary.add(kept, replace(entry, step=entry.step or step)), entry.day
    return replace(coach, entries=kept, noting=day)


def answered(scene: Scene, question: Question, said: Told) -> Turn:
    """One number of the day that is being noted."""
    day = scene.state.coach.noting or today(scene)
    entry = Entry(day, **{question.slot[len(PREFIX) :]: said.value})
    both = written(scene.state.coach, (entry,)).entries
    missing = missing_of([e for e in both if e.day == day])
    unit = said.unit or unit_of(scene.state.coach)
    return note(scene, DayRead((entry,), unit, missing, ()))


def skipped(scene: Scene) -> Turn:
    """Leave a number of the day out: the plan moves, or stays, by what there is."""
    state = replace(scene.state, open_slot=None)
    day = scene.state.coach.noting
    entries = [entry for entry in scene.state.coach.entries if entry.day == day]
    before = Reply(scene.write.phrase("skipped"), "diary")
    turn = _judged(replace(scene, state=state), entries)
    return replace(turn, replies=(before, *turn.replies))


def _judged(scene: Scene, entries: Sequence[Entry]) -> Turn:
    """What follows from the diary: the plan's next move, or without a plan what the light says."""
    coach = scene.state.coach
    worst = max((entry.worst or 0 for entry in entries), default=0)
    if coach.programme:
        verdict = judge(coach.programme, coach.entries, today(scene))
        reply = verdict_reply(_of_a_day_before(verdict, entries), scene.write, unit_of(coach))
        state = replace(scene.state, coach=replace(coach, programme=verdict.programme))
        shown: Light | None = verdict.light
    else:
        newest = coach.entries[-1] if coach.entries else None
        shown = light(newest, coach.entries) if newest else None
        if shown is None:
            return Turn((), scene.state)
        reply, state = light_reply(shown, scene.write), scene.state
    severe = plan.branch("severe", scene.write) if worst >= SEVERE else None
    replies = (reply, *((severe,) if severe else ()))
    turn = Turn(replies, state, severe.urgency if severe else reply.urgency)
    return _danger_asked(scene, turn) if shown and shown.colour == RED else turn


def _of_a_day_before(verdict: Verdict, entries: Sequence[Entry]) -> Verdict:
    """The verdict with why by the day that was noted, if the plan has moved for it already."""
    late = entries and entries[-1].day < verdict.programme.since
    if verdict.move != HOLD or not late or verdict.light is None or verdict.light.colour == GREEN:
        return verdict
    return replace(verdict, reasons=verdict.light.reasons)


def _danger_asked(scene: Scene, turn: Turn) -> Turn:
    """After a red day the danger signs are asked for again: the pain rule's "stop and check"."""
    state = _unasked(turn.state, scene)
    more = asking.ask(replace(scene, state=state), state)
    return Turn((*turn.replies, *more.replies), more.state, turn.urgency)


def _unasked(state: State, scene: Scene) -> State:
    """The state as if the checklist had not been denied: that was said of an earlier day."""
    listed = danger_signs_of(scene.kb)
    signs = {s: there for s, there in state.facts.signs.items() if there or s not in listed}
    kept = tuple(slot for slot in state.progress.answered if slot != DANGER_SIGNS)
    skipped = tuple(slot for slot in state.progress.skipped if slot != DANGER_SIGNS)
    progress = replace(state.progress, answered=kept, skipped=skipped)
    return replace(state, facts=replace(state.facts, signs=signs), progress=progress)
