"""A turn by the quick processor is the turn of Rasa's, and what is relied on is there."""

from __future__ import annotations

import asyncio
import copy
import inspect
from typing import Any

import pytest
import rasa
from rasa.core import agent, processor
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from kneewise.quick import actions
from kneewise.quick.changes import speed_up
from kneewise.quick.processor import QuickProcessor, extracts_slots
from kneewise.rasa_compat import InProcessActions
from kneewise.testing import Assistant

SAID = ["hi", "my left knee hurts on stairs", "none of these", "should i ice it", "thanks"]


@pytest.fixture(scope="module")
def tracker(assistant: Assistant) -> DialogueStateTracker:
    """A conversation of a few turns."""
    chat = assistant.conversation()
    for text in SAID:
        chat.say(text)
    found = assistant.loop.run_until_complete(assistant.agent.tracker_store.retrieve(chat.id))
    assert found
    return found


# --- the actions ---------------------------------------------------------------------------------


def test_an_action_in_process_answers_the_same(
    assistant: Assistant, tracker: DialogueStateTracker
) -> None:
    endpoint = InProcessActions()
    names = [name for name in endpoint.executor.actions if name.startswith("action_")]
    assert len(names) > 5
    for name in names:
        remote = RemoteAction(name, endpoint)
        asked = [
            call(remote, tracker, assistant.agent.domain)
            for call in (actions._stock_call, actions.action_call)
        ]
        assert len(asked[1]["tracker"]["events"]) == 1 < len(asked[0]["tracker"]["events"])
        mine, theirs = (asyncio.run(endpoint.request(json=call)) for call in asked)
        assert mine == theirs
        assert theirs


def test_an_action_server_gets_what_rasa_sends(
    assistant: Assistant, tracker: DialogueStateTracker
) -> None:
    remote = RemoteAction("action_assess", EndpointConfig("http://127.0.0.1:1/webhook"))
    domain = assistant.agent.domain
    sent = actions.action_call(remote, tracker, domain)
    assert sent == actions._stock_call(remote, tracker, domain)
    assert len(sent["tracker"]["events"]) == len(tracker.events)


# --- slots ---------------------------------------------------------------------------------------


def test_no_slot_of_ours_is_extracted(assistant: Assistant, tracker: DialogueStateTracker) -> None:
    domain = assistant.agent.domain
    assert not extracts_slots(domain)
    nlg = TemplatedNaturalLanguageGenerator({})
    run = ActionExtractSlots(None).run(CollectingOutputChannel(), nlg, tracker, domain)
    assert asyncio.run(run) == []


@pytest.mark.parametrize(
    "mapping",
    [
        "{type: from_entity, entity: age}",
        "{type: from_text}",
        "{type: custom, action: action_x}",
        "{type: custom, conditions: [{active_loop: form}]}",
    ],
)
def test_a_slot_with_another_mapping_is(mapping: str) -> None:
    text = "version: '3.1'\nentities: [age]\nactions: [action_x]\nslots:\n  a:\n    type: any\n"
    assert not extracts_slots(Domain.from_yaml(f"{text}    mappings: [{{type: custom}}]\n"))
    assert extracts_slots(Domain.from_yaml(f"{text}    mappings: [{mapping}]\n"))


def test_an_action_that_validates_is_run() -> None:
    text = "version: '3.1'\nactions: [action_validate_slot_mappings]\n"
    assert extracts_slots(Domain.from_yaml(text))


# --- what is logged ------------------------------------------------------------------------------


def made(assistant: Assistant) -> QuickProcessor:
    quick = assistant.agent.processor
    assert isinstance(quick, QuickProcessor)
    return quick


def times_aside(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    return [{**event.as_dict(), "timestamp": None} for event in tracker.events]


@pytest.mark.parametrize(
    "events", [[], None, [SlotSet("age", 3.0)], [ActionExecutionRejected("action_assess")]]
)
def test_an_action_is_put_on_the_tracker_the_same(
    events: list[Event] | None, assistant: Assistant, tracker: DialogueStateTracker
) -> None:
    quick = made(assistant)
    ways = (QuickProcessor._log_action_on_tracker, MessageProcessor._log_action_on_tracker)
    assert ways[0] is not ways[1]
    results = []
    for way in ways:
        mine = tracker.copy()
        action, prediction = quick.predict_next_with_tracker_if_should(mine)
        way(quick, mine, action, copy.deepcopy(events), prediction)
        results.append(times_aside(mine))
    assert results[0] == results[1]
    assert len(results[0]) > len(tracker.events)


def test_what_the_domain_does_not_know_is_warned_of(assistant: Assistant) -> None:
    quick = made(assistant)
    known = {"intent": {"name": "greet"}, "entities": [{"entity": "age"}]}
    quick._check_for_unseen_features(known)
    quick._check_for_unseen_features({"intent": {"name": None}, "entities": None})
    with pytest.warns(UserWarning, match="no_such"):
        quick._check_for_unseen_features({**known, "intent": {"name": "no_such"}})
    with pytest.warns(UserWarning, match="nothing_known"):
        quick._check_for_unseen_features({**known, "entities": [{"entity": "nothing_known"}]})


# --- the changes ---------------------------------------------------------------------------------


def test_another_version_is_not_sped_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.6.22")
    with pytest.raises(RuntimeError, match=r"3\.6\.22 is installed"):
        speed_up()


def test_rasa_takes_the_parts_from_where_they_are_put() -> None:
    assert "self.processor = MessageProcessor(" in inspect.getsource(agent.Agent.load_model)
    assert "DaskGraphRunner,\n" in inspect.getsource(MessageProcessor._load_model)
    assert "tracker.copy()" in inspect.getsource(MessageProcessor._run_action)
    assert "self._action_call_format(tracker, domain)" in inspect.getsource(RemoteAction.run)
    speed_up()
    assert agent.MessageProcessor is QuickProcessor
    assert processor.MessageProcessor is MessageProcessor


def test_it_is_done_once(assistant: Assistant) -> None:
    before = (RemoteAction._action_call_format, DialogueStateTracker.copy)
    speed_up()
    assert (RemoteAction._action_call_format, DialogueStateTracker.copy) == before
    assert assistant.agent.processor
