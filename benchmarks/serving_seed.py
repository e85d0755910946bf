"""Give a stock server a conversation of many turns over its own API: real turns, said again."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from benchmarks.serving_load import OK, TURNS, Corpus, converse, open_session

Event = Mapping[str, Any]


def repeated(events: Sequence[Event], turns: int, now: float) -> list[dict[str, Any]]:
    """A conversation of so many turns, made of those of a shorter one, one second apart.

    What comes before the first message, the start of the session, stays once at the beginning.

    Raises:
        ValueError: nobody said anything in the shorter one.
    """
    starts = [at for at, event in enumerate(events) if event["event"] == "user"]
    if not starts:
        raise ValueError("a conversation without a message cannot be repeated")
    ends = [*starts[1:], len(events)]
    blocks = [events[a:b] for a, b in zip(starts, ends, strict=True)]
    found = [{**event, "timestamp": now - turns - 1} for event in events[: starts[0]]]
    for number, block in enumerate(itertools.islice(itertools.cycle(blocks), turns)):
        at = now - turns + number
        found += [{**e, "timestamp": at + place / 100} for place, e in enumerate(block)]
    return found


def seed(port: int, sender: str, turns: int, corpus: Corpus) -> None:
    """Put so many turns into the store of a server that was started with `--enable-api`.

    Raises:
        RuntimeError: the server did not take them.
    """
    asyncio.run(_seed(f"http://127.0.0.1:{port}", sender, turns, corpus))


async def _seed(base: str, sender: str, turns: int, corpus: Corpus) -> None:
    model = corpus.sender()
    await converse(f"{base}/webhooks/rest/webhook", corpus, model, min(turns, TURNS))
    async with open_session() as session:
        events = (await _tracker(session, f"{base}/conversations/{model}"))["events"]
        made = repeated(events, turns, time.time())
        url = f"{base}/conversations/{sender}/tracker/events"
        async with session.put(url, json=made, params={"include_events": "NONE"}) as answer:
            if answer.status != OK:
                raise RuntimeError(f"the server took no events: {await answer.text()}")


async def _tracker(session: aiohttp.ClientSession, conversation: str) -> dict[str, Any]:
    async with session.get(f"{conversation}/tracker", params={"include_events": "ALL"}) as answer:
        found: dict[str, Any] = await answer.json()
        return found
