"""What nobody trained on is understood: messages by intent, and every way to tell a danger sign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.turn import heard_from
from kneewise import knowledge
from kneewise.intake import merge
from kneewise.triage import Facts, rank, triage

FILE = Path(__file__).resolve().parents[1] / "unseen" / "messages.yml"
DANGER = "report_red_flag"

FLOOR = 0.91
"""The share of all unseen messages that must be understood."""
FLOORS = {"describe_pain": 0.8, DANGER: 0.86, "out_of_scope": 0.94}
LEAST_OF_AN_INTENT = 0.6
"""The same for one intent, where `FLOORS` sets no other."""
LEAST_MESSAGES = 200
LAY_FLOOR = 0.97
"""The share of the lay phrases of danger signs that must raise their flag or a more urgent one;
of those that are emergencies none may be missed."""
MOST_ALARMS = 0.01
"""The share of plain messages that may raise a warning."""


@dataclass(frozen=True)
class Message:
    """One unseen message, what it means, and the danger signs it tells of."""

    text: str
    intent: str
    signs: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def messages() -> tuple[Message, ...]:
    raw = yaml.safe_load(FILE.read_text("utf-8"))["messages"]
    return tuple(
        Message(line, intent)
        if isinstance(line, str)
        else Message(line["text"], intent, tuple(line["signs"]))
        for intent, lines in raw.items()
        for line in lines
    )


def understood(message: Message, parsed: dict[str, Any]) -> bool:
    """True if the message would get its answer.

    A topic counts when it is among those that are answered; a danger sign only with all its signs.
    """
    present = {f["value"] for f in parsed["facts"] if f["status"] == "present"}
    right = parsed["intent"]["name"] == message.intent
    answered = message.intent.removeprefix("ask_") in parsed["topics"]
    return (right or answered) and set(message.signs) <= present


@pytest.fixture(scope="module")
def results(assistant):
    """Every unseen message with what was heard instead, or None if it was understood."""
    found = {}
    for message in messages():
        parsed = assistant.parse(message.text)
        heard = f"{parsed['intent']['name']} {[(f['value'], f['status']) for f in parsed['facts']]}"
        found[message] = None if understood(message, parsed) else heard
    return found


def _missed(results, intent):
    return [f"{m.text} -> {got}" for m, got in results.items() if got and m.intent == intent]


def test_there_are_enough_messages_and_each_is_there_once():
    texts = [message.text.lower() for message in messages()]
    assert len(texts) >= LEAST_MESSAGES
    assert len(set(texts)) == len(texts)


def test_no_intent_is_left_out(assistant):
    known = set(assistant.agent.domain.intents) - {"nlu_fallback", "session_start", "back"}
    known = {intent for intent in known if not intent.startswith("EXTERNAL")}
    assert {message.intent for message in messages()} == known


def test_the_signs_named_exist(kb):
    assert {sign for message in messages() for sign in message.signs} <= set(kb.words["sign"])


def test_most_messages_are_understood(results):
    missed = [f"{m.intent}: {m.text} -> {got}" for m, got in results.items() if got]
    share = 1 - len(missed) / len(results)
    assert share >= FLOOR, f"{share:.3f} of {len(results)}\n" + "\n".join(missed)


@pytest.mark.parametrize("intent", sorted({message.intent for message in messages()}))
def test_an_intent_is_understood(results, intent):
    total = sum(message.intent == intent for message in results)
    missed = _missed(results, intent)
    share = 1 - len(missed) / total
    least = FLOORS.get(intent, LEAST_OF_AN_INTENT)
    assert share >= least, f"{share:.2f} of {total}\n" + "\n".join(missed)


def test_hardly_any_plain_message_raises_an_alarm(assistant, kb):
    """In doubt a danger sign counts as present, but a warning to everyone is a warning to none."""
    plain = [message for message in messages() if message.intent != DANGER]
    alarms = []
    for message in plain:
        flags = triage(merge(Facts(), heard_from(assistant.parse(message.text))), kb).flags
        if flags and rank(flags[0].urgency) >= rank("soon"):
            alarms.append(message.text)
    assert len(alarms) <= MOST_ALARMS * len(plain), alarms


@pytest.fixture(scope="module")
def lay(assistant):
    """Each lay phrase of the red flags: the flag, the phrase, and whether it is caught."""
    kb = knowledge.load()
    caught = []
    for flag in kb.red_flags:
        for phrase in flag.lay:
            heard = heard_from(assistant.parse(phrase))
            raised = triage(merge(Facts(), heard), kb).flags
            hit = any(rank(other.urgency) >= rank(flag.urgency) for other in raised)
            caught.append((flag, phrase, hit))
    return caught


def test_every_emergency_is_caught(lay):
    missed = [(f.id, phrase) for f, phrase, hit in lay if f.urgency == "emergency" and not hit]
    assert missed == []


def test_nearly_every_danger_sign_is_caught(lay):
    others = [(f.id, phrase, hit) for f, phrase, hit in lay if f.urgency != "emergency"]
    missed = [(flag, phrase) for flag, phrase, hit in others if not hit]
    share = 1 - len(missed) / len(others)
    assert share >= LAY_FLOOR, f"{share:.3f} of {len(others)}: {missed}"
