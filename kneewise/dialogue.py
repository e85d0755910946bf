"""One turn of the conversation: what to say to a message, and where that leaves things. Pure.

The order never changes: take the message in, look for danger, warn, then answer, then ask on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kneewise import answering, asking, recap
from kneewise.cards import dressed
from kneewise.coach import planning, reminding
from kneewise.coach import talk as coach
from kneewise.intake import take_in
from kneewise.knowledge import Knowledge, Region
from kneewise.languages import says_nothing
from kneewise.questions import SCREEN, TAKEN_BACK, question_for
from kneewise.replies import Reply, Writer
from kneewise.scene import Scene, Turn
from kneewise.state import Heard, State
from kneewise.triage import rank, triage

_INSIDE_QUESTION: Mapping[str, Callable[[Scene], Turn]] = {
    "why_ask": asking.why,
    "skip": asking.skip,
    "dont_know": asking.dont_know,
    "stop": asking.stop,
    "tell_more": answering.tell_more,
}
_OUTSIDE_QUESTION: Mapping[str, Callable[[Scene], Turn]] = {
    "tell_more": answering.tell_more,
    "affirm": answering.affirm,
    "deny": answering.menu,
    "skip": answering.menu,
    "dont_know": answering.menu,
    "why_ask": answering.menu,
    "stop": asking.stop,
    "correct": asking.what_changed,
    "out_of_scope": answering.out_of_scope,
}


def respond(heard: Heard, state: State, kb: Knowledge, region: Region) -> Turn:
    """Answer one message.

    Danger signs are looked for first, whatever the message asks and whatever was open; while one
    is present no self-care is advised.
    """
    heard = coach.heard_by_coach(_believed(heard), state, kb)
    intake = take_in(heard, state, kb)
    assessment = triage(intake.state.facts, kb)
    scene = Scene(heard, state, intake.state, intake, assessment, kb, Writer(kb, region))
    turn = _flagged(scene) if assessment.holds_self_care else _clear(scene)
    turn = planning.after_assessment(scene, planning.checked(scene, turn))
    if heard.intent != coach.DUE:
        turn = reminding.told_besides(scene, turn)
    urgency = turn.urgency or (assessment.flags[0].urgency if assessment.flags else None)
    return dressed(replace(turn, urgency=urgency), scene.write)


def _believed(heard: Heard) -> Heard:
    """A message as far as it can be read.

    In another language it states danger if anything: it denies and asks nothing. Keys hit by
    accident are not about something else: they are not understood, and no topic is near.
    """
    if not heard.language:
        lost = heard.intent == "out_of_scope" and says_nothing(heard.text)
        return replace(heard, intent="nlu_fallback", ranking=()) if lost else heard
    return replace(heard, facts=tuple(fact for fact in heard.facts if fact.status == "present"))


def _flagged(scene: Scene) -> Turn:
    """Warn, close the questions, and answer only what does no harm."""
    flags = tuple(f for f in scene.assessment.flags if rank(f.urgency) >= rank("soon"))
    if scene.heard.intent == coach.DUE:
        # Nobody wrote anything, so nothing is repeated that was said already.
        return reminding.due(scene)
    progress = scene.state.progress
    new = [flag for flag in flags if flag.id not in progress.warned]
    if new:
        # Someone in despair need not be told what they said.
        told = recap.present_signs(scene.state.facts, scene.kb) if flags[0].about_knee else ""
        replies = [scene.write.urgent(flags, told)]
    else:
        replies = [scene.write.reminder(flags)]
    beside = coach.beside_danger(scene)
    if beside:
        scene = replace(scene, state=beside.state)
        replies += beside.replies
    replies += _harmless(scene, emergency=flags[0].urgency == "emergency")
    retracts = not new and scene.heard.intent in ("deny", "correct")
    open_slot = TAKEN_BACK if retracts and scene.before.open_slot != TAKEN_BACK else None
    asked = beside.state.open_slot if beside else None
    if open_slot:
        replies.append(scene.write.question(question_for(open_slot, scene.kb)))
    warned = tuple(dict.fromkeys((*progress.warned, *(flag.id for flag in flags))))
    progress = replace(progress, warned=warned, phase="idle", tries=0, misses=0)
    asked = asked if (asked or "").startswith(reminding.PREFIX) else None
    state = replace(scene.state, progress=progress, open_slot=open_slot or asked)
    return Turn(tuple(replies), state, flags[0].urgency)


def _harmless(scene: Scene, *, emergency: bool) -> list[Reply]:
    """Answers that are safe beside a danger sign; the others are put off, by name."""
    asked = [scene.kb.topics[topic] for topic in scene.topics]
    held = [t for t in asked if t.holds_when_flagged or (emergency and t.id != "see_doctor")]
    replies = [scene.write.short(t, alone=False) for t in asked if t not in held]
    if held:
        titles = ", ".join(f"“{topic.title}”" for topic in held)
        replies.append(scene.write.says("hold", "clarify", titles=titles))
    if scene.heard.intent in ("goodbye", "thank", "bot_challenge", "help"):
        replies.append(answering.utter(scene.heard.intent))
    if scene.heard.language:
        replies.append(scene.write.only_english(scene.heard.language))
    return replies


def _clear(scene: Scene) -> Turn:
    """Answer, then ask on."""
    if scene.heard.language:
        return answering.other_language(scene, scene.heard.language)
    opening: list[Reply] = []
    progress = scene.state.progress
    if progress.warned:
        opening.append(scene.write.says("cleared", "clarify"))
        progress = replace(progress, warned=(), phase="asking")
        scene = replace(scene, state=replace(scene.state, progress=progress))
    bystander = _bystander(scene)
    if bystander and not (scene.topics or scene.tells_something or scene.before.open_slot):
        return Turn((*opening, *bystander), scene.state)
    opening += bystander
    turn = coach.turn(scene) or _answer(scene)
    return replace(turn, replies=(*opening, *turn.replies))


def _answer(scene: Scene) -> Turn:
    """Hand the message to the part of the conversation it belongs to."""
    intent = scene.heard.intent
    if _leaves_screening(scene):
        # A screening question holds nothing up: other news or another question closes it.
        closed = replace(scene.before, open_slot=None)
        scene = replace(scene, before=closed, state=replace(scene.state, open_slot=None))
    if scene.topics and not _names_a_risk(scene):
        return answering.answer_topics(scene)
    if scene.before.open_slot:
        return _inside(scene)(scene)
    if intent == "out_of_scope" and not scene.shows_a_knee:
        # A stray "for two weeks" in a message about a race is no fact about the knee.
        return answering.out_of_scope(replace(scene, state=scene.before))
    if intent in ("describe_pain", "report_red_flag") or scene.tells_something:
        return asking.describe(scene)
    if intent in answering.SMALL_TALK:
        return answering.small_talk(scene)
    return _OUTSIDE_QUESTION.get(intent, answering.clarify)(scene)


def _inside(scene: Scene) -> Callable[[Scene], Turn]:
    """Which part of the conversation a message belongs to while a question is open."""
    intent = scene.heard.intent
    if scene.intake.answered is not None:
        return asking.answered
    if intent == "report_red_flag" and not scene.tells_something:
        return asking.describe
    if intent in _INSIDE_QUESTION:
        return _INSIDE_QUESTION[intent]
    if scene.tells_something:
        return asking.answered
    if intent in answering.SMALL_TALK:
        return answering.small_talk
    return asking.unclear


def _names_a_risk(scene: Scene) -> bool:
    """A statement about the topic that is being screened: "my skin goes numb with ice"."""
    slot = scene.before.open_slot or ""
    return scene.topics == (slot.removeprefix(SCREEN),) and "?" not in scene.heard.text


def _leaves_screening(scene: Scene) -> bool:
    if not (scene.before.open_slot or "").startswith(SCREEN):
        return False
    if scene.intake.answered is not None or _names_a_risk(scene):
        return False
    return bool(scene.topics) or scene.tells_something


def _bystander(scene: Scene) -> list[Reply]:
    """Somebody else's sign, or one only asked about, gets its advice without an alarm."""
    if scene.topics == ("see_doctor",):
        return []
    facts = replace(
        scene.state.facts,
        signs=dict.fromkeys(scene.intake.bystander, True),
        location=None,
    )
    flags = triage(facts, scene.kb).flags if scene.intake.bystander else ()
    if not flags or rank(flags[0].urgency) < rank("same_day"):
        return []
    say = scene.write.fill(flags[0].say)
    reply = scene.write.says("bystander", "see_doctor", say=say)
    return [replace(reply, sources=flags[0].sources)]
