"""A bot message as the calls of the Bot API that show it, within Telegram's limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kneewise.channels.attachments import Attachment, attachments
from kneewise.channels.offers import button_id, buttons_of
from kneewise.channels.wrapping import cut, pieces, width

LONGEST_MESSAGE, LONGEST_CAPTION = 4096, 1024
"""UTF-16 units, which is how Telegram counts."""
MOST_BUTTONS = 100
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
    if captioned and len(texts) == 1 and width(text := texts[0].data["text"]) <= LONGEST_CAPTION:
        data = {**last.data, "caption": text, **_without_text(texts[0])}
        texts = [replace(last, data=data, instead=tuple(texts))]
        shown.pop()
    return [*(alone for alone, _ in shown), *texts]


def _texts(message: Mapping[str, Any]) -> list[Part]:
    """The text in pieces that are not too long, the buttons under the last."""
    texts = pieces(message.get("text") or "", LONGEST_MESSAGE)
    quiet = {"link_preview_options": json.dumps({"is_disabled": True})}
    found = [Part("sendMessage", {"text": piece, **quiet}) for piece in texts]
    keyboard = _keyboard(message)
    if found and keyboard:
        plain = found[-1]
        # Should Telegram refuse the buttons: their words can be written too.
        data = {**plain.data, "reply_markup": keyboard}
        found[-1] = Part(plain.method, data, instead=(plain,))
    return found


def _without_text(part: Part) -> dict[str, str]:
    return {key: part.data[key] for key in ("reply_markup",) if key in part.data}


def _keyboard(message: Mapping[str, Any]) -> str | None:
    """The buttons, one a row: side by side a phone shows only the beginning of each."""
    rows = [
        [{"text": title, "callback_data": button_id(words)}] for title, words in buttons_of(message)
    ]
    return json.dumps({"inline_keyboard": rows[:MOST_BUTTONS]}) if rows else None


def _pictures(message: Mapping[str, Any]) -> Iterator[tuple[Part, bool]]:
    """The pictures and documents of a message, each with whether the text may be its caption."""
    image = message.get("image")
    if isinstance(image, str) and image:
        link = Part("sendMessage", {"text": image})
        yield Part("sendPhoto", {"photo": image}, instead=(link,)), False
    yield from map(_shown, attachments(message))


def _shown(attachment: Attachment) -> tuple[Part, bool]:
    """A file, and whether it is a picture for the question in the text."""

    def file() -> tuple[str, bytes]:
        return attachment.filename, attachment.content()

    if attachment.is_document:
        caption = _captioned(attachment.title)
        return Part("sendDocument", caption, ("document", file)), False
    caption = {} if attachment.asks else _captioned(attachment.alt)
    return Part("sendPhoto", caption, ("photo", file)), attachment.asks


def _captioned(text: str) -> dict[str, str]:
    return {"caption": cut(text, LONGEST_CAPTION)} if text else {}
