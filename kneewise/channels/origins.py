"""Which web pages may talk to this server, and what a browser must be told of it (CORS)."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from sanic.request import Request

from kneewise.channels.core import Refused, WrongSetting

SETTING = "KNEEWISE_ORIGINS"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?")
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}


def set_origins() -> tuple[str, ...]:
    """The origins of the setting `KNEEWISE_ORIGINS`, besides the server's own page.

    Raises:
        WrongSetting: one is not an exact origin.
    """
    given = os.environ.get(SETTING, "").lower().split(",")
    origins = tuple(dict.fromkeys(origin.strip() for origin in given if origin.strip()))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise WrongSetting(
                f"{SETTING} must list exact origins such as https://club.example, without a path "
                f"and without *, not {origin!r}."
            )
    return origins


def is_origin(text: str) -> bool:
    """True for an exact origin, such as https://club.example."""
    return bool(_ORIGIN.fullmatch(text.lower()))


class Origins:
    """The origins that may talk to this server: its own, and those of the setting."""

    def __init__(self, others: tuple[str, ...] = ()) -> None:
        self.others = others

    def allow(self, request: Request) -> bool:
        """True if a request comes from a page that may talk to this server."""
        origin = request.headers.get("Origin", "").lower()
        if origin in self.others:
            return True
        # A proxy may have ended TLS, so the scheme says nothing; the host is what was asked for.
        host = request.headers.get("Host", "").lower()
        return is_origin(origin) and urlsplit(origin).netloc == host

    def check(self, request: Request, *, needed: bool = False) -> None:
        """Let a request in. One without an origin comes from no page; it can be `needed`.

        Raises:
            Refused: 403, it comes from another page.
        """
        if ("Origin" in request.headers or needed) and not self.allow(request):
            raise Refused(403, "this page may not use the assistant", "forbidden_origin")

    def headers(self, request: Request, *, to_all: bool = False) -> dict[str, str]:
        """What a browser is told, so that the page can read the answer.

        With `to_all` a page that may not talk to this server can read that it may not.
        `Retry-After` is shown to pages of other origins only where it is named.
        """
        told = {"Vary": "Origin"}
        if self.allow(request) or (to_all and is_origin(request.headers.get("Origin", ""))):
            told["Access-Control-Allow-Origin"] = request.headers["Origin"]
            told["Access-Control-Expose-Headers"] = "Retry-After"
        return told
