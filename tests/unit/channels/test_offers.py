"""What a bot message offers to press."""

from __future__ import annotations

import pytest

from kneewise.channels.offers import offered


def card(**card: object) -> dict[str, object]:
    return {"text": "hello", "custom": {"v": 1, "cards": [card]}}


OFFERS = {
    "nothing": ({"text": "hello"}, set()),
    "buttons": (
        {"buttons": [{"title": "Yes", "payload": "Yes"}, {"title": "No", "payload": "No"}]},
        {"Yes", "No"},
    ),
    "a button without payload": ({"buttons": [{"title": "Yes"}]}, {"Yes"}),
    "a knee map": (
        card(
            type="kneemap",
            sides=[{"title": "Left knee", "side": "left"}],
            zones=[{"id": "front", "title": "Front of the knee", "view": "front"}],
            views=[{"id": "front", "title": "From the front"}],
            send="Send",
            hint="Tap where it hurts.",
        ),
        {"Left knee", "Front of the knee"},
    ),
    "signs": (
        card(type="signs", items=[{"title": "A fever"}], none={"title": "None"}, send="Send"),
        {"A fever", "None"},
    ),
    "signs without none": (card(type="signs", items=[{"title": "A fever"}]), {"A fever"}),
    "choices": (card(type="choices", items=[{"title": "Up"}, {"title": "Down"}]), {"Up", "Down"}),
    "a scale": (card(type="scale", min=0, max=3, low="no pain"), {"0", "1", "2", "3"}),
    "a scale without end": (card(type="scale", min=99, max=10**9), {"99", "100"}),
    "cards to read": (card(type="sources", title="Sources", items=[{"label": "Article"}]), set()),
    "an exercise": (card(type="exercise", title="Squat", steps=["Stand"]), set()),
    "a card of the future": (card(type="video", items=[{"title": "Play"}]), set()),
    "a card without type": (card(items=[{"title": "Play"}]), set()),
}


@pytest.mark.parametrize(("message", "words"), OFFERS.values(), ids=OFFERS.keys())
def test_what_is_offered(message, words):
    assert offered(message) == words
