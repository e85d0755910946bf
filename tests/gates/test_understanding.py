"""What nobody trained on is understood: floors for each kind, intent and red flag.

A floor is a little below what was measured when it was set; raise it when understanding gets
better, and never lower it to let a change pass.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from benchmarks import unseen
from benchmarks.unseen import Message, Verdict
from kneewise import knowledge
from kneewise.intake import merge
from kneewise.state import COACH
from kneewise.triage import Facts, rank, triage

FLOORS = {
    "topic_right": 0.92,
    "topics_all": 0.86,
    "refused": 0.85,
    "intent_right": 0.86,
    "location_right": 0.86,
    "warned": 0.86,
    "acted": 0.97,
    "coach_right": 0.96,
    "kept_out": 0.95,
}
"""The least share of the messages that test a thing; the names are those of `Verdict`."""
CALM_FLOORS = {"not_present": 0.88, "else": 0.98, "coach": 0.98}
"""The least share without an alarm: signs that are not present, and messages without a sign; those
of the coach and near it count by themselves."""
EMERGENCY_FLOOR = 0.99
LEAST_OF_A_TOPIC = 0.72
LEAST_OF_AN_INTENT = 0.6
LEAST_OF_THE_COACH = 0.88
LEAST_MESSAGES_OF_THE_COACH, LEAST_NEAR = 25, 60
LEAST_OF_A_FLAG = 0.75
LAY_FLOOR = 0.97
"""The share of the lay phrases of danger signs that must raise their flag or a more urgent one;
of those that are emergencies none may be missed."""
LEAST_MESSAGES = 1500

Judged = dict[Message, Verdict]


@pytest.fixture(scope="module")
def judged(assistant) -> Judged:
    kb = knowledge.load()
    return {m: unseen.judge(m, assistant.parse(m.text), kb) for m in unseen.load()}


def _failures(judged, name):
    return [f"{m.text} -> {v.intent} {v.topics} {v.heard}" for m, v in judged.items()
            if getattr(v, name) is False]  # fmt: skip


def _least(judged, name, floor):
    right, total = unseen.share(judged.values(), name)
    assert total > 0
    share = f"{right} of {total}: {right / total:.3f}"
    assert right >= floor * total, "\n".join([share, *_failures(judged, name)])


def _groups(judged, key):
    found = defaultdict(dict)
    for message, verdict in judged.items():
        for name in key(message):
            found[name][message] = verdict
    return found


def test_there_are_enough_messages_and_each_is_there_once():
    texts = [message.text.lower() for message in unseen.load()]
    assert len(texts) >= LEAST_MESSAGES
    assert len(set(texts)) == len(texts)


def test_no_intent_is_left_out(assistant):
    unwritten = {"nlu_fallback", "reminder_due", "session_start", "back"}
    known = set(assistant.agent.domain.intents) - unwritten
    known = {intent for intent in known if not intent.startswith("EXTERNAL")}
    assert {message.label for message in unseen.load()} >= known


def test_the_signs_places_and_flags_named_exist(kb):
    messages = unseen.load()
    signs = {s for m in messages for names in m.signs.values() for s in names}
    assert signs <= set(kb.words["sign"])
    assert {m.location for m in messages} - {None} <= set(kb.words["location"])
    assert {f for m in messages for f in m.flags} <= {flag.id for flag in kb.red_flags}


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_most_messages_are_understood(judged, name):
    _least(judged, name, FLOORS[name])


@pytest.mark.parametrize("topic", sorted(knowledge.load().topics))
def test_a_topic_is_understood(judged, topic):
    of_topic = _groups(judged, lambda m: m.topics[:1] if m.kind == "topic" else ())[topic]
    _least(of_topic, "topic_right", LEAST_OF_A_TOPIC)


def test_small_talk_and_answers_are_understood(judged):
    by_intent = _groups(judged, lambda m: (m.intent,) if m.kind in ("chat", "describe") else ())
    assert len(by_intent) > 15
    for of_intent in by_intent.values():
        _least(of_intent, "intent_right", LEAST_OF_AN_INTENT)


@pytest.mark.parametrize("intent", COACH)
def test_an_intent_of_the_coach_is_understood(judged, intent):
    of_intent = _groups(judged, lambda m: (m.intent,) if m.kind == "coach" else ())[intent]
    assert len(of_intent) >= LEAST_MESSAGES_OF_THE_COACH
    _least(of_intent, "coach_right", LEAST_OF_THE_COACH)


def test_there_are_enough_messages_near_the_coach(judged):
    assert sum(message.kind == "near" for message in judged) >= LEAST_NEAR


@pytest.mark.parametrize("flag", [f.id for f in knowledge.load().red_flags if f.about_knee])
def test_a_red_flag_is_acted_on(judged, flag):
    of_flag = _groups(judged, lambda m: m.flags if m.kind == "danger" else ())[flag]
    if flag == "RF25":
        return  # routine: it stops nothing, and is tested in tests/conversations
    _least(of_flag, "acted", LEAST_OF_A_FLAG)


def test_emergencies_are_acted_on(judged, kb):
    urgent = {flag.id for flag in kb.red_flags if flag.urgency == "emergency"}
    of_emergency = _groups(
        judged,
        lambda m: ("yes",) if m.kind == "danger" and (not m.flags or urgent & set(m.flags)) else (),
    )["yes"]
    assert len(of_emergency) > 100
    _least(of_emergency, "acted", EMERGENCY_FLOOR)


@pytest.mark.parametrize("kind", sorted(CALM_FLOORS))
def test_what_is_not_there_raises_no_alarm(judged, kind):
    own = {"not_present": "not_present", "coach": "coach", "near": "coach"}
    groups = _groups(judged, lambda m: (own.get(m.kind, "else"),))
    _least(groups[kind], "calm", CALM_FLOORS[kind])


@pytest.fixture(scope="module")
def lay(assistant):
    """Each lay phrase of the red flags: the flag, the phrase, and whether it is caught."""
    kb = knowledge.load()
    caught = []
    for flag in kb.red_flags:
        for phrase in flag.lay:
            raised = triage(merge(Facts(), unseen.heard_from(assistant.parse(phrase))), kb).flags
            hit = any(rank(other.urgency) >= rank(flag.urgency) for other in raised)
            caught.append((flag, phrase, hit))
    return caught


def test_every_lay_phrase_of_an_emergency_is_caught(lay):
    missed = [(f.id, phrase) for f, phrase, hit in lay if f.urgency == "emergency" and not hit]
    assert missed == []


def test_nearly_every_lay_phrase_is_caught(lay):
    others = [(f.id, phrase, hit) for f, phrase, hit in lay if f.urgency != "emergency"]
    missed = [(flag, phrase) for flag, phrase, hit in others if not hit]
    share = 1 - len(missed) / len(others)
    assert share >= LAY_FLOOR, f"{share:.3f} of {len(others)}: {missed}"
