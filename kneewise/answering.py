"""Answers outside the questions: topics, more of one, small talk, what is not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kneewise import plan
from kneewise.asking import aside, ask, ask_again
from kneewise.coach import showing
from kneewise.knowledge import Exercise, Topic, plain
from kneewise.questions import SCREEN, question_for
from kneewise.replies import EXERCISES, Reply
from kneewise.scene import Scene, Turn

SMALL_TALK: Mapping[str, str] = {
    "greet": "utter_greet",
    "goodbye": "utter_goodbye",
    "thank": "utter_thank",
    "help": "utter_help",
    "bot_challenge": "utter_bot_challenge",
    "feedback": "utter_feedback",
}
"""The response of domain.yml for each intent of small talk."""
OUTSIDE_BEFORE_HELP = 2
"""Messages about something else, in a row, before it says what it can help with."""


def answer_topics(scene: Scene) -> Turn:
    """Answer every topic asked, then go on with the questions if there are any."""
    topics = [scene.kb.topics[topic] for topic in scene.topics]
    state = replace(
        scene.state,
        last_topic=topics[-1].id,
        progress=replace(scene.state.progress, misses=0),
    )
    asking = bool(scene.before.open_slot) or scene.describes_pain
    at_risk = [topic for topic in topics if _fails_screening(topic, scene)]
    held = plan.holds_back(scene.state.facts, scene.write)
    to_screen = [t for t in topics if t.screen and t not in at_risk] if not (asking or held) else []
    alone = not asking and not to_screen
    understood = scene.understood
    replies = [Reply(understood, "recap")] if understood else []
    replies += plan.first_of_all(scene.state.facts, topics, scene.write)
    for topic in topics:
        replies += about(topic, scene, alone=alone and topic is topics[-1])
    if asking:
        turn = _go_on(replace(scene, state=state))
        return replace(turn, replies=(*replies, *turn.replies))
    if to_screen:
        slot = SCREEN + to_screen[-1].id
        replies.append(scene.write.question(question_for(slot, scene.kb)))
        state = replace(state, open_slot=slot)
    return Turn(tuple(replies), state)


def about(topic: Topic, scene: Scene, *, alone: bool) -> list[Reply]:
    """The answer to one topic, fitted to what is known of the person and the pain."""
    if topic.holds_when_flagged and plan.holds_back(scene.state.facts, scene.write):
        return []
    if _fails_screening(topic, scene):
        return [scene.write.screened(topic, clear=False)]
    named = exercises_named(scene) if topic.id == EXERCISES else ()
    if named:
        return [scene.write.exercise(exercise, topic) for exercise in named]
    own = showing.today_reply(scene) if topic.id == "can_i_run" else None
    if own:
        return [own]
    part = plan.part_answering(topic, scene.state.facts, scene.write)
    return [scene.write.short(topic, alone=alone, part=part)]


def exercises_named(scene: Scene) -> tuple[Exercise, ...]:
    """The exercises a message asks for by name; a longer name hides the shorter one within it."""
    text = f" {plain(scene.heard.text)} "
    found = []
    names = ((name, e) for e in scene.kb.exercises for name in e.called)
    for name, exercise in sorted(names, key=lambda pair: -len(pair[0])):
        if f" {name} " in text:
            text = text.replace(f" {name} ", " ")
            found.append(exercise)
    return tuple(e for e in scene.kb.exercises if e in found)


def _fails_screening(topic: Topic, scene: Scene) -> bool:
    """True if what was told already answers the topic's screening question with yes."""
    signs = topic.screen.signs if topic.screen else ()
    return any(scene.state.facts.has(sign) for sign in signs)


def _go_on(scene: Scene) -> Turn:
    """Back to the questions after an answer in between."""
    if scene.state.open_slot:
        return ask_again(scene, scene.write.phrase("back_to_question"))
    if scene.state.progress.phase == "done" and not scene.describes_pain:
        return Turn((), scene.state)
    return ask(scene, scene.state)


def tell_more(scene: Scene) -> Turn:
    """The full answer to what was answered last."""
    topic = scene.kb.topics.get(scene.state.last_topic or "")
    if topic is None:
        return small_talk(replace(scene, heard=replace(scene.heard, intent="help")))
    first = plan.first_of_all(scene.state.facts, (topic,), scene.write)
    if first:
        return Turn(first, scene.state)
    screened = topic.screen is None or topic.id in scene.state.progress.cleared
    reply = scene.write.full(topic, steps=screened)
    if scene.state.open_slot:
        turn = ask_again(scene, scene.write.phrase("back_to_question"))
        return replace(turn, replies=(reply, *turn.replies))
    if not screened:
        slot = SCREEN + topic.id
        question = scene.write.question(question_for(slot, scene.kb))
        return Turn((reply, question), replace(scene.state, open_slot=slot))
    return Turn((reply,), scene.state)


def affirm(scene: Scene) -> Turn:
    """A bare "yes" with nothing open means: go on."""
    return tell_more(scene) if scene.state.last_topic else menu(scene)


def utter(intent: str, suffix: str = "") -> Reply:
    """The response of domain.yml to an intent of small talk."""
    name = SMALL_TALK[intent] + suffix
    return Reply(topic="greeting" if intent == "greet" else intent, response=name)


def small_talk(scene: Scene) -> Turn:
    """Greet, help, thank and the like; the open question is put again."""
    intent, progress = scene.heard.intent, scene.state.progress
    reply = utter(intent, "_again" if intent == "greet" and progress.greeted else "")
    progress = replace(progress, misses=0, greeted=progress.greeted or intent == "greet")
    scene = replace(scene, state=replace(scene.state, progress=progress))
    if scene.state.open_slot and intent != "goodbye":
        return aside(scene, reply)
    return Turn((reply,), scene.state)


def menu(scene: Scene) -> Turn:
    """Nothing is open that a short answer could mean: ask what it is about."""
    return Turn((Reply(topic="clarify", response="utter_anything_else"),), scene.state)


def out_of_scope(scene: Scene) -> Turn:
    """Say that this is not about a knee, and what is; again and again, what can be asked."""
    misses = scene.state.progress.misses + 1
    state = replace(scene.state, progress=replace(scene.state.progress, misses=misses))
    if misses > OUTSIDE_BEFORE_HELP:
        return Turn((_fallback(scene),), state)
    return Turn((Reply(topic="out_of_scope", response="utter_out_of_scope"),), state)


def other_language(scene: Scene, language: str) -> Turn:
    """Say in the language of the message that only English is read; the open question stays."""
    scene = replace(scene, state=scene.before)
    reply = scene.write.only_english(language)
    return aside(scene, reply) if scene.before.open_slot else Turn((reply,), scene.state)


def _fallback(scene: Scene) -> Reply:
    region = scene.write.region
    values = (("doctor", region.doctor), ("emergency", region.emergency))
    return Reply(topic="fallback", response="utter_fallback", values=values)


def clarify(scene: Scene) -> Turn:
    """Not understood: offer the nearest topics, or ask for words; then say what can be asked."""
    misses = scene.state.progress.misses + 1
    state = replace(scene.state, progress=replace(scene.state.progress, misses=misses))
    near = [scene.kb.topics[topic].title for topic in scene.heard.ranking[:2]]
    if misses > 1:
        return Turn((_fallback(scene),), state)
    if not near:
        return Turn((Reply(topic="clarify", response="utter_in_words"),), state)
    doctor = scene.kb.topics["see_doctor"].title
    buttons = tuple(dict.fromkeys((*near, scene.kb.phrases["something_else"], doctor)))
    return Turn((Reply(topic="clarify", response="utter_clarify", buttons=buttons),), state)
