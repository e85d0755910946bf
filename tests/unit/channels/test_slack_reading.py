"""What Slack hands over, read as what somebody said: whose it is, and where the answer goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.channels.slack.reading import Heard, of_command, of_event, of_press

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "channels"))
from slack_sender import command_form, event_body, mention_event, message_event, press_body

MESSAGE = {"ts": "9.1", "channel": "D1ANN", "blocks": []}


def press(action: dict[str, Any], **body: Any) -> list[Heard]:
    return of_press({**press_body("U1ANN", MESSAGE, action), **body})


def test_a_private_message() -> None:
    event = message_event("U1ANN", "my knee", "1.5", thread_ts="1.2")
    assert of_event(event_body(event)) == [
        Heard(
            "D1ANN:1.5",
            "slack-T0KNEE-U1ANN",
            "slack-T0KNEE-U1ANN",
            {"channel": "D1ANN", "thread_ts": "1.2"},
            {"text": "my knee"},
        )
    ]


def test_a_mention_has_a_conversation_for_each_thread() -> None:
    there, private = of_event(event_body(mention_event("U1ANN", "my knee", "1.5")))
    assert there.conversation == "slack-T0KNEE-C0RUNNERS-1.5"
    assert there.said == {"note": "write_in_private"}
    assert there.address == {"channel": "C0RUNNERS", "thread_ts": "1.5"}
    assert private.conversation == there.person == "slack-T0KNEE-U1ANN"
    assert private.said == {"text": "my knee"}
    assert private.address == {"user": "U1ANN"}
    assert private.key != there.key
    inside = of_event(event_body(mention_event("U1ANN", "", "1.6", thread_ts="1.5")))
    assert inside[0].conversation == there.conversation
    assert inside[1].said == {"text": "hello"}


def test_the_same_message_has_the_same_key_however_it_comes() -> None:
    direct = of_event(event_body(message_event("U1ANN", "x", "1.5")))
    again = of_event(event_body(message_event("U1ANN", "x", "1.5"), event_id="EvOTHER"))
    mention = of_event(event_body({**mention_event("U1ANN", "x", "1.5"), "channel": "D1ANN"}))
    assert direct == again == mention


def test_a_press() -> None:
    [found] = press({"type": "button", "action_id": "press-3", "value": "b:1"})
    assert found.said == {"pressed": ["b:1"]}
    assert found.address == {"channel": "D1ANN"}
    assert found.conversation == "slack-T0KNEE-U1ANN"


def test_ticks_are_read_in_the_order_in_which_they_are_shown() -> None:
    def ticks(*values: str) -> dict[str, Any]:
        chosen = [{"value": value} for value in values]
        return {"ticks": {"type": "checkboxes", "selected_options": chosen}}

    state = {"values": {"ticks-01": ticks("b:3"), "ticks-00": ticks("b:1", "b:2"), "x": None}}
    send = {"type": "button", "action_id": "send", "value": "send"}
    assert press(send, state=state)[0].said == {"pressed": ["b:1", "b:2", "b:3"]}
    for empty in ({}, {"values": {}}, {"values": None}, None, {"values": {"ticks-00": ticks()}}):
        assert press(send, state=empty)[0].said == {"note": "nothing_ticked"}


def test_a_press_in_a_channel_is_answered_in_private() -> None:
    action = {"type": "button", "action_id": "press-3", "value": "b:1"}
    [found] = press(action, channel={"id": "C0RUNNERS"})
    assert found.address == {"user": "U1ANN"}
    assert found.conversation == "slack-T0KNEE-U1ANN"


def test_two_presses_are_two() -> None:
    action = {"type": "button", "action_id": "press-3", "value": "b:1"}
    body = press_body("U1ANN", MESSAGE, action)
    assert of_press(body) == of_press(body)
    body["actions"][0]["action_ts"] = "99.5"
    first = of_press(body)[0].key
    body["actions"][0]["action_ts"] = "99.6"
    assert of_press(body)[0].key != first


def test_a_command() -> None:
    form = command_form("U1ANN", "should i ice it? &lt;3")
    [found] = of_command(form)
    assert found.said == {"text": "should i ice it? <3"}
    assert found.address == {"user": "U1ANN"}
    assert of_command({**form, "text": " "})[0].said == {"text": "hello"}
    for name in ("user_id", "team_id", "trigger_id"):
        assert of_command({**form, name: ""}) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
EVENT = message_event("U1ANN", "x", "1.5")
PRESS = press_body("U1ANN", MESSAGE, {"type": "button", "action_id": "send", "value": "b:1"})


@given(st.sampled_from(sorted(EVENT)), ANYTHING)
def test_a_field_of_an_event_can_be_anything(name: str, value: Any) -> None:
    of_event(event_body({**EVENT, name: value}))


@given(st.sampled_from(sorted(event_body(EVENT))), ANYTHING)
def test_a_field_around_an_event_can_be_anything(name: str, value: Any) -> None:
    of_event({**event_body(EVENT), name: value})


@given(st.sampled_from(sorted(PRESS)), ANYTHING)
def test_a_field_of_a_press_can_be_anything(name: str, value: Any) -> None:
    of_press({**PRESS, name: value})


@pytest.mark.parametrize("user", ["", "u1", "U1;", "U" * 40, "U1\n", "../U1"])
def test_an_id_that_is_none_is_not_answered(user: str) -> None:
    assert of_event(event_body({**EVENT, "user": user})) == []
