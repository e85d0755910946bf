"""One line for each conversation, whatever becomes of the processes and of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fleet.redis_server import RedisServer, private_redis

from kneewise import shared as module
from kneewise.channels.core import Refused
from kneewise.channels.limits import Buckets
from kneewise.locks import ConversationLocks
from kneewise.shared import Shared


@asynccontextmanager
async def process(url: str) -> AsyncIterator[tuple[ConversationLocks, Shared]]:
    """What one process has of the locks."""
    shared = Shared(url)
    await shared.begin()
    try:
        yield ConversationLocks(shared=shared), shared
    finally:
        await shared.end()


async def take(locks: ConversationLocks, name: Any, log: list[Any], seconds: float = 0.01) -> None:
    async with locks.lock("web-me"):
        log.append((name, "in"))
        await asyncio.sleep(seconds)
        log.append((name, "out"))


async def something_in(log: list[Any]) -> None:
    """Wait until something is logged."""
    for _ in range(500):
        if log:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing happened")


def one_by_one(log: list[Any]) -> list[Any]:
    """The names in order, when nobody was in while another was."""
    names = [name for name, _ in log[::2]]
    assert log == [(name, what) for name in names for what in ("in", "out")]
    return names


def test_in_one_process_first_come_first_served() -> None:
    async def run() -> None:
        locks, log = ConversationLocks(), []
        await asyncio.gather(*(take(locks, number, log) for number in range(20)))
        assert one_by_one(log) == list(range(20))
        assert locks.waiting() == 0

    asyncio.run(run())


def test_another_conversation_does_not_wait() -> None:
    async def run() -> None:
        locks = ConversationLocks()
        async with locks.lock("web-me"), locks.lock("web-you"):
            pass

    asyncio.run(asyncio.wait_for(run(), 5))


def test_who_holds_it_may_take_it_again_and_a_task_of_his_may_not() -> None:
    async def run() -> None:
        locks, log = ConversationLocks(), []
        async with locks.lock("web-me"), locks.lock("web-me"):
            task = asyncio.create_task(take(locks, "other", log))
            await asyncio.sleep(0.05)
            assert log == []
        await task
        assert one_by_one(log) == ["other"]

    asyncio.run(asyncio.wait_for(run(), 5))


def test_who_gives_up_waiting_holds_nobody_up() -> None:
    async def run() -> None:
        locks, log = ConversationLocks(), []
        async with locks.lock("web-me"):
            impatient = asyncio.create_task(take(locks, "impatient", log))
            patient = asyncio.create_task(take(locks, "patient", log))
            await asyncio.sleep(0.01)
            impatient.cancel()
        await patient
        assert one_by_one(log) == ["patient"]

    asyncio.run(asyncio.wait_for(run(), 5))


def test_in_several_processes_too(shared_redis: RedisServer) -> None:
    async def run() -> None:
        log: list[Any] = []
        async with process(shared_redis.url) as (one, _), process(shared_redis.url) as (two, _):
            tasks = []
            for number in range(20):
                locks = one if number % 3 else two
                tasks.append(asyncio.create_task(take(locks, number, log)))
                await asyncio.sleep(0.003)
            await asyncio.gather(*tasks)
        # Between two processes it is Redis that says who came first.
        names = one_by_one(log)
        assert sorted(names) == list(range(20))
        assert [name for name in names if name % 3] == [n for n in range(20) if n % 3]
        assert [name for name in names if not name % 3] == list(range(0, 20, 3))

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_dead_process_holds_nobody_up_for_long(
    shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIVE", 0.4)
    monkeypatch.setattr(module, "SAYS_SO", 0.1)

    async def run() -> None:
        log: list[Any] = []
        async with process(shared_redis.url) as (living, _):
            dead = Shared(shared_redis.url)
            await dead.begin()
            holding = asyncio.create_task(take(ConversationLocks(shared=dead), "dead", log, 60))
            await something_in(log)
            assert dead._heart is not None
            dead._heart.cancel()  # as if by kill -9: nothing is said and nothing given back
            await take(living, "living", log)
            assert log == [("dead", "in"), ("living", "in"), ("living", "out")]
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            await dead.end()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_process_that_lives_is_waited_for(
    shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIVE", 0.4)
    monkeypatch.setattr(module, "SAYS_SO", 0.1)

    async def run() -> None:
        log: list[Any] = []
        async with process(shared_redis.url) as (one, _), process(shared_redis.url) as (two, _):
            slow = asyncio.create_task(take(one, "slow", log, 1.5))
            await something_in(log)
            await asyncio.gather(slow, take(two, "next", log))
        assert one_by_one(log) == ["slow", "next"]

    asyncio.run(asyncio.wait_for(run(), 30))


def redis_that(
    happens: Callable[[RedisServer], Awaitable[None]], *, away: bool = False
) -> list[Any]:
    """What is logged while two processes take turns and something happens to Redis."""
    log: list[Any] = []

    async def run(server: RedisServer) -> None:
        async with process(server.url) as (one, _), process(server.url) as (two, _):
            await take(one, "before", log)
            holder = asyncio.create_task(take(one, "holder", log, 0.5))
            await asyncio.sleep(0.1)
            await happens(server)
            await asyncio.gather(holder, take(one, "after", log))
            if away:
                await asyncio.to_thread(server.start)
            await asyncio.sleep(module.LEFT_ALONE + 0.5)
            await asyncio.gather(take(one, "one", log), take(two, "two", log))

    with private_redis() as server:
        asyncio.run(asyncio.wait_for(run(server), 60))
    return log


def test_redis_that_lost_everything_finds_the_line_anew() -> None:
    async def restart(server: RedisServer) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)

    names = one_by_one(redis_that(restart))
    assert names[:3] == ["before", "holder", "after"]
    assert sorted(names[3:]) == ["one", "two"]


def test_while_redis_is_away_each_process_keeps_its_own_order() -> None:
    async def stop(server: RedisServer) -> None:
        await asyncio.to_thread(server.stop)

    names = one_by_one(redis_that(stop, away=True))
    assert names[:3] == ["before", "holder", "after"]
    assert sorted(names[3:]) == ["one", "two"]


# --- limits --------------------------------------------------------------------------------------


def test_a_limit_is_one_for_all_processes(shared_redis: RedisServer) -> None:
    async def run() -> None:
        buckets = [Buckets(5, 0.5, name="test") for _ in range(2)]
        async with process(shared_redis.url) as (_, one), process(shared_redis.url) as (_, two):
            for number in range(5):
                await buckets[number % 2].take_shared("me", (one, two)[number % 2])
            for bucket, shared in zip(buckets, (one, two), strict=True):
                with pytest.raises(Refused) as refused:
                    await bucket.take_shared("me", shared)
                assert (refused.value.status, refused.value.wait) == (429, 2)
            await buckets[0].take_shared("you", one)
            assert "me" not in str(await one._redis.keys("*bucket*"))

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_limit_holds_in_each_process_while_redis_is_away() -> None:
    async def run(url: str) -> None:
        bucket, shared = Buckets(2, 0.001, name="test"), Shared(url)
        for _ in range(2):
            await bucket.take_shared("me", shared)
        with pytest.raises(Refused):
            await bucket.take_shared("me", shared)

    with private_redis() as server:
        server.stop()
        asyncio.run(asyncio.wait_for(run(server.url), 30))
