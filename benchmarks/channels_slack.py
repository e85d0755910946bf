"""Rasa's own Slack connector and ours on the same cases, with one model and one fake Slack.

`python -m benchmarks.channels_slack` writes `benchmarks/results/channels_slack.md`: what each did
in each case, and whether that is what a runner needs.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any

from rasa.core.channels.slack import SlackBot

from benchmarks.connectors import Verdict, judged, table
from benchmarks.programs import ROOT
from benchmarks.slack_cases import CASES
from benchmarks.slack_target import Target, fakes, sender
from benchmarks.stock_slack import redirect
from kneewise.channels.post import Parcel
from kneewise.channels.slack.carrier import SlackCarrier
from kneewise.channels.slack.client import web_client
from kneewise.channels.slack.settings import Settings

RESULTS = ROOT / "benchmarks" / "results" / "channels_slack.md"
TITLES = {"stock": "Rasa's own connector", "ours": "ours"}

SAID: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "S18: an answer that holds `<!channel>`": (
        {"text": "You said <!channel>"},
        lambda post: "<!channel>" not in json.dumps(post),
    ),
    "S26: a text of 3,500 characters with buttons": (
        {"text": "Words. " * 500, "buttons": [{"title": "Yes", "payload": "Yes"}]},
        lambda post: "Yes" in sender.titles(post),
    ),
    "S14: a button of 100 characters": (
        {"text": "Which?", "buttons": [{"title": "a" * 100, "payload": "a" * 100}]},
        lambda post: bool(sender.titles(post)),
    ),
    "S14: a button that stands for 2,500 characters": (
        {"text": "Which?", "buttons": [{"title": "This", "payload": "a" * 2500}]},
        lambda post: bool(sender.titles(post)),
    ),
}


async def _say(ours: bool, slack: Any, channel: str, message: dict[str, Any]) -> None:
    if not ours:
        await SlackBot(fakes.TOKEN, channel).send_response(channel, message)
        return
    web = web_client(Settings(token=fakes.TOKEN, api_base_url=slack.url))
    try:
        await SlackCarrier(web).deliver(Parcel(1, 0.0, False, {"channel": channel}, message))
    finally:
        if web.session is not None:
            await web.session.close()


def said(ours: bool, slack: Any, name: str) -> Verdict:
    """What becomes of a bot message."""
    message, is_right = SAID[name]
    person = sender.Person(slack, 0)
    slack.pings.clear()
    try:
        # A copy each: Rasa's own connector takes messages apart.
        asyncio.run(_say(ours, slack, person.channel, deepcopy(message)))
    except Exception as error:  # noqa: BLE001 - what happens to it is the finding
        return f"not posted: {type(error).__name__}", False
    right = bool(person.got) and is_right(person.got[-1]) and not slack.pings
    called = ", everybody is called" if slack.pings else ""
    return f"posted{called}", right


def measure(ours: bool, folder: Path) -> dict[str, Verdict]:
    """All cases with one connector."""
    found: dict[str, Verdict] = {}
    with fakes.FakeSlack().running() as slack, ExitStack() as stack:
        redirect(slack.url)
        target = Target(ours, folder, slack, stack=stack)
        target.start()
        for case in CASES:
            name, verdict = judged(case, target)
            found[name] = verdict
            slack.mend()
        for name in SAID:
            found[name] = said(ours, slack, name)
    return found


def main() -> None:
    """Measure both and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for name, title in TITLES.items():
            (place := Path(folder) / name).mkdir()
            results[title] = measure(name == "ours", place)
    told = table(results)
    sys.stdout.write(told)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(told, "utf-8")


if __name__ == "__main__":
    main()
