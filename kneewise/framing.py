"""Where the body of a request ends. What says it in two ways, or in none, is refused.

Sanic takes any number that Python can read: of a negative one the end never comes, however much is
sent, and at no number at all it says that the server failed.
"""

from __future__ import annotations

from sanic import Sanic
from sanic.exceptions import InvalidUsage
from sanic.request import Request

LENGTH, ENCODING = "content-length", "transfer-encoding"
LONGEST = 15
"""Digits of a length."""


def add_framing(app: Sanic) -> None:
    """Look at every request before its body is read."""
    app.add_signal(_checked, "http.lifecycle.request")


async def _checked(request: Request, **_: object) -> None:
    """Refuse a request without a clear end.

    Raises:
        InvalidUsage: 400.
    """
    lengths = request.headers.getall(LENGTH, [])
    encodings = request.headers.getall(ENCODING, [])
    one = len(lengths) + len(encodings) <= 1
    if not (one and all(map(_is_length, lengths)) and encodings in ([], ["chunked"])):
        raise InvalidUsage("the length of the body is not clear")


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST
