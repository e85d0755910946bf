"""Coach a runner: plan, diary, progress, summary and reminders."""

from actions.turn import TurnAction


class Coach(TurnAction):
    """Answer what is asked of the coach, or speak up when a reminder is due."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_coach"
