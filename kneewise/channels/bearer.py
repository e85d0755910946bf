"""Who may use what is open on this machine only: a request from here, or one with the token."""

from __future__ import annotations

import hmac
import ipaddress

from sanic.request import Request

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Headers of a proxy: what comes through one comes from elsewhere, though the proxy may be here."""


def is_from_here(request: Request) -> bool:
    """True for a request of this machine that came through no proxy."""
    return _is_loopback(request.ip) and not any(h in request.headers for h in _FORWARDED)


def bears(request: Request, token: str) -> bool:
    """True for a request with `Authorization: Bearer <token>`, compared in constant time."""
    # Sanic hands bytes that are not UTF-8 over as lone surrogates.
    received = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(received, f"Bearer {token}".encode())


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
