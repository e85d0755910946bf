"""Hold what the fake Slack sends against slack_bolt, Slack's own framework.

Runs in an environment of its own, with slack_bolt and nothing of ours:
`python hold_fakes/slack.py < requests`. The first line is the signing secret, each other one a
request, {"body": ..., "headers": ...}, as JSON. Prints what slack_bolt makes of each.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from slack_bolt import Ack, App, BoltRequest
from slack_bolt.authorization import AuthorizeResult


def judge(lines: list[str]) -> list[dict[str, Any]]:
    """The status that slack_bolt answers, and what its listeners heard."""
    secret, *requests = [json.loads(line) for line in lines]
    heard: list[Any] = []

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id="T0KNEE",
            bot_token="xoxb-1",  # noqa: S106 - of no workspace
            bot_id="B0BOT",
            bot_user_id="U0BOT",
        )

    app = App(signing_secret=secret, authorize=authorize, process_before_response=True)

    def on_event(event: dict[str, Any]) -> None:
        heard.append([event["type"], event["user"], event["text"]])

    def on_press(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        heard.append([action["type"], body["user"]["id"], action.get("value")])
        ack()

    def on_command(ack: Ack, command: dict[str, Any]) -> None:
        heard.append([command["command"], command["user_id"], command["text"]])
        ack()

    app.event("message")(on_event)
    app.event("app_mention")(on_event)
    app.action(re.compile(".*"))(on_press)
    app.command("/knee")(on_command)
    verdicts = []
    for one in requests:
        heard.clear()
        answer = app.dispatch(BoltRequest(body=one["body"], headers=one["headers"]))
        verdicts.append({"status": answer.status, "heard": list(heard), "body": answer.body})
    return verdicts


if __name__ == "__main__":
    json.dump(judge(sys.stdin.read().splitlines()), sys.stdout)
