"""What is remembered of parse results, for how long, and that it is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kneewise.quick.parses import KEPT, KEPT_SECONDS, LONGEST, Parses
from kneewise.testing import Assistant

ICE = {"text": "ice", "intent": {"name": "ask_ice", "confidence": 0.9}, "facts": [{"a": [1]}]}


class Clock:
    """A clock that is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_time_it_is_a_copy() -> None:
    parses = Parses()
    assert parses.get("ice") is None
    given: dict[str, Any] = {**ICE, "topics": ["ice"]}
    parses.keep("ice", given)
    given["topics"].append("heat")
    first = parses.get("ice")
    assert first == {**ICE, "topics": ["ice"]}
    first["facts"][0]["a"].append(2)
    assert parses.get("ice") == {**ICE, "topics": ["ice"]}
    assert parses.get("Ice") is None


def test_it_is_forgotten_after_a_while() -> None:
    clock = Clock()
    parses = Parses(clock)
    parses.keep("ice", ICE)
    clock.now += KEPT_SECONDS - 1
    parses.keep("heat", ICE)
    assert parses.get("ice") == ICE
    clock.now += 2
    assert parses.get("ice") is None
    assert len(parses) == 1
    clock.now += KEPT_SECONDS
    assert parses.get("anything") is None
    assert len(parses) == 0


def test_a_text_that_is_kept_again_is_the_newest() -> None:
    clock = Clock()
    parses = Parses(clock)
    parses.keep("ice", ICE)
    parses.keep("heat", ICE)
    clock.now += KEPT_SECONDS / 2
    parses.keep("ice", ICE)
    clock.now += KEPT_SECONDS / 2 + 1
    assert parses.get("heat") is None
    assert parses.get("ice") == ICE


def test_no_more_than_so_many_are_kept() -> None:
    parses = Parses()
    for number in range(KEPT + 5):
        parses.keep(f"text {number}", ICE)
    assert len(parses) == KEPT
    assert parses.get("text 4") is None
    assert parses.get("text 5") == ICE


@pytest.mark.parametrize("text", [None, "", "/greet", " /greet", "x" * (LONGEST + 1)])
def test_what_is_not_kept(text: str | None) -> None:
    parses = Parses()
    parses.keep(text, ICE)
    assert len(parses) == 0


def test_no_text_is_a_key() -> None:
    parses = Parses()
    parses.keep("my secret knee \ud800", ICE)
    assert all(b"secret" not in key for key in parses._kept)
    assert parses.get("my secret knee \ud800") == ICE


@pytest.mark.parametrize("text", ["yes", "Should I ice it?", "my knee is locked", "3", "¿qué?"])
def test_the_model_understands_the_same_again(assistant: Assistant, text: str) -> None:
    processor: Any = assistant.agent.processor
    processor.parses = Parses()
    fresh = assistant.parse(text)
    assert len(processor.parses) == 1
    chat = assistant.conversation()
    chat.say("it hurts below my kneecap")
    chat.say(text)
    assert assistant.parse(text) == fresh
    # The store writes tuples as lists, and the event adds the id and metadata of its message.
    heard = {key: value for key, value in chat.parse.items() if key in fresh}
    assert json.loads(json.dumps(heard)) == json.loads(json.dumps(fresh))
    assert set(chat.parse) - set(fresh) == {"message_id", "metadata"}


def test_an_erased_conversation_leaves_nothing_behind(assistant: Assistant) -> None:
    processor: Any = assistant.agent.processor
    chat = assistant.conversation()
    chat.say("my knee hurts")
    assert len(processor.parses) > 0
    assert chat.say("forget me")[0]["metadata"]["topic"] == "forget_me"
    assert len(processor.parses) == 0
