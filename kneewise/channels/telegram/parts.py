"""A bot message as the calls of the Bot API that show it, within Telegram's limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kneewise import pictures
from kneewise.channels.courier import button_id

LONGEST_MESSAGE, LONGEST_CAPTION = 4096, 1024
"""UTF-16 units, which is how Telegram counts."""
MOST_BUTTONS = 100
BREAKS = ("\n\n", "\n", ". ", "! ", "? ", " ")
"""Where a text is cut, the best first."""
EARLIEST = 2
"""A better cut is taken only if it leaves more than this part (a half) of the room used."""

File = Callable[[], tuple[str, bytes]]


@dataclass(frozen=True)
class Part:
    """One call. `file`: the field of a file and what makes it. `instead`: sent if it is refused."""

    method: str
    data: Mapping[str, str]
    file: tuple[str, File] | None = None
    instead: tuple[Part, ...] = ()


def parts(message: Mapping[str, Any]) -> list[Part]:
    """The calls that show a message: pictures, then the text with its buttons under the last of it.

    A picture never says more than the text, so the text is sent whatever becomes of the picture.
    """
    texts = _texts(message)
    shown = list(_pictures(message))
    if not shown or not texts:
        return [*(alone for alone, _ in shown), *texts]
    last, captioned = shown[-1]
    if captioned and len(texts) == 1 and units(text := texts[0].data["text"]) <= LONGEST_CAPTION:
        data = {**last.data, "caption": text, **_without_text(texts[0])}
        texts = [replace(last, data=data, instead=tuple(texts))]
        shown.pop()
    return [*(alone for alone, _ in shown), *texts]


def _texts(message: Mapping[str, Any]) -> list[Part]:
    """The text in pieces that are not too long, the buttons under the last."""
    pieces = split(message.get("text") or "", LONGEST_MESSAGE)
    quiet = {"link_preview_options": json.dumps({"is_disabled": True})}
    found = [Part("sendMessage", {"text": piece, **quiet}) for piece in pieces]
    keyboard = _keyboard(message.get("buttons") or ())
    if found and keyboard:
        plain = found[-1]
        # Should Telegram refuse the buttons: their words can be written too.
        data = {**plain.data, "reply_markup": keyboard}
        found[-1] = Part(plain.method, data, instead=(plain,))
    return found


def _without_text(part: Part) -> dict[str, str]:
    return {key: part.data[key] for key in ("reply_markup",) if key in part.data}


def _keyboard(buttons: Sequence[Mapping[str, Any]]) -> str | None:
    """The buttons, one a row: side by side a phone shows only the beginning of each."""
    rows = [
        [{"text": title, "callback_data": button_id(button.get("payload") or title)}]
        for button in buttons
        if (title := str(button.get("title") or "").strip())
    ]
    return json.dumps({"inline_keyboard": rows[:MOST_BUTTONS]}) if rows else None


def _pictures(message: Mapping[str, Any]) -> Iterator[tuple[Part, bool]]:
    """The pictures and documents of a message, each with whether the text may be its caption."""
    image = message.get("image")
    if isinstance(image, str) and image:
        link = Part("sendMessage", {"text": image})
        yield Part("sendPhoto", {"photo": image}, instead=(link,)), False
    for card in (message.get("custom") or {}).get("cards", ()):
        make = _CARDS.get(card.get("type", ""))
        if make:
            yield make(card)


def _drawn(card: Mapping[str, Any]) -> tuple[Part, bool]:
    """A drawing. What it shows is said beside it, for whoever cannot see it."""

    def file() -> tuple[str, bytes]:
        path = pictures.drawing(card["drawing"])
        return path.name, path.read_bytes()

    alt = str(card.get("alt") or "")
    return Part("sendPhoto", _captioned(alt), ("photo", file)), not alt


def _chart(card: Mapping[str, Any]) -> tuple[Part, bool]:
    def file() -> tuple[str, bytes]:
        return "chart.png", pictures.chart_png(card)

    return Part("sendPhoto", _captioned(str(card.get("alt") or "")), ("photo", file)), False


def _summary(card: Mapping[str, Any]) -> tuple[Part, bool]:
    def file() -> tuple[str, bytes]:
        return "summary.pdf", pictures.summary_pdf(card)

    return Part("sendDocument", _captioned(str(card.get("title") or "")), ("document", file)), False


_CARDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[Part, bool]]] = {
    "kneemap": _drawn,
    "exercise": _drawn,
    "chart": _chart,
    "summary": _summary,
}
"""The cards that are shown; of all others the text has everything."""


def _captioned(text: str) -> dict[str, str]:
    pieces = split(text, LONGEST_CAPTION)
    return {"caption": pieces[0]} if pieces else {}


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def split(text: str, most: int) -> list[str]:
    """A text in pieces of at most so many units, cut between paragraphs, lines, sentences or words.

    Only blanks at the cuts are lost.
    """
    pieces = []
    rest = text.strip()
    while units(rest) > most:
        end = _cut(rest, _fitting(rest, most))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _fitting(text: str, most: int) -> int:
    """How many characters from the beginning fit into so many units."""
    used = 0
    for number, sign in enumerate(text):
        used += 2 if sign > "\uffff" else 1
        if used > most:
            return number
    return len(text)


def _cut(text: str, room: int) -> int:
    """Where to cut a text that has room for so many characters."""
    for mark in BREAKS:
        # The blank of a break may hang over the edge, for it is not sent.
        found = text.rfind(mark, 0, room + 1)
        end = found + len(mark.rstrip())
        if found > room // EARLIEST and end <= room:
            return end
    return room
