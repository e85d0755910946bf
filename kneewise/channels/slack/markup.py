"""How Slack writes a text: what stands for people and links in it, and which signs are escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKED = re.compile(r"<([^<>]*)>")
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


def read(text: str) -> str:
    """What a person wrote, out of what Slack made of it.

    People and channels that are named are left out, links stand as they were written.
    """
    plain = _MARKED.sub(lambda found: _written(found[1]), text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _written(marked: str) -> str:
    """What was written where now stands <@U1>, <#C1|name>, <!here>, <mailto:a@b|a@b>, <http://x>."""
    target, _, label = marked.partition("|")
    if target.startswith("@"):
        return ""
    if target.startswith(("#", "!")):
        return label
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def escaped(text: str) -> str:
    """A text in which nothing calls people: <!channel> is then only shown."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def width(text: str) -> int:
    """The length of a text in the units that count most: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """An escaped text that is no longer than this, with a sign where it was cut."""
    if width(text) <= most:
        return text
    return _start(text, most - 1) + _ELLIPSIS


def pieces(text: str, most: int) -> Iterator[str]:
    """An escaped text in pieces, taken apart where a reader pauses; no words are lost."""
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
