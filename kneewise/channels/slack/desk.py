"""Where what Slack hands over is taken on, whichever way it came."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kneewise import knowledge, metrics
from kneewise.channels.bursts import DROPPED, TOO_MUCH, Bursts
from kneewise.channels.core import apology
from kneewise.channels.courier import Courier
from kneewise.channels.slack.markup import escaped
from kneewise.channels.slack.reading import Heard, of_command, of_event, of_press
from kneewise.channels.trying import in_any_case
from kneewise.privacy import where
from kneewise.shared import Shared

logger = logging.getLogger(__name__)


class Desk:
    """Takes messages on for a courier; a person who sends too many is told so once."""

    def __init__(self, courier: Courier, shared: Shared | None = None) -> None:
        self._courier = courier
        self._bursts = Bursts("slack", shared)

    async def event(self, body: Mapping[str, Any]) -> None:
        """Take an event on. May be acknowledged when this returns; raises what the store does."""
        if body.get("type") == "app_rate_limited":
            logger.error("events withheld: channel=slack reason=app_rate_limited")
        await self._take(of_event(body))

    async def interaction(self, body: Mapping[str, Any]) -> None:
        """The same for what was pressed."""
        await self._take(of_press(body))

    async def command(self, form: Mapping[str, Any]) -> dict[str, str]:
        """Take a slash command on; what only the person who gave it is shown at once.

        Slack does not give a command twice, so if it could not be stored the person is told.
        """
        try:
            await self._take(of_command(form))
        except Exception as error:  # noqa: BLE001 - whatever failed, the person is told
            logger.error("not taken on: channel=slack error=%s", where(error))
            metrics.channel_error("slack", "not_taken")
            return _ephemeral(apology()["text"])
        return _ephemeral(knowledge.load().phrases["answer_in_private"])

    async def _take(self, heard: Sequence[Heard]) -> None:
        if heard:
            await in_any_case(self._take_in_order(heard))

    async def _take_in_order(self, heard: Sequence[Heard]) -> None:
        async with self._courier.arrivals.lock(heard[0].conversation):
            for one in await self._within_limits(heard):
                await self._courier.accept(one.key, one.conversation, one.address, one.said)

    async def _within_limits(self, heard: Sequence[Heard]) -> Sequence[Heard]:
        """What is let in: all, or once a word that it is too much, or nothing."""
        first = heard[0]
        verdict = await self._bursts.of(first.key, first.person)
        if verdict == TOO_MUCH:
            return [replace(first, key=f"{first.key}:slow", said={"note": "slow_down"})]
        return () if verdict == DROPPED else heard


def _ephemeral(text: str) -> dict[str, str]:
    """An answer that nobody else sees, and that is not kept."""
    return {"response_type": "ephemeral", "text": escaped(text)}
