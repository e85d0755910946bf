"""A reminder that was told is counted as one, and not as somebody's message."""

from __future__ import annotations

import pytest

from kneewise import metrics, watching
from kneewise.channels.slack.failures import failure
from kneewise.channels.trying import Gone, Impossible


def counted(name: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"kneewise_{name}_total", {"channel": "slack"}) or 0.0


@pytest.mark.parametrize(
    ("said", "failed", "rises"),
    [([{"topic": "ice"}], False, "reminders"), ([], False, None), ([], True, "failed_turns")],
)
def test_what_is_told_is_counted(said: list[dict[str, str]], failed: bool, rises: str) -> None:
    names = ("reminders", "messages", "failed_turns", "silent_turns")
    before = {name: counted(name) for name in names}
    with watching.turn("slack", "slack-x", reminder=True) as turn:
        turn.said, turn.failed = said, failed
    assert {name for name in names if counted(name) > before[name]} == {rises} - {None}


class Answer(dict):
    """What slack_sdk holds of an answer."""

    status_code, headers = 200, {}

    @property
    def data(self) -> dict[str, str]:
        return dict(self)


@pytest.mark.parametrize(
    ("code", "means"),
    [("user_not_found", Gone), ("account_inactive", Gone), ("invalid_arguments", Impossible)],
)
def test_who_has_left_slack_is_told_from_what_slack_refuses(code: str, means: type) -> None:
    from slack_sdk.errors import SlackApiError

    assert type(failure(SlackApiError("no", Answer(error=code)))) is means
