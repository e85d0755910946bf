"""One turn of Rasa's processor without the work that comes to nothing here."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import Action
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, Event
from rasa.shared.core.slot_mappings import SlotMappingType
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.privacy import FORGET
from kneewise.quick.parses import Parses


class QuickProcessor(MessageProcessor):
    """Rasa's processor, which extracts no slots where none can be, and remembers what it parsed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._extracts = extracts_slots(self.domain)
        self._known = frozenset(self.domain.intents), frozenset(self.domain.entities)
        self.parses = Parses()

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill the slots that mappings fill; the actions set all of ours, so mostly nothing."""
        if not self._extracts:
            return tracker
        return await super().run_action_extract_slots(output_channel, tracker)

    def _parse_message_with_graph(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """What a message means; of one that was parsed a while ago it is known."""
        known = self.parses.get(message.text) if only_output_properties else None
        if known is None:
            known = super()._parse_message_with_graph(message, tracker, only_output_properties)
            if only_output_properties:
                self.parses.keep(message.text, known)
        return known

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation; with one that is erased, forget what was parsed lately."""
        await super().save_tracker(tracker)
        if tracker.slots.get(FORGET) and tracker.get_slot(FORGET):
            self.parses.clear()

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Warn of intents and entities that the domain does not have, as Rasa does.

        Rasa makes an empty domain for every message, to see whether ours is one.
        """
        intents, entities = self._known
        found = {element["entity"] for element in parse_data["entities"] or ()}
        if parse_data["intent"]["name"] not in intents or not found <= entities:
            super()._check_for_unseen_features(parse_data)

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: list[Event] | None,
        prediction: PolicyPrediction,
    ) -> None:
        """Put an action and its events on a tracker.

        Rasa also copies all of them, deeply, for a line of its debug log, which is never written
        here: it would hold what a runner said (`kneewise.privacy`).
        """
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)

    async def _schedule_reminders(
        self, events: list[Event], tracker: DialogueStateTracker, output_channel: OutputChannel
    ) -> None:
        """Nothing: what is due is found in the database, by one of all processes.

        Rasa's own jobs are in memory: a restart forgets them, and every process would have its own.
        """

    @staticmethod
    async def _cancel_reminders(events: list[Event], tracker: DialogueStateTracker) -> None:
        """Nothing: the store takes the row away (`kneewise.reminding`)."""

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Leave the values of slots out of the debug log, where Rasa writes all of them."""


def extracts_slots(domain: Domain) -> bool:
    """True if a slot of a domain is filled from messages, by a mapping or by an action."""
    custom = {"type": str(SlotMappingType.CUSTOM)}
    return ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions or any(
        mapping != custom for slot in domain.slots for mapping in slot.mappings
    )
