"""What every action does: read the tracker, let the core answer, say it, and keep the state."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.reminders import (
    is_due,
    is_told_elsewhere,
    moment,
    reaches,
    turn_events,
    zone_of_page,
)
from kneewise import dialogue, knowledge, watching
from kneewise.knowledge import Knowledge, Region
from kneewise.privacy import hashed, where
from kneewise.replies import Reply
from kneewise.state import Heard, State, changed_slots
from kneewise.symptoms import Fact

logger = logging.getLogger(__name__)

ASK = "ask_"
RENEWING = ("reminder_due", "set_reminder", "list_reminders", "snooze_reminder")
"""Intents of turns that schedule all reminders anew."""


def heard_from(message: Mapping[str, Any]) -> Heard:
    """The parse result of the latest message as the core reads it."""
    intent = (message.get("intent") or {}).get("name") or "nlu_fallback"
    topics = tuple(message.get("topics") or ())
    ranked = (str(row.get("name")) for row in message.get("intent_ranking") or [])
    return Heard(
        text="" if is_due(message) else message.get("text") or "",
        intent=intent,
        topics=topics,
        facts=tuple(Fact(**fact) for fact in message.get("facts") or ()),
        ranking=tuple(name[len(ASK) :] for name in ranked if name.startswith(ASK)),
        child=bool(message.get("child")),
        language=message.get("language"),
        at=moment(message),
        zone=zone_of_page(message),
        reaches=reaches(message),
    )


def region_of(events: Iterable[Mapping[str, Any]], kb: Knowledge) -> Region:
    """The region that the channel set for the latest message, else the one of this server.

    A widget on a page for one country may name it; a text never does.
    """
    said = [event for event in events if event.get("event") == "user"]
    named = (said[-1].get("metadata") or {}).get("region") if said else None
    return kb.regions.get(str(named)) or kb.region()


class TurnAction(Action, ABC):
    """An action that answers the latest message with one turn of the dialogue.

    If the turn cannot be made, or says nothing, the runner gets an apology: never silence.
    """

    @abstractmethod
    def name(self) -> str:
        """The name in domain.yml. Abstract, or the SDK would register this class as an action."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the replies of the turn, and set the slots that changed."""
        try:
            events = self.take_turn(dispatcher, tracker)
        except Exception as error:  # noqa: BLE001 - whatever failed, the runner is told
            # The type only: a message of the error could hold what the runner wrote.
            logger.error(
                "turn failed: action=%s conversation=%s error=%s",
                self.name(),
                hashed(tracker.sender_id),
                where(error),
            )
            watching.failed()
            dispatcher.messages.clear()
            events = []
        # Nothing to say to a reminder is no failure: it was put off, or told before.
        if not dispatcher.messages and not is_due(tracker.latest_message):
            watching.apologised()
            dispatcher.utter_message(**failed().as_message())
        return events

    def take_turn(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """Answer the latest message of the tracker."""
        if is_told_elsewhere(tracker.latest_message, tracker.events):
            return []
        kb = knowledge.load()
        state = State.from_slots(tracker.slots)
        heard = heard_from(tracker.latest_message)
        turn = dialogue.respond(heard, state, kb, region_of(tracker.events, kb))
        for reply in turn.replies:
            dispatcher.utter_message(**reply.as_message())
        after = {
            **turn.state.to_slots(),
            "urgency": turn.urgency or tracker.get_slot("urgency"),
        }
        changed = changed_slots(tracker.slots, after)
        # Who had left a messenger, and is back, has no rows: asking for reminders renews them all.
        every = heard.intent in RENEWING
        reminders = turn_events(state.coach.reminders, turn.state.coach.reminders, every=every)
        return [*(SlotSet(slot, value) for slot, value in changed.items()), *reminders]


def failed() -> Reply:
    """The apology for a turn that could not be made; it names when to see a doctor."""
    return Reply(topic="fallback", response="utter_failed")
