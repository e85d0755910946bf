"""The coach's part of a turn: which messages it takes, and who answers them. Pure.

Danger signs were looked for before, as in every message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kneewise import answering, asking
from kneewise.coach import noting, planning, reminding, showing
from kneewise.coach.programme import NoPlan
from kneewise.coach.told import told
from kneewise.coach.wording import no_plan_reply
from kneewise.knowledge import Knowledge, Question
from kneewise.questions import is_coach, question_for
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn
from kneewise.state import Heard, State
from kneewise.symptoms import Fact

INTENTS: Mapping[str, Callable[[Scene], Turn]] = {
    "make_plan": planning.begin,
    "log_day": noting.log,
    "show_progress": showing.progress,
    "export_diary": showing.exported,
    "summary_for_doctor": showing.summary,
    "set_reminder": reminding.wish,
    "list_reminders": reminding.listed,
    "cancel_reminder": reminding.cancelled,
    "snooze_reminder": reminding.put_off,
    "reminder_due": reminding.due,
}
DUE = "reminder_due"
"""The intent of a turn that nobody wrote: a reminder's time has come."""
TELLING = ("make_plan", "summary_for_doctor")
"""Intents of messages that may describe the knee as well."""
BESIDE_DANGER = (
    "show_progress",
    "export_diary",
    "summary_for_doctor",
    "set_reminder",
    "list_reminders",
    "cancel_reminder",
    "snooze_reminder",
    "reminder_due",
)
"""What may be done while a danger sign stands: nothing of it tells anybody to run or train."""
SHORT = 3
"""Words up to which a message may be but an answer, whatever it sounds like."""
MAX_TRIES = 1
"""Useless answers to a question of the coach after which it is left."""


def heard_by_coach(heard: Heard, state: State, kb: Knowledge) -> Heard:
    """The message without what only looks like a fact about the knee.

    "20 km a week" is no pain of a week, "3 out of 10" of a run no change of how bad the knee is,
    and "still sore after an hour" no knee that does not get better; danger signs stay.
    """
    if heard.intent in TELLING:
        heard = _of_the_plan(heard)
    apart = heard.intent in INTENTS and heard.intent not in TELLING
    if not apart and not _answers(heard, state, kb):
        return heard
    if _is_for_the_assessment(heard, state):
        return heard
    return replace(heard, facts=tuple(fact for fact in heard.facts if _counts(fact)))


def _of_the_plan(heard: Heard) -> Heard:
    """A wish for a plan of two weeks says not how long the knee has hurt, unless it says where."""
    if any(fact.kind in ("location", "trigger", "sign") for fact in heard.facts):
        return heard
    facts = tuple(fact for fact in heard.facts if fact.kind != "duration_days")
    return replace(heard, facts=facts)


def _counts(fact: Fact) -> bool:
    """Danger signs, and how old somebody is, count whatever they stand in."""
    return fact.kind == "age" or (fact.kind == "sign" and fact.value != "not_improving")


def _is_for_the_assessment(heard: Heard, state: State) -> bool:
    """True while another question is open, for what may answer it: "8" is no run, and no wish."""
    if not state.open_slot or is_coach(state.open_slot) or heard.intent == DUE:
        return False
    return len(heard.text.split()) <= SHORT or heard.intent == "log_day"


def _answers(heard: Heard, state: State, kb: Knowledge) -> bool:
    """True if a message answers the coach's open question."""
    if not is_coach(state.open_slot):
        return False
    question = question_for(str(state.open_slot), kb)
    return told(question, heard, state.coach.unit) is not None


def turn(scene: Scene) -> Turn | None:
    """The coach's answer to a message, and on with the questions; None if it is for others."""
    if scene.heard.intent == "report_red_flag" and not scene.tells_something:
        return None  # it sounds like danger and names no sign, so all of them are asked for
    answer = _turn(scene)
    return answer and _and_on(scene, answer)


def _turn(scene: Scene) -> Turn | None:
    slot = scene.before.open_slot
    if is_coach(slot):
        answer = _inside(_untried(scene), question_for(str(slot), scene.kb))
        if answer:
            return answer
    if _fails_to_say_when(scene):
        return _unclear(scene)
    if scene.intake.answered is not None and _is_for_the_assessment(scene.heard, scene.before):
        return None
    if scene.heard.intent in INTENTS:
        return _with_topics(scene, INTENTS[scene.heard.intent](scene))
    if is_coach(slot) and not (scene.topics or scene.tells_something):
        return _unclear(scene) if scene.heard.intent in _NOTHING_ELSE else None
    return _told_besides(scene)


def _untried(scene: Scene) -> Scene:
    progress = replace(scene.state.progress, tries=0)
    return replace(scene, state=replace(scene.state, progress=progress))


def _told_besides(scene: Scene) -> Turn | None:
    """The day that somebody tells who asks something else; only of who keeps a diary.

    Of anybody else it describes the pain, and the danger signs are asked for.
    """
    coach = scene.state.coach
    read = noting.read_line(scene) if scene.topics and (coach.programme or coach.entries) else None
    if read is None or not any(e.ran or e.worst is not None for e in read.entries):
        return None
    return _with_topics(scene, noting.note(scene, read))


