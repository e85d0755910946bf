"""How Slack writes a text: what stands for people and links in it, and which signs are escaped."""

from __future__ import annotations

import re

_MARKED = re.compile(r"<([^<>]*)>")


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
