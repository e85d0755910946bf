"""How long conversations are kept: erased for good once nothing was said for so many days."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any

from kneewise.channels.core import WrongSetting
from kneewise.channels.post import erase_post_older_than
from kneewise.privacy import where

SETTING = "KNEEWISE_RETENTION_DAYS"
DEFAULT_DAYS = 90
"""Long enough for the six weeks after which a knee should have been seen, and a look back."""
LONGEST_DAYS = 3650
EVERY = 3600
"""Seconds between two looks."""
A_DAY = 24 * 3600

logger = logging.getLogger(__name__)


def days_kept() -> int:
    """The days of the setting.

    Raises:
        WrongSetting: it is no whole number of days from 1 to 3650.
    """
    given = os.environ.get(SETTING) or str(DEFAULT_DAYS)
    if not (given.isascii() and given.isdigit()) or not 0 < int(given) <= LONGEST_DAYS:
        raise WrongSetting(
            f"{SETTING} must be a number of days from 1 to {LONGEST_DAYS}, not {given!r}."
        )
    return int(given)


async def keep_erasing(store: Any, days: int) -> None:
    """Erase what is too old, now and every hour, for as long as the server runs."""
    while True:
        try:
            before = time.time() - days * A_DAY
            erased = await store.erase_older_than(before)
            await erase_post_older_than(store, before)
            if erased:
                logger.info("erased: conversations=%s", erased)
        except Exception as error:  # noqa: BLE001 - it is tried again in an hour
            logger.error("old conversations not erased: error=%s", where(error))
        await asyncio.sleep(EVERY)
