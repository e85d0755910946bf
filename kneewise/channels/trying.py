"""What may work later, what never will, and trying again until it works."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Any, TypeVar

from kneewise.privacy import where

LONGEST_WAIT = 60
"""Seconds between two tries, unless the other side names more."""
LONGEST_ASKED = 3600
"""Seconds that the other side may ask for; after more it is tried all the same."""

_begun: set[asyncio.Task[Any]] = set()

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Later(Exception):
    """It could not be done now; `wait` are the seconds that the other side asks for, if it does."""

    def __init__(self, wait: float | None = None) -> None:
        super().__init__("not done yet")
        self.wait = wait


class Impossible(Exception):
    """It will never be done: blocked, gone, or refused."""


class Gone(Impossible):
    """Nothing will ever be done there: whoever it is for has left, or wants no more."""


def pause(tries: int) -> int:
    """Seconds to wait after so many tries in vain."""
    return min(LONGEST_WAIT, 1 << min(tries, 6))


def wait_of(error: Exception, tries: int) -> float:
    """Seconds to wait after a failure: those that the other side asks for, else more each time."""
    asked = error.wait if isinstance(error, Later) else None
    return pause(tries) if asked is None else min(asked, LONGEST_ASKED)


async def in_any_case(work: Coroutine[Any, Any, Result]) -> Result:
    """What some work gives, which is done to its end even if whoever asked for it leaves.

    Sanic cancels a handler when the connection is closed; what is under way in a thread then is
    done all the same, and what was to follow it must be too.
    """
    task = asyncio.create_task(work)
    _begun.add(task)  # asyncio itself holds a task only weakly
    task.add_done_callback(_begun.discard)
    return await asyncio.shield(task)


async def until_done(
    name: str,
    work: Callable[[], Any],
    *,
    most: float = math.inf,
    endless: tuple[type[Exception], ...] = (),
    reason: Callable[[Exception], str] = where,
) -> Any:
    """What some work gives, which is tried again and again until it does.

    Args:
        name: what the work is, for the log.
        work: a function, plain or asynchronous.
        most: tries after which it is given up.
        endless: failures that do not count: what lacks then comes back some day.
        reason: what the log may say of an error.

    Returns: None if it was given up.
    """
    tries = counted = 0
    while counted < most:
        try:
            given = work()
            return await given if isawaitable(given) else given
        except Exception as error:  # noqa: BLE001, PERF203 - whatever failed, it is tried again
            logger.error("%s failed, to be tried again: error=%s", name, reason(error))
            await asyncio.sleep(wait_of(error, tries))
            tries += 1
            counted += not isinstance(error, endless)
    return None
