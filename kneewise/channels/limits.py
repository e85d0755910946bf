"""How much one visitor and one address may ask for."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NoReturn

from sanic.request import Request

from kneewise.channels.core import Refused
from kneewise.privacy import hashed
from kneewise.shared import Away, Shared

MOST_KEYS = 20_000
_SUBNET = 64
"""Bits of an IPv6 address that one household or machine has for itself."""

TAKE = """
local size, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'since')
local left, since = tonumber(kept[1]) or size, tonumber(kept[2]) or now
left = math.min(size, left + math.max(0, now - since) * rate)
local wait = 0
if left >= 1 then left = left - 1 else wait = (1 - left) / rate end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'since', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(size / rate * 1000) + 1000)
return tostring(wait)
"""
"""The same bucket in Redis, by its clock: 0, or the seconds until there is a token again."""


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
        name: str = "",
    ) -> None:
        self._name = name
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
            _refuse((1 - left) / self._rate)

    async def take_shared(self, key: str, shared: Shared | None) -> None:
        """The same for all processes together; of this one alone while Redis is away.

        Raises:
            Refused: 429.
        """
        if shared is None:
            self.take(key)
            return
        # No address and no person's id is written to Redis.
        bucket = f"bucket:{self._name}:{hashed(key)}"
        try:
            wait = float(await shared.run(TAKE, [bucket], self._size, self._rate))
        except Away:
            self.take(key)
            return
        if wait > 0:
            _refuse(wait)


def _refuse(seconds: float) -> NoReturn:
    wait = max(1, math.ceil(seconds))
    raise Refused(429, f"too many requests, wait {wait} s", "too_many", wait)


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
