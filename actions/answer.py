"""Answer questions about a runner's knee."""

from actions.turn import TurnAction


class AnswerTopic(TurnAction):
    """Answer every topic the last message asked about, or say more about the last one."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_answer_topic"
