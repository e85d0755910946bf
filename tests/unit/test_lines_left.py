"""Who is cancelled on the way into the common line of a conversation does not stay in it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from kneewise import locks
from kneewise.locks import COME, GO, LOOK, ConversationLocks
from kneewise.shared import Away

ME = "rest-ann"


class Lines:
    """Stands for Redis: keeps the lines, answers late or not at all."""

    me = "process"
    up = True

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()
        self.lost = 0

    async def run(self, script: str, keys: Sequence[str], ticket: str, *_: Any) -> int:
        line = self.lines[keys[0]]
        if script == GO:
            line[:] = [one for one in line if one != ticket]
        if script == COME:
            line.append(ticket)
            self.asked.set()
            await self.answer.wait()
        if self.lost:
            self.lost -= 1
            raise Away
        return int(line[:1] == [ticket]) if script == LOOK else 0


async def turn(held: ConversationLocks, done: list[str], name: str) -> None:
    async with held.lock(ME):
        done.append(name)


def test_who_leaves_while_asking_for_a_place_holds_nobody_up() -> None:
    async def run() -> None:
        shared, done = Lines(), []
        held = ConversationLocks(shared=shared)  # type: ignore[arg-type]
        leaves = asyncio.create_task(turn(held, done, "leaves"))
        stays = asyncio.create_task(turn(held, done, "stays"))
        await shared.asked.wait()
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
        shared.answer.set()
        await asyncio.wait_for(stays, 20)
        assert done == ["stays"]
        assert not any(shared.lines.values())
        assert held.waiting() == 0

    asyncio.run(run())


def test_a_place_whose_answer_was_lost_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "LEFT_ALONE", 0.001)

    async def run() -> None:
        shared, done = Lines(), []
        shared.answer.set()
        shared.lost = 2  # the place, and that it is given back
        held = ConversationLocks(shared=shared)  # type: ignore[arg-type]
        await turn(held, done, "first")
        assert done == ["first"]
        await asyncio.gather(*held._leaving)
        assert not any(shared.lines.values())
        await asyncio.wait_for(turn(held, done, "second"), 20)

    asyncio.run(run())
