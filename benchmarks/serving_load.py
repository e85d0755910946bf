"""Talk to a server like runners do: each client has its own conversation, and waits for answers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import numpy as np

TURNS = 10
"""Messages of a conversation; then the client begins another."""
PATIENCE_S = 300
"""How long an answer is waited for."""
HUGE_PATIENCE_S = 120
"""The same where a huge message is sent: stock may never answer again."""
OK = 200


@dataclass(frozen=True)
class Reply:
    """When a message was sent and answered (seconds of the monotonic clock), and how."""

    sent: float
    answered: float
    status: int
    messages: int

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.answered - self.sent

    @property
    def good(self) -> bool:
        """True if something was said."""
        return self.status == OK and self.messages > 0


@dataclass
class Corpus:
    """Texts in an order that never changes; every user takes the next ones."""

    texts: Sequence[str]
    at: int = 0
    senders: Iterator[int] = field(default_factory=itertools.count)

    def next(self) -> str:
        """The next text; after the last comes the first again."""
        self.at += 1
        return self.texts[(self.at - 1) % len(self.texts)]

    def sender(self) -> str:
        """A conversation id that was not there before."""
        return f"bench-{next(self.senders)}"

    def script(self, turns: int) -> Iterator[str]:
        """What somebody says in a conversation of so many turns."""
        return (self.next() for _ in range(turns))


@dataclass
class Tapped(Corpus):
    """Conversations as the widget holds them: pain and a question typed, all else tapped.

    `answers` are what can be tapped for each question, in the order in which they are asked, and
    `topics` the buttons under an answer. Each conversation takes the next of them.
    """

    answers: Sequence[Sequence[str]] = ()
    topics: Sequence[str] = ()
    _held: Iterator[int] = field(default_factory=itertools.count)

    def script(self, turns: int) -> Iterator[str]:
        """Typed, then a tap for each question, a button, and typed again."""
        number = next(self._held)
        taps = [options[number % len(options)] for options in self.answers]
        button = self.topics[number % len(self.topics)]
        typed = (self.next() for _ in range(2))
        said = itertools.chain(itertools.islice(typed, 1), taps, [button], typed)
        return itertools.islice(said, turns)


async def send(session: aiohttp.ClientSession, url: str, sender: str, text: str) -> Reply:
    """One message and its answer; status 0 where the connection failed or nothing came in time."""
    sent = time.monotonic()
    try:
        async with session.post(url, json={"sender": sender, "message": text}) as answer:
            body = await answer.json(content_type=None)
            count = len(body) if isinstance(body, list) else 0
            return Reply(sent, time.monotonic(), answer.status, count)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return Reply(sent, time.monotonic(), 0, 0)


def open_session(patience_s: float = PATIENCE_S) -> aiohttp.ClientSession:
    """A client that holds any number of connections."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=patience_s),
    )


async def converse(url: str, corpus: Corpus, sender: str, turns: int) -> list[Reply]:
    """Say the next texts in one conversation, one after the other."""
    async with open_session() as session:
        return [await send(session, url, sender, text) for text in corpus.script(turns)]


async def talk(url: str, corpus: Corpus, messages: int) -> list[Reply]:
    """One client says so many messages, with a fresh conversation every ten."""
    found: list[Reply] = []
    while len(found) < messages:
        turns = min(TURNS, messages - len(found))
        found += await converse(url, corpus, corpus.sender(), turns)
    return found


async def crowd(url: str, corpus: Corpus, clients: int, seconds: float) -> list[Reply]:
    """So many clients at once, until the time is over; each gets its last answer."""
    end = time.monotonic() + seconds
    async with open_session() as session:

        async def client() -> list[Reply]:
            found: list[Reply] = []
            while time.monotonic() < end:
                sender = corpus.sender()
                for text in corpus.script(TURNS):
                    found.append(await send(session, url, sender, text))
                    if time.monotonic() >= end:
                        break
            return found

        replies = await asyncio.gather(*(client() for _ in range(clients)))
    return [reply for of_client in replies for reply in of_client]


async def burst(url: str, corpus: Corpus, count: int, gap_s: float) -> list[Reply]:
    """So many messages of one conversation without waiting; the replies, as they were sent.

    Args:
        gap_s: between two messages, so that they arrive in this order.
    """
    sender = corpus.sender()
    async with open_session() as session:
        await send(session, url, sender, corpus.next())
        tasks = []
        for _ in range(count):
            tasks.append(asyncio.create_task(send(session, url, sender, corpus.next())))
            await asyncio.sleep(gap_s)
        return list(await asyncio.gather(*tasks))


async def beside(url: str, corpus: Corpus, huge: str, every_s: float) -> tuple[Reply, list[Reply]]:
    """One huge message, and what another user's messages got from before it until after it."""
    async with open_session(HUGE_PATIENCE_S) as session:
        other, others = corpus.sender(), []
        others.append(await send(session, url, other, corpus.next()))
        task = asyncio.create_task(send(session, url, corpus.sender(), huge))
        while not task.done():
            await asyncio.sleep(every_s)
            others.append(await send(session, url, other, corpus.next()))
        others.append(await send(session, url, other, corpus.next()))
        return task.result(), others


def in_order(replies: Sequence[Reply]) -> bool:
    """True if all were answered, and none before one that was sent earlier."""
    times = [reply.answered for reply in replies]
    return all(reply.good for reply in replies) and times == sorted(times)


def milliseconds(replies: Sequence[Reply]) -> dict[str, float]:
    """Median, 95th and 99th percentile of the answers; also of those that failed.

    Raises:
        ValueError: there is no reply.
    """
    if not replies:
        raise ValueError("no message was sent")
    found = np.percentile([1000 * reply.seconds for reply in replies], (50, 95, 99))
    return dict(zip(("p50_ms", "p95_ms", "p99_ms"), map(float, found), strict=True))


def throughput(replies: Sequence[Reply]) -> float:
    """Good answers a second, from the first message sent to the last answer."""
    spent = max(r.answered for r in replies) - min(r.sent for r in replies)
    return sum(reply.good for reply in replies) / spent if spent else 0.0


def silent_percent(replies: Sequence[Reply]) -> float:
    """How many of a hundred messages got no words."""
    return 100 * sum(not reply.good for reply in replies) / len(replies)
