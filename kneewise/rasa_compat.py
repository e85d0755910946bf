"""Where Rasa itself is changed or its inner names used: here, and for speed in `kneewise.quick`.

Everything in both was written against `RASA_VERSION`; with another version `check_version` raises,
and `tests/unit/test_rasa_compat.py` and `tests/unit/quick/` say what has to be looked at again.
"""

from __future__ import annotations

import logging
from typing import Any

import jsonschema
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.events import ActionExecuted, AllSlotsReset, SessionStarted, SlotSet
from rasa_sdk.executor import ActionExecutor

RASA_VERSION = "3.6.21"

_OF_SESSION = (SessionStarted(), AllSlotsReset(), ActionExecuted("action_listen"))
_SLOT = SlotSet("any").keys()

logger = logging.getLogger(__name__)


def check_version() -> None:
    """Refuse a Rasa that this module was not written for.

    Raises:
        RuntimeError: another version of Rasa is installed.
    """
    if rasa.__version__ != RASA_VERSION:
        raise RuntimeError(
            f"Kneewise was written for Rasa {RASA_VERSION}, but {rasa.__version__} is installed. "
            "Read kneewise/rasa_compat.py before changing the version."
        )


class InProcessActions(EndpointConfig):
    """An action endpoint without a server: the actions run in this process.

    Rasa asks its `action_endpoint` to post a request; this one hands the request to the SDK's own
    executor, which is what `rasa run actions` does behind HTTP.
    """

    def __init__(self, package: str = "actions") -> None:
        # Selective domain: no action here reads the domain, so it need not be copied for each.
        super().__init__(url="inprocess://actions", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package(package)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """Run the action that the request names, and return what the action server would."""
        return await self.executor.run(kwargs["json"])


def keep_in(agent: Agent, store: TrackerStore) -> None:
    """Keep the conversations of an agent in a store, and let the errors of the store be heard.

    Rasa wraps every store so that a failing one goes unnoticed: a conversation that cannot be read
    then starts anew, without the danger signs that were told, and one that cannot be erased is
    said to be erased. Here the turn fails, and the runner is told.
    """
    store.domain = agent.domain
    agent.tracker_store = store
    agent.processor.tracker_store = store


def own_store(agent: Agent) -> Any:
    """The store that endpoints.yml names, out of what stock Rasa wraps it in."""
    store = agent.tracker_store
    while hasattr(store, "_tracker_store"):
        store = store._tracker_store  # noqa: SLF001 - what this function is for
    return store


def validate_results_once() -> None:
    """Build the validator of action results once instead of for every action.

    `RemoteAction._validate_action_result` checks its own schema each time: 17 to 25 ms of CPU for
    an action, against 2 ms with a validator that is kept: it tries the 23 kinds of events one by
    one. What our actions return is plain to see, and not tried. What is accepted stays the same.
    """
    check_version()
    schema = RemoteAction.action_response_format_spec()
    validator = jsonschema.validators.validator_for(schema)(schema)

    def validate(_: RemoteAction, result: dict[str, Any]) -> bool:
        if not is_plain(result):
            validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate  # noqa: SLF001 - what this function is for


def is_plain(result: Any) -> bool:
    """True if a result holds only what our actions return, which the schema always accepts."""
    return (
        type(result) is dict
        and type(events := result.get("events", [])) is list
        and type(responses := result.get("responses", [])) is list
        and all(type(response) is dict for response in responses)
        and all(type(event) is dict and _is_plain_event(event) for event in events)
    )


def _is_plain_event(event: dict[str, Any]) -> bool:
    if event in _OF_SESSION:
        return True
    return (
        event.keys() == _SLOT
        and event["event"] == "slot"
        and type(event["name"]) is str
        and event["timestamp"] is None
    )
