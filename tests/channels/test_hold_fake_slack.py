"""The fake Slack sends and signs as the real one does, as far as slack_bolt knows it.

slack_bolt is no part of this project: `KNEEWISE_FAKES_PYTHON` names a Python that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from slack_fake import BOT_USER
from slack_sender import (
    SECRET,
    command_form,
    event_body,
    form_request,
    from_bot,
    json_request,
    mention_event,
    message_event,
    press_body,
    signed,
)

PYTHON = os.environ.get("KNEEWISE_FAKES_PYTHON", "")
HOLD = Path(__file__).with_name("hold_fakes") / "slack.py"
MESSAGE = {
    "ts": "9.1",
    "channel": "D1ANN",
    "blocks": [
        {
            "type": "actions",
            "block_id": "ticks-00",
            "elements": [
                {
                    "type": "checkboxes",
                    "action_id": "ticks",
                    "options": [{"text": {"type": "plain_text", "text": "Fever"}, "value": "b:1"}],
                }
            ],
        }
    ],
}
BUTTON = {"type": "button", "action_id": "press-0", "value": "b:0123456789abcdef"}

pytestmark = pytest.mark.skipif(not PYTHON, reason="KNEEWISE_FAKES_PYTHON is not set")


def wrongly_signed(**how: Any) -> tuple[bytes, dict[str, str]]:
    body, headers = json_request(event_body(message_event("U1ANN", "hello", "1.5")))
    return body, {**headers, **signed(body, **how)}


def cases() -> dict[str, tuple[tuple[bytes, dict[str, str]], int, list[Any]]]:
    """What is sent, signed now; the status it should get, and what should be heard."""
    return {
        "a private message": (
            json_request(event_body(message_event("U1ANN", "it hurts 🏃 & <b>", "1.5"))),
            200,
            ["message", "U1ANN", "it hurts 🏃 & <b>"],
        ),
        "a mention": (
            json_request(event_body(mention_event("U1ANN", "hello", "1.5"))),
            200,
            ["app_mention", "U1ANN", f"<@{BOT_USER}> hello"],
        ),
        "a press": (
            form_request({"payload": json.dumps(press_body("U1ANN", MESSAGE, BUTTON, ["Fever"]))}),
            200,
            ["button", "U1ANN", "b:0123456789abcdef"],
        ),
        "a command": (
            form_request(command_form("U1ANN", "should i ice it?")),
            200,
            ["/knee", "U1ANN", "should i ice it?"],
        ),
        "its own message": (
            json_request(event_body(from_bot("hello", "D1ANN", "1.5"))),
            200,
            [],
        ),
        "another secret": (wrongly_signed(secret=SECRET[::-1]), 401, []),
        "too old": (wrongly_signed(at=time.time() - 400), 401, []),
        "from the future": (wrongly_signed(at=time.time() + 400), 401, []),
    }


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, Any]]:
    """What slack_bolt makes of each case, and what it should."""
    wanted = cases()
    asked = [{"body": raw.decode(), "headers": headers} for (raw, headers), _, _ in wanted.values()]
    lines = "\n".join(json.dumps(one) for one in (SECRET, *asked))
    done = subprocess.run(  # noqa: S603 - a Python that the tester names
        [PYTHON, str(HOLD)], input=lines, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = zip(wanted, json.loads(done.stdout), strict=True)
    return {name: {**verdict, "wanted": wanted[name][1:]} for name, verdict in found}


@pytest.mark.parametrize("name", cases())
def test_slack_bolt_takes_what_the_fake_sends(
    name: str, verdicts: dict[str, dict[str, Any]]
) -> None:
    status, heard = verdicts[name]["wanted"]
    assert verdicts[name]["status"] == status
    assert verdicts[name]["heard"] == ([heard] if heard else [])
