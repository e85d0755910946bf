"""Posts bot messages to Slack: each once, its words first, its pictures if that works too."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from kneewise import metrics
from kneewise.channels.attachments import Attachment, attachments
from kneewise.channels.post import Parcel
from kneewise.channels.slack.blocks import plain_posts, posts
from kneewise.channels.slack.failures import OF_BLOCKS, code_of, failure, is_open
from kneewise.channels.trying import Impossible, Later
from kneewise.privacy import where

LOOKED_AT = 30
"""How many of the latest posts are looked at for one that may have arrived."""
KEPT = 2000
PATIENCE = 30
"""Seconds for a picture; the next words do not wait longer for it."""

logger = logging.getLogger(__name__)


@dataclass
class _Trail:
    """How far a message was posted. A mark in each post tells it from all others."""

    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    posted: int = 0
    open: bool = False
    """True while the latest post may have arrived without our hearing of it."""
    plain: bool = False


class SlackCarrier:
    """What the courier needs of Slack."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._opened: OrderedDict[str, str] = OrderedDict()
        self._trails: OrderedDict[int, _Trail] = OrderedDict()

    async def working(self, address: Mapping[str, Any]) -> None:
        """Nothing: Slack has no sign of a bot that writes."""

    async def deliver(self, parcel: Parcel) -> None:
        """Post a bot message.

        A message that comes again is one whose delivery failed; what was posted of it stays.

        Raises:
            Later: it could not be posted now.
            Impossible: Slack will never take it; with Slack's short name of the reason.
        """
        address, message = parcel.address, parcel.message
        trail: _Trail = _kept(self._trails, parcel.id, _Trail())
        try:
            channel = await self._channel(address)
            await self._post_all(channel, address.get("thread_ts"), message, trail)
        except Exception as error:
            found = failure(error)
            if isinstance(found, Impossible):
                self._trails.pop(parcel.id, None)
            if found is error:
                raise
            raise found from error
        self._trails.pop(parcel.id, None)
        await self._attach(channel, address.get("thread_ts"), message)

    async def _channel(self, address: Mapping[str, Any]) -> str:
        """The channel of an address; that of a person is opened first."""
        if "channel" in address:
            return str(address["channel"])
        user = str(address["user"])
        if user not in self._opened:
            answer = await self._client.conversations_open(users=user)
            _kept(self._opened, user, str(answer["channel"]["id"]))
        return self._opened[user]

    async def _post_all(
        self, channel: str, thread: str | None, message: Mapping[str, Any], trail: _Trail
    ) -> None:
        try:
            await self._post_rest(channel, thread, message, trail)
        except SlackApiError as error:
            if trail.plain or code_of(error) not in OF_BLOCKS:
                raise
            # The words matter more than their form.
            logger.error("blocks refused: channel=slack error=%s", code_of(error))
            trail.plain, trail.posted = True, 0
            await self._post_rest(channel, thread, message, trail)

    async def _post_rest(
        self, channel: str, thread: str | None, message: Mapping[str, Any], trail: _Trail
    ) -> None:
        wanted = plain_posts(message) if trail.plain else posts(message)
        for n, post in enumerate(wanted):
            if n < trail.posted:
                continue
            mark = f"{trail.mark}-{n}"
            if not (trail.open and await self._arrived(channel, thread, mark)):
                await self._post(channel, thread, _marked(post, mark), trail)
            trail.open, trail.posted = False, n + 1

    async def _post(
        self, channel: str, thread: str | None, post: Mapping[str, Any], trail: _Trail
    ) -> None:
        try:
            await self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                **post,
            )
        except Exception as error:
            trail.open = is_open(error)
            raise

    async def _arrived(self, channel: str, thread: str | None, mark: str) -> bool:
        """True if a post with this mark is there. Where that cannot be read, it is posted again."""
        try:
            if thread:
                found = await self._client.conversations_replies(
                    channel=channel, ts=thread, limit=LOOKED_AT
                )
            else:
                found = await self._client.conversations_history(channel=channel, limit=LOOKED_AT)
        except SlackApiError as error:
            if isinstance(failure(error), Later):
                raise
            return False
        return any(
            block.get("block_id") == mark
            for message in found.get("messages") or ()
            for block in message.get("blocks") or ()
        )

    async def _attach(self, channel: str, thread: str | None, message: Mapping[str, Any]) -> None:
        """Upload the files of a message that was posted; without them it still says all."""
        for file in attachments(message):
            try:
                await self._upload(channel, thread, file)
            except Exception as error:  # noqa: BLE001, PERF203 - no picture is worth a message
                logger.warning("picture not sent: channel=slack error=%s", where(error))
                metrics.channel_error("slack", "picture")

    async def _upload(self, channel: str, thread: str | None, file: Attachment) -> None:
        upload = self._client.files_upload_v2(
            filename=file.filename,
            title=file.title,
            alt_txt=file.alt,
            content=await asyncio.to_thread(file.content),
            channel=channel,
            thread_ts=thread,
        )
        await asyncio.wait_for(upload, PATIENCE)


def _marked(post: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The post with its mark, which nobody sees. Without blocks there is no place for one."""
    if "blocks" not in post:
        return dict(post)
    first, *rest = post["blocks"]
    return {**post, "blocks": [{**first, "block_id": mark}, *rest]}


def _kept(where_to: OrderedDict[Any, Any], key: Any, value: Any) -> Any:
    """The value under a key, which is now the newest; the oldest of too many is dropped."""
    found = where_to.setdefault(key, value)
    where_to.move_to_end(key)
    while len(where_to) > KEPT:
        where_to.popitem(last=False)
    return found
