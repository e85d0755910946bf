"""What a bot message offers to press, as the widget shows it: buttons, and cards to pick from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PICKED = {"kneemap": ("sides", "zones"), "signs": ("items",), "choices": ("items",)}
"""The lists of each card whose titles can be pressed."""
_LONGEST_SCALE = 100


def offered(message: Mapping[str, Any]) -> set[str]:
    """The words of everything that can be pressed in a bot message."""
    words = {button.get("payload") or button.get("title") for button in message.get("buttons", ())}
    for card in (message.get("custom") or {}).get("cards", ()):
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
