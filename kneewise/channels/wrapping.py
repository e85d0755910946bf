"""Texts in pieces that a messenger takes, cut where a reader pauses.

Lengths are in UTF-16 units, which is how Telegram counts; of what Slack may count it is the most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?])\s+"),
    re.compile(r"\s+"),
)
"""Where a text is best taken apart: at paragraphs, lines, sentences, words."""
_ENTITY = re.compile(r"&[a-z]{0,4}\Z")
_LONGEST_ENTITY = 5
_ELLIPSIS = "…"


def width(text: str) -> int:
    """The length of a text: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """A text that is no longer than this, with a sign where it was cut."""
    if width(text) <= most:
        return text
    return _start(text, most - 1) + _ELLIPSIS


def pieces(text: str, most: int) -> Iterator[str]:
    """A text in pieces, taken apart where a reader pauses; no words are lost."""
    rest = text.strip()
    while width(rest) > most:
        at = _pause(_start(rest, most))
        yield rest[:at].rstrip()
        rest = rest[at:].lstrip()
    if rest:
        yield rest


def _start(text: str, most: int) -> str:
    """The longest beginning that fits, with whole characters and whole escapes."""
    beginning = text[:most]
    while width(beginning) > most:
        beginning = beginning[: -max(1, (width(beginning) - most) // 2)]
    end = beginning[-_LONGEST_ENTITY:]
    broken = _ENTITY.search(end)
    return beginning[: len(beginning) - len(end) + broken.start()] if broken else beginning


def _pause(beginning: str) -> int:
    """Where to take it apart: at the last pause of the strongest kind in its second half."""
    half = len(beginning) // 2
    for kind in _BREAKS:
        ends = [found.end() for found in kind.finditer(beginning, half)]
        if ends:
            return ends[-1]
    return len(beginning)
