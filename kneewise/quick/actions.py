"""Tell an action that runs in this process what it reads, not the whole conversation."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from kneewise.rasa_compat import InProcessActions

_stock_call = RemoteAction._action_call_format  # noqa: SLF001 - what this module is for


def action_call(
    self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
) -> dict[str, Any]:
    """The request to an action; one in process gets the last message instead of all events.

    The actions here read the slots, the latest message and what its channel said about it. To
    write every event of a long conversation as a dict for each of them took longer than the
    answer. An action server gets what Rasa sends it.
    """
    if not isinstance(self.action_endpoint, InProcessActions):
        whole: dict[str, Any] = _stock_call(self, tracker, domain)
        return whole
    state = tracker.current_state(EventVerbosity.NONE)
    said = next((e for e in reversed(tracker.events) if isinstance(e, UserUttered)), None)
    state["events"] = [said.as_dict()] if said else []
    return {"next_action": self._name, "sender_id": tracker.sender_id, "tracker": state}
