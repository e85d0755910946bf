"""How much one visitor and one address may ask for."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from sanic.request import Request

from kneewise.channels.core import Refused

MOST_KEYS = 20_000
_SUBNET = 64
"""Bits of an IPv6 address that one household or machine has for itself."""


class Buckets:
    """A bucket of tokens for each key: full at first, refilled by and by, one taken each time.

    Memory is bounded: of more than `most` keys, those not seen for longest start anew, which gives
    them no more than a full bucket.
    """

    def __init__(
        self,
        size: int,
        per_second: float,
        most: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = size
        self._rate = per_second
        self._most = most
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one token of a key.

        Raises:
            Refused: 429, there is none; with the seconds until there is.
        """
        now = self._clock()
        left, since = self._left.pop(key, (float(self._size), now))
        left = min(self._size, left + (now - since) * self._rate)
        enough = left >= 1
        self._left[key] = (left - 1 if enough else left, now)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        if not enough:
            wait = math.ceil((1 - left) / self._rate)
            raise Refused(429, f"too many requests, wait {wait} s", "too_many", max(1, wait))


def address(request: Request) -> str:
    """Where a request comes from, as far as it can be known.

    What a proxy says counts only if Sanic is told of the proxy (`SANIC_PROXIES_COUNT`); else
    anybody could name any address.
    """
    given: str = request.remote_addr or request.ip
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return given
    if found.version == 4:  # noqa: PLR2004 - the version of the protocol
        return given
    return str(ipaddress.ip_network((found, _SUBNET), strict=False))
