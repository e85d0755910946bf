"""A bot message as Slack shows it: Block Kit, within its limits. Pure.

Limits are those of Slack's reference (2026), with some room: it does not say how it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kneewise.channels.core import warns
from kneewise.channels.offers import button_id, buttons_of, cards_of
from kneewise.channels.slack.markup import escaped
from kneewise.channels.slack.reading import SEND
from kneewise.channels.wrapping import cut, pieces, width

SECTION = 2900
"""Characters of one section; Slack refuses more than 3000."""
BUTTONS, OPTIONS, LABEL, ALT = 25, 10, 75, 1900
BLOCKS = 45
"""Blocks of one message; Slack refuses more than 50."""
LETTERS = 12_000
"""Characters of all blocks of one message; Slack refuses somewhat more as too long."""
PLAIN = 3900
"""Characters of a text without blocks; longer ones are cut by Slack where it likes."""

Block = dict[str, Any]
Post = dict[str, Any]


def posts(message: Mapping[str, Any]) -> list[Post]:
    """What is posted for a bot message: nearly always one post, with its text and blocks.

    None for a message that says nothing.

    The text is what a notification and a screen reader say.
    """
    card = _to_tick(message)
    shown = _shown(message, card)
    blocks = [
        *_sections(shown, bold=warns(message)),
        *_image(message, shown),
        *_checkboxes(card),
        *_buttons(message, card),
    ]
    text = escaped(_text(message) or shown)
    packed = list(_packed(blocks))
    if len(packed) == 1:
        return [{"text": cut(text, PLAIN), "blocks": packed[0]}]
    return [{"text": cut(_first_words(part) or text, PLAIN), "blocks": part} for part in packed]


def plain_posts(message: Mapping[str, Any]) -> list[Post]:
    """The same without blocks, should Slack refuse them: the text, and what could be pressed."""
    titles = [f"• {title}" for title, _ in buttons_of(message)]
    text = escaped("\n".join([_text(message), *titles]))
    return [{"text": piece} for piece in pieces(text, PLAIN)]


def _to_tick(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The card of which several can be picked."""
    wanted = (card for card in cards_of(message) if card.get("type") in ("signs", "choices"))
    return next(wanted, None)


def _text(message: Mapping[str, Any]) -> str:
    return message.get("text") or ""


def _shown(message: Mapping[str, Any], card: Mapping[str, Any] | None) -> str:
    """The text to show: beside checkboxes the one without the list that they repeat."""
    beside = (message.get("custom") or {}).get("text") if card else None
    return beside or _text(message)


def _sections(text: str, *, bold: bool) -> Iterator[Block]:
    first, _, rest = text.strip().partition("\n")
    if bold and width(escaped(first)) < SECTION:
        yield from _section(f"*{escaped(first.replace('*', ''))}*")
        text = rest
    for piece in pieces(escaped(text), SECTION):
        yield from _section(piece)


def _section(text: str) -> Iterator[Block]:
    if text.strip("* "):
        # Verbatim: what looks like a link, a channel or a name stays text.
        yield {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _image(message: Mapping[str, Any], shown: str) -> Iterator[Block]:
    url = message.get("image")
    if isinstance(url, str) and url.startswith("https://"):
        alt = escaped(shown.strip().partition("\n")[0]) or url
        yield {"type": "image", "image_url": url, "alt_text": cut(alt, ALT)}


def _checkboxes(card: Mapping[str, Any] | None) -> Iterator[Block]:
    titles = _titles(card)
    for n, start in enumerate(range(0, len(titles), OPTIONS)):
        options = [
            {"text": _label(title), "value": button_id(title)}
            for title in titles[start : start + OPTIONS]
        ]
        boxes = {"type": "checkboxes", "action_id": "ticks", "options": options}
        yield {"type": "actions", "block_id": f"ticks-{n:02}", "elements": [boxes]}


def _titles(card: Mapping[str, Any] | None) -> list[str]:
    """The titles of a card, each once: Slack refuses the same value twice."""
    return list(dict.fromkeys(item["title"] for item in (card or {}).get("items", ())))


def _buttons(message: Mapping[str, Any], card: Mapping[str, Any] | None) -> Iterator[Block]:
    """The buttons, but for those that are checkboxes; these are sent with one of their own."""
    ticked = set(_titles(card))
    buttons = [
        _button(title, f"press-{n}", button_id(words))
        for n, (title, words) in enumerate(buttons_of(message))
        if words not in ticked
    ]
    if card and ticked:
        buttons.insert(0, {**_button(card["send"], SEND, SEND), "style": "primary"})
    for start in range(0, len(buttons), BUTTONS):
        yield {"type": "actions", "elements": buttons[start : start + BUTTONS]}


def _button(title: str, action: str, value: str) -> Block:
    return {"type": "button", "action_id": action, "text": _label(title), "value": value}


def _label(title: str) -> Block:
    return {"type": "plain_text", "text": cut(escaped(title), LABEL), "emoji": True}


def _packed(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks in as many posts as they need."""
    post: list[Block] = []
    letters = 0
    for block in blocks:
        more = width(_words(block))
        if post and (len(post) == BLOCKS or letters + more > LETTERS):
            yield post
            post, letters = [], 0
        post.append(block)
        letters += more
    if post:
        yield post


def _words(block: Block) -> str:
    """All that a block shows."""
    labels = [
        part["text"]["text"]
        for element in block.get("elements", ())
        for part in element.get("options", [element])
    ]
    text: str = block.get("text", {}).get("text", "")
    return "".join([text, *labels])


def _first_words(blocks: Sequence[Block]) -> str:
    return next((words for block in blocks if (words := _words(block))), "")
