"""The pictures and documents that go with a bot message on a messenger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from kneewise import pictures
from kneewise.channels.offers import cards_of
from kneewise.channels.wrapping import cut

LONGEST_ALT = 1000
"""Length of the words for who cannot see a file; Slack takes that many, Telegram a few more."""


@dataclass(frozen=True)
class Attachment:
    """A file: its name, its title, the words for who cannot see it, and how it is made.

    `asks`: it belongs to the question of the message, rather than standing for itself.
    """

    filename: str
    title: str
    alt: str
    content: Callable[[], bytes]
    asks: bool = False

    @property
    def is_document(self) -> bool:
        """True for what is read, not looked at."""
        return self.filename.endswith((".pdf", ".csv", ".json"))


def attachments(message: Mapping[str, Any]) -> Iterator[Attachment]:
    """The files for the cards of a message; most cards have none."""
    for card in cards_of(message):
        if (kind := card.get("type", "")) in _FILES:
            yield _FILES[kind](card)


def _kneemap(card: Mapping[str, Any]) -> Attachment:
    hint = str(card.get("hint", ""))
    return replace(_drawing(card, hint, hint), asks=True)


def _exercise(card: Mapping[str, Any]) -> Attachment:
    return _drawing(card, str(card.get("title", "")), str(card.get("alt", "")))


def _drawing(card: Mapping[str, Any], title: str, alt: str) -> Attachment:
    name = PurePath(str(card["drawing"])).stem

    def content() -> bytes:
        return pictures.drawing(name).read_bytes()

    return Attachment(f"{name}.png", title, cut(alt, LONGEST_ALT), content)


def _chart(card: Mapping[str, Any]) -> Attachment:
    alt = cut(str(card.get("alt", "")), LONGEST_ALT)
    return Attachment("pain.png", str(card.get("title", "")), alt, lambda: pictures.chart_png(card))


def _summary(card: Mapping[str, Any]) -> Attachment:
    title = str(card.get("title", ""))
    return Attachment("summary.pdf", title, title, lambda: pictures.summary_pdf(card))


def _file(card: Mapping[str, Any]) -> Attachment:
    name = PurePath(str(card["name"])).name
    return Attachment(name, name, name, lambda: str(card["content"]).encode())


_FILES: Mapping[str, Callable[[Mapping[str, Any]], Attachment]] = {
    "kneemap": _kneemap,
    "exercise": _exercise,
    "chart": _chart,
    "summary": _summary,
    "file": _file,
}
