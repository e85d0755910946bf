"""The assessment's questions: ask, read on, explain, skip, and come to the end."""

from __future__ import annotations

from dataclasses import replace

from kneewise import plan, recap
from kneewise.knowledge import Knowledge
from kneewise.questions import (
    DANGER_SIGNS,
    SCREEN,
    danger_signs_of,
    is_coach,
    next_slot,
    question_for,
)
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn
from kneewise.state import State
from kneewise.triage import triage

MAX_TRIES = 2
"""Useless answers to one question after which the conversation moves on."""


def ask(scene: Scene, state: State, before: str = "") -> Turn:
    """Ask what is still missing, or come to the end."""
    slot = next_slot(state, scene.kb)
    if slot is None:
        return _conclude(scene, state, before)
    progress = replace(state.progress, phase="asking", misses=0)
    reply = scene.write.question(question_for(slot, scene.kb), before)
    return Turn((reply,), replace(state, open_slot=slot, progress=progress))


def ask_again(scene: Scene, before: str, *, again: bool = False) -> Turn:
    """Put the open question once more."""
    slot = scene.state.open_slot or scene.before.open_slot or DANGER_SIGNS
    reply = scene.write.question(question_for(slot, scene.kb), before, again=again)
    return Turn((reply,), replace(scene.state, open_slot=slot))


def _conclude(scene: Scene, state: State, before: str = "") -> Turn:
    """Say back everything, then what it fits and what to do."""
    assessment = triage(state.facts, scene.kb)
    skipped = DANGER_SIGNS in state.progress.skipped
    replies, urgency = plan.advise(state.facts, assessment, scene.write, unchecked=skipped)
    told = recap.describe(state.facts, recap.everything(state.facts), scene.kb)
    # The recap repeats what was just understood, so that is not said twice.
    before = "" if before == scene.understood else before
    lines = (before, scene.write.phrase("recap_final", facts=told) if told else "")
    opening = Reply("\n".join(line for line in lines if line), "recap")
    progress = replace(state.progress, phase="done", tries=0, misses=0)
    state = replace(state, open_slot=None, progress=progress)
    return Turn(((opening,) if opening.text else ()) + replies, state, urgency)


def describe(scene: Scene) -> Turn:
    """A description of pain starts the questions, or completes the assessment."""
    before = scene.understood
    if scene.heard.intent == "report_red_flag" and not scene.tells_something:
        # The message sounds like danger but names no sign that is known: ask for all of them.
        state = unchecked(scene.state, scene.kb)
        return ask(scene, state, scene.write.phrase("worried"))
    return ask(scene, scene.state, before)


def unchecked(state: State, kb: Knowledge) -> State:
    """The state as if the danger signs had not been denied: that was said of another moment."""
    listed = danger_signs_of(kb)
    signs = {s: there for s, there in state.facts.signs.items() if there or s not in listed}
    progress = replace(
        state.progress,
        answered=tuple(slot for slot in state.progress.answered if slot != DANGER_SIGNS),
        skipped=tuple(slot for slot in state.progress.skipped if slot != DANGER_SIGNS),
    )
    return replace(
        state, facts=replace(state.facts, signs=signs), progress=progress, open_slot=None
    )


def answered(scene: Scene) -> Turn:
    """The open question got an answer, a part of one, or another fact."""
    state, slot = scene.state, scene.before.open_slot or ""
    if slot.startswith(SCREEN):
        return _screened(scene, slot)
    if state.open_slot is None or scene.intake.doubts:
        return ask(scene, replace(state, open_slot=None), scene.understood)
    if slot == DANGER_SIGNS and scene.intake.answered is False:
        return _partly_answered(scene)
    return ask_again(scene, scene.understood)


def _partly_answered(scene: Scene) -> Turn:
    """Some of the danger signs were answered, or a yes named none of them."""
    if scene.tells_something:
        more = " ".join((scene.understood, scene.write.phrase("more_signs"))).strip()
        return ask_again(scene, more)
    if scene.state.progress.tries + 1 >= MAX_TRIES:
        return _yes_without_a_name(scene)
    which = scene.write.phrase("which_sign")
    return ask_again(replace(scene, state=_tried(scene.state)), which)


