"""Sends what Slack sends: events, presses and commands, correctly signed."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from running import Answer, request
from slack_fake import BOT_ID, BOT_USER, CHANNEL, TEAM, FakeSlack, dm

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - the one of Slack's own documentation
PATH = "/webhooks/slack/webhook"
APP = "A0KNEE"
_users = itertools.count(1)


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers that Slack puts on a request."""
    timestamp = str(int(time.time() if at is None else at))
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def json_request(body: Any) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an event."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return raw, {"Content-Type": "application/json", **signed(raw)}


def form_request(form: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an interaction or a command."""
    raw = urlencode(form).encode()
    return raw, {"Content-Type": "application/x-www-form-urlencoded", **signed(raw)}


def event_body(event: Mapping[str, Any], **outer: Any) -> dict[str, Any]:
    """An event in its envelope."""
    return {
        "token": "old-verification-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": dict(event),
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-context",
        **outer,
    }


def message_event(user: str, text: str, ts: str, **more: Any) -> dict[str, Any]:
    """A message in the private channel of the app."""
    return {
        "type": "message",
        "channel": dm(user),
        "channel_type": "im",
        "user": user,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "team": TEAM,
        "client_msg_id": str(uuid.uuid4()),
        "blocks": [{"type": "rich_text", "block_id": "x", "elements": []}],
        **more,
    }


def mention_event(user: str, text: str, ts: str, **more: Any) -> dict[str, Any]:
    """A message in a channel that names the app."""
    return {
        "type": "app_mention",
        "channel": CHANNEL,
        "user": user,
        "text": f"<@{BOT_USER}> {text}",
        "ts": ts,
        "event_ts": ts,
        "team": TEAM,
        **more,
    }


def press_body(
    user: str, message: Mapping[str, Any], action: Mapping[str, Any], ticked: Sequence[str] = ()
) -> dict[str, Any]:
    """A press on a button of a message, with what is ticked in it."""
    values: dict[str, Any] = {}
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            if element["type"] == "checkboxes":
                chosen = [o for o in element["options"] if o["text"]["text"] in ticked]
                values[block["block_id"]] = {
                    element["action_id"]: {"type": "checkboxes", "selected_options": chosen}
                }
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "ann", "name": "ann", "team_id": TEAM},
        "api_app_id": APP,
        "token": "old-verification-token",
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": message["channel"],
            "is_ephemeral": False,
        },
        "trigger_id": f"{uuid.uuid4().int % 10**9}.{uuid.uuid4().hex[:8]}",
        "team": {"id": TEAM, "domain": "club"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": message["channel"], "name": "directmessage"},
        "message": dict(message),
        "state": {"values": values},
        "response_url": "https://hooks.slack.example/actions/1/2/3",
        "actions": [{"block_id": "x", **action, "action_ts": f"{time.time():.6f}"}],
    }


def command_form(user: str, text: str, channel: str = CHANNEL) -> dict[str, str]:
    """The slash command."""
    return {
        "token": "old-verification-token",
        "team_id": TEAM,
        "team_domain": "club",
        "channel_id": channel,
        "channel_name": "runners",
        "user_id": user,
        "user_name": "ann",
        "command": "/knee",
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.example/commands/1/2/3",
        "trigger_id": f"{uuid.uuid4().int % 10**9}.{uuid.uuid4().hex[:8]}",
    }


def texts(message: Mapping[str, Any]) -> str:
    """All that a post shows, as a person sees it."""
    parts = [b["text"]["text"] for b in message.get("blocks", ()) if "text" in b]
    shown = "\n".join(parts) if parts else message.get("text", "")
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def elements(message: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The buttons or checkboxes of a post."""
    found = [e for block in message.get("blocks", ()) for e in block.get("elements", ())]
    return [element for element in found if element.get("type") == kind]


def titles(message: Mapping[str, Any]) -> list[str]:
    """What the buttons of a post say."""
    return [element["text"]["text"] for element in elements(message, "button")]


def options(message: Mapping[str, Any]) -> list[str]:
    """What can be ticked in a post."""
    boxes = elements(message, "checkboxes")
    return [option["text"]["text"] for box in boxes for option in box["options"]]


@dataclass
class Person:
    """Somebody in the workspace who talks to the app through Slack."""

    slack: FakeSlack
    port: int
    id: str = ""

    def __post_init__(self) -> None:
        self.id = self.id or f"U{next(_users):04}ANN"
        self.slack.users.add(self.id)

    @property
    def channel(self) -> str:
        return dm(self.id)

    @property
    def conversation(self) -> str:
        return f"slack-{TEAM}-{self.id}"

    @property
    def got(self) -> list[dict[str, Any]]:
        """What the app posted to this person so far, without files."""
        return [m for m in self.slack.posted(self.channel) if m.get("subtype") != "file_share"]

    def send(self, raw: bytes, headers: Mapping[str, str]) -> Answer:
        return request(self.port, PATH, raw, headers)

    def event(self, event: Mapping[str, Any], **outer: Any) -> Answer:
        return self.send(*json_request(event_body(event, **outer)))

    def say(self, text: str, ts: str | None = None, **more: Any) -> Answer:
        return self.event(message_event(self.id, text, ts or self.slack.ts(), **more))

    def mention(self, text: str, ts: str | None = None, **more: Any) -> Answer:
        return self.event(mention_event(self.id, text, ts or self.slack.ts(), **more))

    def interact(self, body: Mapping[str, Any]) -> Answer:
        return self.send(*form_request({"payload": json.dumps(body)}))

    def press(
        self, title: str, message: Mapping[str, Any] | None = None, ticked: Sequence[str] = ()
    ) -> Answer:
        """Press a button of the newest post that has it, after ticking."""
        shown = message or next(m for m in reversed(self.got) if title in titles(m))
        button = next(e for e in elements(shown, "button") if e["text"]["text"] == title)
        return self.interact(press_body(self.id, shown, button, ticked))

    def command(self, text: str, **form: str) -> Answer:
        return self.send(*form_request({**command_form(self.id, text), **form}))


def from_bot(text: str, channel: str, ts: str) -> dict[str, Any]:
    """The app's own message, which Slack hands over to it too."""
    return {
        "type": "message",
        "channel": channel,
        "channel_type": "im",
        "user": BOT_USER,
        "bot_id": BOT_ID,
        "app_id": APP,
        "text": text,
        "ts": ts,
    }
