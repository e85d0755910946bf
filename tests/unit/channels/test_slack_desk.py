"""Where messages are taken on: in order, within limits, and a command always gets its receipt."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from kneewise import knowledge
from kneewise.channels.bursts import BURST
from kneewise.channels.slack.desk import Desk
from kneewise.locks import ConversationLocks
from kneewise.wording import said

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "channels"))
from slack_sender import command_form, event_body, mention_event, message_event


class Taking:
    """A courier that only notes what it is given."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.away = False
        self.arrivals = ConversationLocks()

    async def accept(self, key: str, conversation: str, address: Any, said: Any) -> bool:
        await asyncio.sleep(0.001 * (key.endswith("0")))  # a database may be slow at times
        if self.away:
            raise OSError("the database is away")
        if key in [known for known, _ in self.taken]:
            return False
        self.taken.append((key, dict(said)))
        return True

    @property
    def notes(self) -> list[str]:
        return [said["note"] for _, said in self.taken if "note" in said]


def event(number: int, user: str = "U1ANN") -> dict[str, Any]:
    return event_body(message_event(user, f"number {number}", f"1.{number}"))


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


@pytest.fixture
def courier() -> Taking:
    return Taking()


@pytest.fixture
def desk(courier: Taking) -> Desk:
    return Desk(courier)  # type: ignore[arg-type]


def test_a_burst_is_let_in_and_then_told_once_that_it_is_too_much(
    desk: Desk, courier: Taking
) -> None:
    async def work() -> None:
        for number in range(BURST + 20):
            await desk.event(event(number))
        assert courier.notes == ["slow_down"]
        texts = [said["text"] for _, said in courier.taken if "text" in said]
        assert texts == [f"number {n}" for n in range(BURST)]

    run(work)


def test_one_person_does_not_slow_another(desk: Desk, courier: Taking) -> None:
    async def work() -> None:
        for number in range(BURST + 1):
            await desk.event(event(number))
        await desk.event(event(1, "U2BOB"))
        assert courier.taken[-1][1] == {"text": "number 1"}

    run(work)


def test_what_is_repeated_counts_once(desk: Desk, courier: Taking) -> None:
    async def work() -> None:
        courier.away = True
        for _ in range(3):
            for number in range(BURST):
                with pytest.raises(OSError, match="away"):
                    await desk.event(event(number))
        courier.away = False
        for number in range(BURST):
            await desk.event(event(number))
        assert len(courier.taken) == BURST
        assert courier.notes == []

    run(work)


def test_a_mention_counts_once_although_it_is_answered_twice(desk: Desk, courier: Taking) -> None:
    async def work() -> None:
        for number in range(BURST):
            await desk.event(event_body(mention_event("U1ANN", "hello", f"1.{number}")))
        assert len(courier.taken) == 2 * BURST
        assert "slow_down" not in courier.notes

    run(work)


def test_a_command_gets_its_receipt(desk: Desk, courier: Taking) -> None:
    async def work() -> None:
        receipt = knowledge.load().phrases["answer_in_private"]
        assert await desk.command(command_form("U1ANN", "ice?")) == {
            "response_type": "ephemeral",
            "text": receipt,
        }
        assert courier.taken[0][1] == {"text": "ice?"}
        courier.away = True
        sorry = said("utter_failed", topic="fallback")["text"]
        assert (await desk.command(command_form("U1ANN", "ice?")))["text"] == sorry

    run(work)


def test_what_slack_does_not_wait_for_is_taken_on_all_the_same(desk: Desk, courier: Taking) -> None:
    async def work() -> None:
        leaving = asyncio.create_task(desk.event(event(10)))  # one that the database is slow for
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert courier.taken == []
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await desk.event(event(11))
        assert [said["text"] for _, said in courier.taken] == ["number 10", "number 11"]

    run(work)


def test_what_comes_at_once_is_taken_on_in_the_order_in_which_it_came(
    desk: Desk, courier: Taking
) -> None:
    async def work() -> None:
        await asyncio.gather(*(desk.event(event(number)) for number in range(BURST)))
        assert [said["text"] for _, said in courier.taken] == [f"number {n}" for n in range(BURST)]

    run(work)
