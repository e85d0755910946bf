"""Slack's published limits of Block Kit, as its Web API enforces them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MOST_BLOCKS = 50
LONGEST_TEXT = 40_000


def wrong(blocks: Any) -> list[str]:
    """What is wrong with the blocks of a message; nothing if Slack would take them."""
    if not isinstance(blocks, list):
        return ["blocks: must be a list"]
    found = [f"blocks: {len(blocks)} of at most {MOST_BLOCKS}"] if len(blocks) > MOST_BLOCKS else []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("block_id: must be unique in a message")
    for n, block in enumerate(blocks):
        kind = block.get("type")
        check = _BLOCKS.get(kind)
        problems = list(check(block)) if check else [f"unsupported type {kind}"]
        problems += _length(block.get("block_id", "b"), 1, 255, "block_id")
        found += [f"/blocks/{n}: {problem}" for problem in problems]
    return found


def _length(value: Any, least: int, most: int, name: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{name}: must be a text"]
    if not least <= len(value) <= most:
        return [f"{name}: {len(value)} characters, not {least} to {most}"]
    return []


def _text(found: Any, kinds: tuple[str, ...], most: int, name: str) -> list[str]:
    if not isinstance(found, dict) or found.get("type") not in kinds:
        return [f"{name}: must be an object of {kinds}"]
    allowed = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
    extra = set(found) - allowed[found["type"]]
    return [f"{name}: unknown {sorted(extra)}"] * bool(extra) + _length(
        found.get("text"), 1, most, name
    )


def _section(block: dict[str, Any]) -> Iterator[str]:
    yield from _text(block.get("text"), ("plain_text", "mrkdwn"), 3000, "text")


def _header(block: dict[str, Any]) -> Iterator[str]:
    yield from _text(block.get("text"), ("plain_text",), 150, "text")


def _context(block: dict[str, Any]) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= 10:
        yield "elements: 1 to 10"


def _image(block: dict[str, Any]) -> Iterator[str]:
    yield from _length(block.get("image_url"), 1, 3000, "image_url")
    yield from _length(block.get("alt_text"), 1, 2000, "alt_text")


def _actions(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        yield f"elements: {len(elements)}, not 1 to 25"
    names = [element.get("action_id") for element in elements if element.get("action_id")]
    if len(names) != len(set(names)):
        yield "action_id: must be unique in a block"
    for element in elements:
        check = _ELEMENTS.get(element.get("type"))
        yield from check(element) if check else [f"unsupported element {element.get('type')}"]


def _button(element: dict[str, Any]) -> Iterator[str]:
    yield from _text(element.get("text"), ("plain_text",), 75, "button text")
    yield from _length(element.get("value", "v"), 1, 2000, "value")
    yield from _length(element.get("action_id", "a"), 1, 255, "action_id")
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "style: primary or danger"


def _checkboxes(element: dict[str, Any]) -> Iterator[str]:
    options = element.get("options") or []
    if not 1 <= len(options) <= 10:
        yield f"options: {len(options)}, not 1 to 10"
    values = [option.get("value") for option in options]
    if len(values) != len(set(values)):
        yield "options: a value twice"
    for option in options:
        yield from _text(option.get("text"), ("plain_text", "mrkdwn"), 75, "option text")
        yield from _length(option.get("value"), 1, 150, "option value")


_Check = Callable[[dict[str, Any]], Iterator[str]]
_BLOCKS: dict[Any, _Check] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "image": _image,
    "actions": _actions,
    "divider": lambda _: iter(()),
}
_ELEMENTS: dict[Any, _Check] = {"button": _button, "checkboxes": _checkboxes}
