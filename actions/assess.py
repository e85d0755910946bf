"""Take in what is told about the knee, look for danger signs, and ask what is missing."""

from actions.turn import TurnAction


class Assess(TurnAction):
    """Warn, ask the next question, or end with what it fits and what to do."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_assess"
