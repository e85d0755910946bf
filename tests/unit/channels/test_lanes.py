"""Work of one conversation is done in order, that of different ones at the same time."""

from __future__ import annotations

import asyncio

from kneewise.channels.lanes import Lanes, Work


def noting(done: list[str], name: str, seconds: float = 0.0) -> Work:
    """Work that takes a while and then notes its name."""

    async def work() -> None:
        await asyncio.sleep(seconds)
        done.append(name)

    return work


async def failing() -> None:
    raise ValueError("xyzzy")


def test_one_lane_keeps_the_order_whatever_takes_longer() -> None:
    done: list[str] = []

    async def run() -> None:
        lanes = Lanes()
        for number, seconds in enumerate((0.03, 0.0, 0.01)):
            lanes.put("ann", noting(done, str(number), seconds))
        await lanes.idle()

    asyncio.run(run())
    assert done == ["0", "1", "2"]


def test_lanes_do_not_wait_for_each_other() -> None:
    done: list[str] = []

    async def run() -> None:
        lanes = Lanes()
        lanes.put("ann", noting(done, "slow", 0.05))
        lanes.put("bob", noting(done, "fast"))
        await lanes.idle()

    asyncio.run(run())
    assert done == ["fast", "slow"]


def test_what_fails_does_not_stop_what_follows() -> None:
    done: list[str] = []

    async def run() -> None:
        lanes = Lanes()
        lanes.put("ann", failing)
        lanes.put("ann", noting(done, "next"))
        await lanes.idle()
        assert not lanes.busy("ann")

    asyncio.run(run())
    assert done == ["next"]


def test_work_that_is_put_by_work_is_done_too() -> None:
    done: list[str] = []

    async def run() -> None:
        lanes = Lanes()

        async def first() -> None:
            lanes.put("ann", noting(done, "second"))
            done.append("first")

        lanes.put("ann", first)
        await lanes.idle()

    asyncio.run(run())
    assert done == ["first", "second"]
