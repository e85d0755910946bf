"""What a bot message holds for a screen: its buttons and cards, and all that can be pressed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from kneewise.replies import CARDS_VERSION

PICKED = {"kneemap": ("sides", "zones"), "signs": ("items",), "choices": ("items",)}
"""The lists of each card whose titles can be pressed."""
_LONGEST_SCALE = 100


def cards_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cards of a message, if they are of the version known here."""
    custom = message.get("custom") or {}
    return list(custom.get("cards") or ()) if custom.get("v") == CARDS_VERSION else []


def buttons_of(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The title of each button, and the words that it sends."""
    buttons = message.get("buttons") or ()
    named = [(str(b.get("title") or "").strip(), b.get("payload")) for b in buttons]
    return [(title, str(words or title)) for title, words in named if title]


def button_id(payload: str) -> str:
    """A short name of a button that cannot be made up: the words are looked up, never taken."""
    return "b:" + hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()[:16]


def offered(message: Mapping[str, Any]) -> set[str]:
    """The words of everything that can be pressed in a bot message."""
    words: set[str | None] = {sent for _, sent in buttons_of(message)}
    for card in cards_of(message):
        words.update(_of_card(card))
    return {word for word in words if word}


def _of_card(card: Mapping[str, Any]) -> Iterator[str | None]:
    for field in PICKED.get(card.get("type", ""), ()):
        for item in card.get(field, ()):
            yield item.get("title")
    if card.get("type") == "signs":
        yield (card.get("none") or {}).get("title")
    if card.get("type") == "scale":
        yield from map(str, range(card["min"], min(card["max"], _LONGEST_SCALE) + 1))


def topic_of(message: Mapping[str, Any]) -> str | None:
    """The topic of a bot message."""
    topic: str | None = (message.get("metadata") or {}).get("topic")
    return topic
