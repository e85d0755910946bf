"""What a page may ask for with a message, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kneewise.channels.asked import wanted, words_of, zone_of
from kneewise.channels.core import Refused
from kneewise.channels.talk import Talk

ID = "message-1"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"text": "hi"}, (ID, "hi", [])),
        ({"text": "hi", "due": True}, (ID, "hi", [])),
        ({"choices": ["Yes"]}, (ID, None, ["Yes"])),
        ({"due": True}, (ID, None, [])),
        ({"due": True, "text": None, "choices": None}, (ID, None, [])),
    ],
)
def test_something_is_said_pressed_or_may_be_due(body: Any, found: Any) -> None:
    assert wanted({"id": ID, **body}) == found


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"due": False}, {"due": "true"}, {"due": 1}, {"due": True, "choices": []}),
        *({"due": True, "choices": "Yes"}, {"due": True, "text": 3}, {"due": True, "id": "short"}),
    ],
)
def test_anything_else_is_refused(body: Any) -> None:
    with pytest.raises(Refused) as refused:
        wanted({"id": ID, **body})
    assert refused.value.status == 400


def test_nothing_is_said_when_it_is_asked_what_is_due() -> None:
    talk = Talk("web-1")
    assert words_of(talk, None, []) is None
    for text in ("", " / "):
        with pytest.raises(Refused):
            words_of(talk, text, [])


def test_the_zone_of_a_browser_is_one_there_is_or_none() -> None:
    assert zone_of({"zone": "America/New_York"}) == {"zone": "America/New_York"}
    for unknown in ({}, {"zone": None}, {"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}):
        assert zone_of(unknown) == {}
    with pytest.raises(Refused):
        zone_of({"zone": ["Europe/Berlin"]})
