"""Answer what was not understood, or is not about a knee."""

from actions.turn import TurnAction


class Clarify(TurnAction):
    """Offer the nearest topics; the second time, say what can be asked."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_clarify"


class OutOfScope(TurnAction):
    """Say kindly that this is not about a knee, and what is."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_out_of_scope"
