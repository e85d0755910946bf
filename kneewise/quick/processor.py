"""One turn of Rasa's processor without the work that comes to nothing here."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.domain import Domain
from rasa.shared.core.slot_mappings import SlotMappingType
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.quick.parses import Parses


class QuickProcessor(MessageProcessor):
    """Rasa's processor, which extracts no slots where none can be, and remembers what it parsed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._extracts = extracts_slots(self.domain)
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


def extracts_slots(domain: Domain) -> bool:
    """True if a slot of a domain is filled from messages, by a mapping or by an action."""
    custom = {"type": str(SlotMappingType.CUSTOM)}
    return ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions or any(
        mapping != custom for slot in domain.slots for mapping in slot.mappings
    )
