"""Toward a plan: first the danger signs, then what a plan needs, then the plan itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kneewise import asking
from kneewise.coach import measures, programme
from kneewise.coach.facts import PlanFacts, facts_of
from kneewise.coach.moment import today
from kneewise.coach.programme import NoPlan, Programme
from kneewise.coach.progress import HOLD, judge
from kneewise.coach.state import Coach
from kneewise.coach.told import Told
from kneewise.coach.wording import NO_PLAN, no_plan_reply, plan_reply, text, verdict_reply
from kneewise.knowledge import Question
from kneewise.questions import DANGER_SIGNS, is_known
from kneewise.replies import Reply
from kneewise.scene import Scene, Turn
from kneewise.state import State
from kneewise.triage import triage

PREFIX = "coach_"
PLAN = "plan"
"""What the coach waits for while the questions about the knee are asked."""


def begin(scene: Scene) -> Turn:
    """Give the plan there is, or ask for what a new one needs: the danger signs before all."""
    reason = held_back_for_good(scene)
    if reason:
        return Turn((no_plan_reply(reason, scene.write),), replace(scene.state, open_slot=None))
    if scene.state.coach.programme:
        return _current(scene, scene.state.coach.programme)
    if scene.state.progress.phase != "done":
        coach = replace(scene.state.coach, waits=PLAN)
        before = " ".join((scene.understood, text(scene.write, "first"))).strip()
        return asking.ask(scene, replace(scene.state, coach=coach, open_slot=None), before)
    return _unless_held_back(scene)


def checked(scene: Scene, turn: Turn) -> Turn:
    """Remember for the summary what was told when the questions about the knee came to an end."""
    if turn.state.progress.phase != "done" or scene.before.progress.phase == "done":
        return turn
    slots = {slot: value for slot, value in turn.state.facts_as_slots().items() if value}
    signs = {slot: v for slot, v in turn.state.facts_as_slots().items() if slot.startswith("has_")}
    kept = {"day": today(scene).isoformat(), "facts": {**slots, **signs}}
    coach = replace(turn.state.coach, checked=kept)
    return replace(turn, state=replace(turn.state, coach=coach))


def after_assessment(scene: Scene, turn: Turn) -> Turn:
    """Go on to the plan that was asked for, once the questions about the knee are through.

    If there can be none, what the assessment ended with says why, and whom to see.
    """
    state = turn.state
    if state.coach.programme:
        turn = _with_own_plan(scene, turn, state.coach.programme)
    if state.coach.waits != PLAN or state.open_slot or state.progress.phase != "done":
        return turn
    state = replace(state, coach=replace(state.coach, waits=None))
    if _held_back(replace(scene, state=state)):
        return replace(turn, state=state)
    kept = tuple(reply for reply in turn.replies if not _is_general(reply, scene))
    more = next_question(replace(scene, state=state))
    return Turn((*kept, *more.replies), more.state, turn.urgency)


def _with_own_plan(scene: Scene, turn: Turn, plan: Programme) -> Turn:
    """The turn with the runner's own plan in place of the general one: so a stop stands."""
    own = plan_reply(plan, scene.write, unit_of(turn.state.coach))
    replies = tuple(own if _is_general(reply, scene) else reply for reply in turn.replies)
    return replace(turn, replies=replies)


def _is_general(reply: Reply, scene: Scene) -> bool:
    """True for the plan that an assessment ends with, the same for many."""
    return reply.topic == PLAN and reply.text.startswith(scene.write.phrase("plan_title"))


def answered(scene: Scene, question: Question, said: Told) -> Turn:
    """Keep the answer to a question before a plan, and go on."""
    coach = scene.state.coach
    coach = replace(
        coach, told={**coach.told, question.slot: said.value}, unit=said.unit or coach.unit
    )
    return next_question(replace(scene, state=replace(scene.state, coach=coach)))


def skipped(scene: Scene, question: Question) -> Turn:
    """Leave a question out; the plan takes the careful way where something is not known."""
    coach = scene.state.coach
    coach = replace(coach, told={**coach.told, question.slot: None})
    state = replace(scene.state, coach=coach)
    return next_question(replace(scene, state=state), scene.write.phrase("skipped"))


def ended(scene: Scene) -> Turn:
    """No more questions: a plan from what is known."""
    return _give(scene)


def next_question(scene: Scene, before: str = "") -> Turn:
    """Ask for what is still missing, or give the plan."""
    question = next((q for q in scene.kb.before_a_plan.values() if _wanted(q, scene)), None)
    if question is None:
        return _give(scene, before)
    reply = scene.write.question(question, before)
    return Turn((reply,), replace(scene.state, open_slot=question.slot))


def _wanted(question: Question, scene: Scene) -> bool:
    if question.slot in scene.state.coach.told:
        return False
    return not question.if_trigger or question.if_trigger in scene.state.facts.triggers


def plan_facts(state: State, scene: Scene) -> PlanFacts:
    """What a plan is made of, from the assessment and the answers since."""
    told = {slot[len(PREFIX) :]: value for slot, value in state.coach.told.items()}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in {**told, **_named(told)}.items()
        if name not in ("weekly", "longest") and value is not None
    }
    checked = is_known(DANGER_SIGNS, state.facts, scene.kb)
    return facts_of(state.facts, triage(state.facts, scene.kb), checked=checked, **given)


def _named(told: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_km": told.get(name) for name in ("weekly", "longest")}


def _held_back(scene: Scene) -> NoPlan | None:
    made = programme.make(plan_facts(scene.state, scene), today(scene))
    return made if isinstance(made, NoPlan) else None


def held_back_for_good(scene: Scene) -> NoPlan | None:
    """Why somebody has to be asked first, if no answer to a question could change that."""
    reason = _held_back(scene)
    return reason if reason and reason.reason in NO_PLAN else None


def _unless_held_back(scene: Scene) -> Turn:
    """Ask on, if there can be a plan at all."""
    reason = _held_back(scene)
    if reason:
        return Turn((no_plan_reply(reason, scene.write),), scene.state)
    return next_question(scene)


def _give(scene: Scene, before: str = "") -> Turn:
    made = programme.make(plan_facts(scene.state, scene), today(scene))
    state = replace(scene.state, open_slot=None)
    if isinstance(made, NoPlan):
        return Turn((no_plan_reply(made, scene.write),), state)
    reply = plan_reply(made, scene.write, unit_of(state.coach))
    text = "\n".join(line for line in (before, reply.text) if line)
    state = replace(state, coach=replace(state.coach, programme=made))
    return Turn((replace(reply, text=text),), state, "self_care")


def _current(scene: Scene, plan: Programme) -> Turn:
    """The plan as it stands today; if it moves by that, how and why first."""
    coach, write = scene.state.coach, scene.write
    verdict = judge(plan, coach.entries, today(scene))
    moved = (verdict_reply(verdict, write, unit_of(coach)),) if verdict.move != HOLD else ()
    reply = plan_reply(verdict.programme, write, unit_of(coach))
    state = replace(scene.state, coach=replace(coach, programme=verdict.programme))
    return Turn((*moved, reply), state, moved[0].urgency if moved else reply.urgency)


def unit_of(coach: Coach) -> str:
    """The unit of distances in which the runner writes; km where none was used."""
    return coach.unit or measures.KM