def _and_on(scene: Scene, answer: Turn) -> Turn:
    """Back to the questions about the knee that the coach came between."""
    asks = is_coach(answer.state.open_slot) or any(r.topic == "question" for r in answer.replies)
    if asks or scene.heard.intent == DUE or answer.state.progress.phase != "asking":
        return answer
    state = replace(answer.state, open_slot=None)
    more = asking.ask(replace(scene, state=state), state, scene.write.phrase("back_to_question"))
    return Turn((*answer.replies, *more.replies), more.state, more.urgency or answer.urgency)


def _with_topics(scene: Scene, answer: Turn) -> Turn:
    """The answer after those to the questions that the message asks besides."""
    scene = replace(scene, state=answer.state)
    topics = [scene.kb.topics[topic] for topic in scene.topics]
    asked = [reply for t in topics for reply in answering.about(t, scene, alone=False)]
    return replace(answer, replies=(*asked, *answer.replies)) if asked else answer


def _fails_to_say_when(scene: Scene) -> bool:
    """True for an answer to a question about a reminder that only sounds like another wish."""
    about = scene.kb.reminders.topic(scene.heard.text)
    open_one = (scene.before.open_slot or "").startswith(reminding.PREFIX)
    return open_one and scene.heard.intent == "set_reminder" and about is None


_NOTHING_ELSE = ("nlu_fallback", "out_of_scope", "affirm", "deny", "describe_pain", "correct")
"""Intents of messages that are for the open question, or for nobody."""


def _inside(scene: Scene, question: Question) -> Turn | None:
    """The answer to an open question of the coach; None if the message is something else."""
    intent = scene.heard.intent
    if intent == "stop":
        return _ended(scene, question)
    if intent in ("skip", "dont_know"):
        return _skipped(scene, question)
    if intent == "why_ask":
        return _why(scene, question)
    return _answered(scene, question)


def _answered(scene: Scene, question: Question) -> Turn | None:
    if question.slot == noting.DAY:
        read = noting.read_line(scene)
        return noting.note(scene, read) if read else None
    if question.reads in ("when", "zone", "what"):
        return reminding.answered(scene, question)
    said = told(question, scene.heard, scene.state.coach.unit)
    if said is None:
        return None
    keep = planning.answered if _is_before_a_plan(question) else noting.answered
    return keep(scene, question, said)


def _ended(scene: Scene, question: Question) -> Turn | None:
    """No more questions: a plan from what is known; anything else just ends."""
    if _is_before_a_plan(question):
        return planning.ended(scene)
    state = replace(scene.state, coach=scene.state.coach.closed())
    return asking.stop(replace(scene, state=state))


def _skipped(scene: Scene, question: Question) -> Turn:
    if _is_before_a_plan(question):
        return planning.skipped(scene, question)
    if question.slot.startswith(noting.PREFIX) and question.slot != noting.DAY:
        return noting.skipped(scene)
    state = replace(scene.state, open_slot=None, coach=scene.state.coach.closed())
    return Turn((Reply(scene.write.phrase("skipped"), "diary"),), state)


def _is_before_a_plan(question: Question) -> bool:
    return question.slot.startswith(planning.PREFIX)


def _again(scene: Scene, question: Question, before: str, *, again: bool = False) -> Turn:
    reply = scene.write.question(question, before, again=again)
    return Turn((reply,), replace(scene.state, open_slot=question.slot))


def _why(scene: Scene, question: Question) -> Turn:
    """Say why the question is asked, with what that rests on, and ask it again."""
    lines = [scene.write.fill(question.why)]
    lines += [scene.write.sources(question.sources)] if question.sources else []
    again = _again(scene, question, "\n".join(lines))
    (reply,) = again.replies
    return replace(again, replies=(replace(reply, sources=question.sources),))


def _unclear(scene: Scene) -> Turn:
    """No answer: explain the question once, then leave it."""
    question = question_for(str(scene.before.open_slot), scene.kb)
    tries = scene.state.progress.tries
    progress = replace(scene.state.progress, tries=tries + 1)
    if tries < MAX_TRIES:
        scene = replace(scene, state=replace(scene.state, progress=progress))
        return _again(scene, question, "", again=True)
    progress = replace(progress, tries=0)
    return _skipped(replace(scene, state=replace(scene.state, progress=progress)), question)


def beside_danger(scene: Scene) -> Turn | None:
    """What the coach still does while a danger sign stands, after the warning; None: nothing.

    A day that is told is kept: nothing that somebody writes is lost.
    """
    slot = scene.before.open_slot or ""
    if slot.startswith(reminding.PREFIX):
        answer = reminding.answered(scene, question_for(slot, scene.kb))
        if answer:
            return answer
    if scene.heard.intent == "make_plan":
        return Turn((no_plan_reply(NoPlan("red_flag"), scene.write),), scene.state)
    if scene.heard.intent in BESIDE_DANGER:
        return INTENTS[scene.heard.intent](scene)
    return noting.kept_only(scene)
