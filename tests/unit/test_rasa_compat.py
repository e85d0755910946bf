"""What is changed in Rasa, and that Rasa is still what the change was written for."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from types import ModuleType
from typing import Any

import pytest
import rasa
from jsonschema import ValidationError
from rasa.core.actions import action
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.events import ActionExecuted, AllSlotsReset, SessionStarted, SlotSet
from rasa_sdk.executor import ActionExecutor

from kneewise import rasa_compat
from kneewise.rasa_compat import InProcessActions, check_version, is_plain, validate_results_once


@pytest.fixture(scope="module")
def stock() -> ModuleType:
    """Rasa's module of actions as it is shipped: a second copy, which nothing has changed."""
    spec = importlib.util.spec_from_file_location("stock_action", action.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa with the change, whatever ran before; taken back after the test."""
    before = action.RemoteAction._validate_action_result
    monkeypatch.setattr(action.RemoteAction, "_validate_action_result", before)
    validate_results_once()


# --- the version ---------------------------------------------------------------------------------


def test_the_version_is_the_one_it_was_written_for() -> None:
    assert rasa.__version__ == rasa_compat.RASA_VERSION
    check_version()


@pytest.mark.parametrize("version", ["3.6.20", "3.6.22", "3.7.0"])
def test_another_version_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", version)
    with pytest.raises(RuntimeError, match=rf"3\.6\.21, but {version} is installed"):
        check_version()
    with pytest.raises(RuntimeError):
        validate_results_once()


# --- what is relied on ---------------------------------------------------------------------------


def names(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_validator_that_is_replaced_is_called_as_before(stock: ModuleType) -> None:
    shipped = stock.RemoteAction._validate_action_result
    assert names(shipped) == ["self", "result"]
    assert len(names(action.RemoteAction._validate_action_result)) == 2
    source = inspect.getsource(shipped)
    assert "validate(result, self.action_response_format_spec())" in source
    assert "self._validate_action_result(response)" in inspect.getsource(stock.RemoteAction.run)


def test_the_request_that_is_replaced_is_called_as_before(stock: ModuleType) -> None:
    assert names(InProcessActions.request) == names(EndpointConfig.request)
    assert names(EndpointConfig.request) == [
        "self", "method", "subpath", "content_type", "compress", "kwargs",
    ]  # fmt: skip
    assert inspect.iscoroutinefunction(EndpointConfig.request)
    source = inspect.getsource(stock.RemoteAction.run)
    assert "await self.action_endpoint.request(\n                json=" in source


def test_the_executor_takes_the_request_of_an_action() -> None:
    assert names(ActionExecutor.run) == ["self", "action_call"]
    assert inspect.iscoroutinefunction(ActionExecutor.run)


def test_the_processor_reads_its_store_where_it_is_put() -> None:
    for method in ("save_tracker", "get_tracker"):
        assert "self.tracker_store." in inspect.getsource(getattr(MessageProcessor, method))


# --- the validator -------------------------------------------------------------------------------


def slot(**event: Any) -> dict[str, Any]:
    return {"events": [{"event": "slot", "name": "age", "value": 40, **event}]}


RESULTS: dict[str, tuple[Any, bool]] = {
    "empty": ({}, True),
    "nothing done": ({"events": [], "responses": []}, True),
    "more keys": ({"events": [], "other": 1}, True),
    "a message": ({"responses": [{"text": "hi", "buttons": [], "metadata": {"a": [1]}}]}, True),
    "a slot": (slot(), True),
    "a slot with a time": (slot(timestamp=1.5), True),
    "a slot with a time that is none": (slot(timestamp=None, metadata=None), True),
    "a slot named by a number": (slot(timestamp=None, name=3), False),
    "a slot holding a list": (slot(value=["a", {"b": None}]), True),
    "a session": ({"events": [{"event": "session_started"}]}, True),
    "all slots reset": ({"events": [{"event": "reset_slots"}]}, True),
    "an action": ({"events": [{"event": "action", "name": "action_listen"}]}, True),
    "None": (None, False),
    "a list": ([], False),
    "a text": ("hi", False),
    "events that are no list": ({"events": {}}, False),
    "events as a tuple": ({"events": ()}, False),
    "an event that is a text": ({"events": ["slot"]}, False),
    "an event without a name": ({"events": [{}]}, False),
    "an event named by a number": ({"events": [{"event": 5}]}, False),
    "an unknown event": ({"events": [{"event": "no such event"}]}, False),
    "a slot without its name": ({"events": [{"event": "slot", "value": 1}]}, False),
    "a time that is a text": (slot(timestamp="now"), False),
    "metadata that is a text": (slot(metadata="x"), False),
    "responses that are no list": ({"responses": {"text": "hi"}}, False),
    "a response that is a text": ({"responses": ["hi"]}, False),
    "one bad event of two": ({"events": [{"event": "restart"}, {"event": 5}]}, False),
}


def accepts(remote: Any, result: Any) -> bool:
    try:
        return bool(remote("action_x", None)._validate_action_result(result))
    except ValidationError:
        return False


@pytest.mark.parametrize(("result", "good"), RESULTS.values(), ids=RESULTS.keys())
def test_it_accepts_and_refuses_what_rasa_does(result: Any, good: bool, stock: ModuleType) -> None:
    assert action.RemoteAction._validate_action_result.__module__ == "kneewise.rasa_compat"
    assert stock.RemoteAction._validate_action_result.__module__ == "stock_action"
    assert accepts(stock.RemoteAction, result) is good
    assert accepts(action.RemoteAction, result) is good


PLAIN = ("empty", "nothing done", "a slot without a time", "a session as the SDK writes it")
RESULTS["a slot without a time"] = ({"events": [SlotSet("age", [1, None])]}, True)
RESULTS["a session as the SDK writes it"] = (
    {"events": [SessionStarted(), AllSlotsReset(), ActionExecuted("action_listen")]},
    True,
)


@pytest.mark.parametrize("name", RESULTS)
def test_only_what_is_plain_to_see_is_not_tried(name: str, stock: ModuleType) -> None:
    result, good = RESULTS[name]
    assert is_plain(result) <= good
    assert is_plain(result) is (name in (*PLAIN, "more keys", "a message"))
    assert accepts(stock.RemoteAction, result) is good


# --- the actions in process ----------------------------------------------------------------------


def call(name: str) -> dict[str, Any]:
    tracker = {"sender_id": "x", "slots": {}, "latest_message": {}, "events": [], "paused": False}
    return {
        "next_action": name,
        "tracker": {**tracker, "active_loop": {}, "latest_action_name": ""},
    }


def test_an_action_runs_without_a_server() -> None:
    endpoint = InProcessActions()
    result = asyncio.run(endpoint.request(json=call("action_restart"), method="post", timeout=1))
    assert result
    assert [event["event"] for event in result["events"]] == ["reset_slots"]
    assert result["responses"][0]["metadata"]["topic"] == "restart"


def test_every_action_of_the_domain_is_there(assistant: Any) -> None:
    own = {name for name in assistant.agent.domain.user_actions if name.startswith("action_")}
    assert own
    assert own | {"action_session_start", "action_restart"} == set(
        InProcessActions().executor.actions
    )