def _screened(scene: Scene, slot: str) -> Turn:
    """The screening question of a topic was answered: give the steps, or the reason to leave it."""
    topic = scene.kb.topics[slot[len(SCREEN) :]]
    clear = scene.intake.denied
    progress = scene.state.progress
    if clear:
        progress = replace(progress, cleared=(*progress.cleared, topic.id))
    state = replace(scene.state, open_slot=None, last_topic=topic.id, progress=progress)
    return Turn((scene.write.screened(topic, clear=clear),), state)


def unclear(scene: Scene) -> Turn:
    """The open question got no answer: explain it once, then move on."""
    state = _tried(scene.state)
    if (state.open_slot or "").startswith(SCREEN):
        # Whatever it is, it is not a plain no: "I have Raynaud's" is meant as a yes.
        return _leave(scene, state, "")
    if state.progress.tries >= MAX_TRIES:
        return _leave(scene, state, scene.write.phrase("moved_on"))
    outside = scene.heard.intent == "out_of_scope"
    before = scene.write.phrase("outside") if outside else ""
    return ask_again(replace(scene, state=state), before, again=True)


def _tried(state: State) -> State:
    """The state with one more useless answer to the open question."""
    return replace(state, progress=replace(state.progress, tries=state.progress.tries + 1))


def _yes_without_a_name(scene: Scene) -> Turn:
    """Yes to the danger signs, and not which: it is taken seriously, and not asked for ever."""
    progress = replace(scene.state.progress, phase="idle", tries=0)
    reply = scene.write.says("yes_unnamed", "urgent")
    state = replace(scene.state, open_slot=None, progress=progress)
    return Turn((replace(reply, urgency="same_day"),), state, "same_day")


def aside(scene: Scene, reply: Reply) -> Turn:
    """Small talk in the middle of the questions: answer it, and do not go round for ever."""
    state = _tried(scene.state)
    if state.progress.tries > MAX_TRIES:
        turn = _leave(scene, state, scene.write.phrase("moved_on"))
    else:
        before = scene.write.phrase("back_to_question")
        turn = ask_again(replace(scene, state=state), before)
    return replace(turn, replies=(reply, *turn.replies))


def _leave(scene: Scene, state: State, before: str) -> Turn:
    """Leave the open question unanswered and go on."""
    slot = state.open_slot or ""
    if slot.startswith(SCREEN):
        topic = scene.kb.topics[slot[len(SCREEN) :]]
        return Turn((scene.write.screened(topic, clear=False),), replace(state, open_slot=None))
    if is_coach(slot):
        progress = replace(state.progress, tries=0)
        state = replace(state, open_slot=None, coach=state.coach.closed(), progress=progress)
        return Turn((Reply(before, "clarify"),) if before else (), state)
    skipped = (*state.progress.skipped, slot)
    progress = replace(state.progress, skipped=skipped, tries=0, last_slot=slot)
    return ask(scene, replace(state, progress=progress, open_slot=None), before)


def skip(scene: Scene) -> Turn:
    """Skip a question. The danger signs are asked for once more: no plan without them."""
    state = scene.state
    if state.open_slot == DANGER_SIGNS and state.progress.tries == 0:
        state = replace(state, progress=replace(state.progress, tries=1))
        before = scene.write.phrase("skip_once")
        return ask_again(replace(scene, state=state), before, again=True)
    return _leave(scene, state, scene.write.phrase("skipped"))


def why(scene: Scene) -> Turn:
    """Say why the open question is asked, and ask it again."""
    question = question_for(scene.state.open_slot or DANGER_SIGNS, scene.kb)
    return ask_again(scene, scene.write.fill(question.why))


def dont_know(scene: Scene) -> Turn:
    """Not knowing is an answer, but for the danger signs it is explained how to look first."""
    return (
        skip(scene)
        if scene.state.open_slot == DANGER_SIGNS
        else _leave(scene, scene.state, scene.write.phrase("skipped"))
    )


def stop(scene: Scene) -> Turn:
    """End the questions; everything can still be asked."""
    progress = replace(scene.state.progress, phase="idle", tries=0, misses=0)
    coach = scene.state.coach.closed()
    state = replace(scene.state, open_slot=None, progress=progress, coach=coach)
    return Turn((scene.write.says("stopped", "stop"),), state)


def what_changed(scene: Scene) -> Turn:
    """A correction that names nothing: ask for it."""
    return Turn((scene.write.says("what_changed", "clarify"),), scene.state)
