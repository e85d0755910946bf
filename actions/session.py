"""Begin, go on, begin again, and forget."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, AllSlotsReset, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import TurnAction
from kneewise.coach.state import Coach
from kneewise.privacy import FORGET
from kneewise.replies import Reply
from kneewise.state import SIGN_SLOT


class SmallTalk(TurnAction):
    """Greet, help, thank, say goodbye; danger signs are looked for here too."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_small_talk"


class StartAgain(Action):
    """Forget what was told about the knee and begin anew; the conversation stays stored.

    The diary, the plan and the reminders stay: weeks of notes are not lost over a word.
    """

    def name(self) -> str:
        """The name of Rasa's own action for the intent `restart`, which this replaces."""
        return "action_restart"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Reset every slot."""
        reply = Reply(topic="restart", response="utter_started_again")
        dispatcher.utter_message(**reply.as_message())
        return [AllSlotsReset(), *_slots(Coach.from_slots(tracker.slots).begun_anew())]


class ForgetMe(Action):
    """Erase the conversation: the store deletes its rows when it sees the mark."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_forget_me"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Mark the conversation to be erased."""
        reply = Reply(topic="forget_me", response="utter_forgotten")
        dispatcher.utter_message(**reply.as_message())
        return [AllSlotsReset(), SlotSet(FORGET, True)]


class SessionStart(Action):
    """Begin a session. Danger signs that were told stay, and the coach's notes; "no" does not.

    A no of yesterday says nothing about today, so it must be asked again.
    """

    def name(self) -> str:
        """The name of Rasa's own action, which this replaces."""
        return "action_session_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Start the session and carry over the signs that are present."""
        kept = [
            SlotSet(slot, value)
            for slot, value in tracker.slots.items()
            if value is True and slot.startswith(SIGN_SLOT)
        ]
        coach = _slots(Coach.from_slots(tracker.slots).of_another_day())
        return [SessionStarted(), *kept, *coach, ActionExecuted("action_listen")]


def _slots(coach: Coach) -> list[dict[str, Any]]:
    """The slots of what the coach keeps."""
    return [SlotSet(slot, value) for slot, value in coach.to_slots().items() if value]
