"""The diary in conversation: note a day, ask for what is missing, and move the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kneewise import asking, plan
from kneewise.coach import diary, planning
from kneewise.coach.diary import Entry
from kneewise.coach.moment import today
from kneewise.coach.noted import logged_reply
from kneewise.coach.planning import unit_of
from kneewise.coach.programme import SEVERE, Programme
from kneewise.coach.progress import FLARE, HOLD, Verdict, judge, stop_for
from kneewise.coach.reading import DayRead, missing_of, read_day
from kneewise.coach.rule import AMBER, GREEN, RED, Light, light
from kneewise.coach.state import Coach
from kneewise.coach.told import Told, told
from kneewise.coach.wording import light_reply, no_plan_reply, page, verdict_reply
from kneewise.knowledge import Question
from kneewise.questions import question_for
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn

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
    slot = scene.before.open_slot or ""
    if slot.startswith(PREFIX) and slot != DAY:
        return _number_kept(scene, question_for(slot, scene.kb))
    read = read_line(scene)
    meant = scene.heard.intent == "log_day" or scene.before.open_slot == DAY
    ran = any(entry.ran for entry in read.entries) if read else False
    if read is None or not read.entries or not (meant or ran):
        return None
    coach = written(replace(scene.state.coach, unit=read.unit), read.entries)
    said = page(scene.write, "diary", "kept_beside_danger")
    return Turn((said,), replace(scene.state, coach=replace(coach, noting=None)))


def _number_kept(scene: Scene, question: Question) -> Turn | None:
    """The same for one number that was asked for."""
    said = told(question, scene.heard, scene.state.coach.unit)
    if said is None:
        return None
    coach = scene.state.coach
    entry = Entry(coach.noting or today(scene), **{question.slot[len(PREFIX) :]: said.value})
    coach = replace(written(coach, (entry,)), noting=None)
    reply = page(scene.write, "diary", "kept_beside_danger")
    return Turn((reply,), replace(scene.state, coach=coach))


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


def _judged(scene: Scene, days: Sequence[Entry]) -> Turn:
    """What follows from the days that were noted: the plan's next move, or what the light says.

    A red day asks for the danger signs, whatever another day says.
    """
    coach, write = scene.state.coach, scene.write
    noted = [entry for entry in coach.entries if entry.day in {one.day for one in days}]
    lit = [(entry, shown) for entry in noted if (shown := light(entry, coach.entries))]
    day, worst = max(lit, key=lambda pair: _GRAVITY[pair[1].colour], default=(None, None))
    reason = planning.held_back_for_good(scene)
    state = scene.state
    if reason:
        reply = no_plan_reply(reason, write)
    elif coach.programme:
        verdict = _verdict(scene, coach.programme, day, worst)
        reply = verdict_reply(verdict, write, unit_of(coach))
        state = replace(state, coach=replace(coach, programme=verdict.programme))
    elif worst:
        reply = light_reply(worst, write)
    else:
        return Turn((), state)
    return _gravest(replace(scene, state=state), reply, day, worst)


_GRAVITY = {GREEN: 0, AMBER: 1, RED: 2}


def _verdict(scene: Scene, plan_now: Programme, day: Entry | None, worst: Light | None) -> Verdict:
    """How the plan moves; why by the day that was noted, if the plan has moved for it already."""
    verdict = judge(plan_now, scene.state.coach.entries, today(scene))
    if day is None or worst is None or worst.colour == GREEN:
        return verdict
    if worst.colour == RED and today(scene) - day.day <= FLARE:
        return stop_for(verdict, day.day, worst)
    late = verdict.move == HOLD and day.day < verdict.programme.since
    return replace(verdict, reasons=worst.reasons) if late else verdict


def _gravest(scene: Scene, reply: Reply, day: Entry | None, worst: Light | None) -> Turn:
    """The reply, with who should look at severe pain; after a red day the danger signs too."""
    pain = (day.worst or 0) if day else 0
    severe = plan.branch("severe", scene.write) if pain >= SEVERE else None
    replies = (reply, *((severe,) if severe else ()))
    turn = Turn(replies, scene.state, severe.urgency if severe else reply.urgency)
    if worst is None or worst.colour != RED:
        return turn
    return _danger_asked(scene, turn, pain)


def _danger_asked(scene: Scene, turn: Turn, pain: float) -> Turn:
    """After a red day the danger signs are asked for again: the pain rule's "stop and check"."""
    facts = turn.state.facts
    facts = replace(facts, severity=max(facts.severity or 0, pain) or facts.severity)
    state = asking.unchecked(replace(turn.state, facts=facts), scene.kb)
    more = asking.ask(replace(scene, state=state), state)
    return Turn((*turn.replies, *more.replies), more.state, turn.urgency)
