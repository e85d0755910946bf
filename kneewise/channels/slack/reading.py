"""What Slack hands over, as what a person said or pressed. Pure.

Whatever is not from a person, or not for this assistant, is read as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kneewise.channels.slack.markup import read

GREETING = "hello"
"""What is said to the assistant for somebody who calls it and says no more."""
SEND = "send"
"""The action of the button under checkboxes."""
SPOKEN = (None, "file_share", "thread_broadcast", "me_message")
"""Subtypes of a message in which a person says something; all others tell what happened."""
MOST_TICKS = 40
_ID = re.compile(r"[A-Z0-9]{2,32}")
_TIME = re.compile(r"\d{1,16}\.\d{1,16}")
_NAME = re.compile(r"[\w.:-]{1,128}")
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Heard:
    """Something to be answered: its own name, whose it is, where the answer goes, what it says."""

    key: str
    person: str
    conversation: str
    address: Mapping[str, str]
    said: Mapping[str, Any]


def of_event(body: Mapping[str, Any]) -> list[Heard]:
    """What is to be answered of an event of the Events API."""
    event = _object(body, "event")
    user, channel = _found(_ID, event, "user"), _found(_ID, event, "channel")
    team, ts = _found(_ID, body, "team_id"), _found(_TIME, event, "ts")
    if not (user and channel and team and ts and _is_spoken(event, body)):
        return []
    person = f"slack-{team}-{user}"
    key = f"{channel}:{ts}"
    text = read(_text(event, "text"))
    if _is_private(event, channel):
        said = _said(text, files=bool(event.get("files")))
        return [Heard(key, person, person, _inside(channel, event), said)]
    if event.get("type") != "app_mention":
        return []
    thread = _found(_TIME, event, "thread_ts") or ts
    return [
        Heard(
            key,
            person,
            f"slack-{team}-{channel}-{thread}",
            {"channel": channel, "thread_ts": thread},
            {"note": "write_in_private"},
        ),
        # What was asked is answered where nobody else reads it.
        Heard(f"{key}:private", person, person, {"user": user}, {"text": text or GREETING}),
    ]


def of_press(body: Mapping[str, Any]) -> list[Heard]:
    """What is to be answered of an interaction: a button. A tick alone says nothing yet."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if body.get("type") != "block_actions" or not isinstance(action, dict):
        return []
    user = _found(_ID, body, "user", "id")
    team = _found(_ID, body, "team", "id") or _found(_ID, body, "user", "team_id")
    at, message = _found(_TIME, action, "action_ts"), _object(body, "container")
    if action.get("type") != "button" or not (user and team and at):
        return []
    channel = _found(_ID, body, "channel", "id") or _found(_ID, message, "channel_id")
    person = f"slack-{team}-{user}"
    private = channel.startswith("D")
    return [
        Heard(
            f"{channel}:{_found(_TIME, message, 'message_ts')}:{at}:{user}",
            person,
            person,
            _inside(channel, _object(body, "message")) if private else {"user": user},
            _pressed(action, body),
        )
    ]


def of_command(form: Mapping[str, Any]) -> list[Heard]:
    """What is to be answered of the slash command; always in private."""
    user, team = _found(_ID, form, "user_id"), _found(_ID, form, "team_id")
    trigger = _found(_NAME, form, "trigger_id")
    if not (user and team and trigger):
        return []
    person = f"slack-{team}-{user}"
    said = {"text": read(_text(form, "text")) or GREETING}
    return [Heard(f"command:{trigger}", person, person, {"user": user}, said)]


def _is_spoken(event: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """True for what a person says for the first time: no bot, and nothing that was changed."""
    own = body.get("authorizations")
    bots = [a.get("user_id") for a in own if isinstance(a, dict)] if isinstance(own, list) else []
    return (
        event.get("type") in ("message", "app_mention")
        and event.get("subtype") in SPOKEN
        and event.get("user") not in (*bots, _SLACKBOT)
        and not any(event.get(sign) for sign in ("bot_id", "bot_profile", "edited", "hidden"))
    )


def _is_private(event: Mapping[str, Any], channel: str) -> bool:
    return event.get("channel_type") == "im" or channel.startswith("D")


def _said(text: str, *, files: bool) -> dict[str, Any]:
    return {"note": "only_words"} if files and not text else {"text": text}


def _pressed(action: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    if action.get("action_id") != SEND:
        return {"pressed": [value] if (value := _text(action, "value")) else []}
    ticked = _ticked(_object(body, "state", "values"))
    # Nothing ticked is not "none of these": that has a button of its own.
    return {"pressed": ticked} if ticked else {"note": "nothing_ticked"}


def _ticked(values: Mapping[str, Any]) -> list[str]:
    """The values of everything that is ticked, in the order in which it is shown."""
    chosen = [
        option
        for block in sorted(values, key=str)
        for element in (_object(values, block).values())
        if isinstance(element, dict) and isinstance(element.get("selected_options"), list)
        for option in element["selected_options"]
        if isinstance(option, dict)
    ]
    return [value for option in chosen if (value := _text(option, "value"))][:MOST_TICKS]


def _inside(channel: str, message: Mapping[str, Any]) -> dict[str, str]:
    """The place of a message: its channel, and its thread if it is in one."""
    thread = _found(_TIME, message, "thread_ts")
    return {"channel": channel, "thread_ts": thread} if thread else {"channel": channel}


def _object(body: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The object at a path; an empty one if there is none."""
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _found(form: re.Pattern[str], body: Mapping[str, Any], *path: str) -> str:
    """The text at a path if it has this form; "" if not."""
    value = _text(_object(body, *path[:-1]), path[-1])
    return value if form.fullmatch(value) else ""
