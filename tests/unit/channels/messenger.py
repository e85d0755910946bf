"""A messenger for the tests of the courier."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from kneewise.channels.post import Parcel

HERE = {"chat": 7}


class Messenger:
    """One whose every delivery can be made to fail."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.got: list[str] = []
        self.typing = 0
        self.slow = 0.0

    async def deliver(self, parcel: Parcel) -> None:
        assert parcel.address == HERE
        await asyncio.sleep(self.slow)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.got.append(parcel.message["text"])

    async def working(self, address: Mapping[str, Any]) -> None:
        self.typing += 1
