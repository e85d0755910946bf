"""A courier takes a reminder on once, in order with what is said, and delivers it like answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from messenger import HERE, Messenger
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, ReminderCancelled, ReminderScheduled, UserUttered

from kneewise import reminding
from kneewise.channels import trying
from kneewise.channels.courier import Courier
from kneewise.channels.trying import Gone, Impossible, Later
from kneewise.reminding import DUE, INTENT
from kneewise.store import ConversationStore

ME = "telegram-7"
PAST, LATER = 1_700_000_000, 4_000_000_000


class Coach:
    """Sets a reminder when asked to, and tells what is due; one that is `daily` moves on."""

    def __init__(self, store: ConversationStore, *, daily: bool = False) -> None:
        self.store = store
        self.daily = daily
        self.heard: list[str] = []
        self.fails = 0
        self.dies = False

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message.text)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("xyzzy")
        tracker = await self.store.retrieve(message.sender_id)
        tracker = tracker or self.store.init_tracker(message.sender_id)
        tracker.update(
            UserUttered(message.text, metadata=message.metadata, input_channel="telegram")
        )
        due = DUE in message.metadata
        answer = "take it off" if due else f"echo {message.text}"
        if message.text.startswith("remind"):
            at = LATER if "later" in message.text else PAST
            when = datetime.fromtimestamp(at, timezone.utc)
            tracker.update(ReminderScheduled(INTENT, when, name="ice"))
        if message.text == "cancel":
            tracker.update(ReminderCancelled("ice", INTENT))
        if due and self.daily:
            when = datetime.fromtimestamp(LATER, timezone.utc)
            tracker.update(ReminderScheduled(INTENT, when, name="ice"))
        tracker.update(BotUttered(answer, metadata={"topic": "ice"}))
        await message.output_channel.send_response(message.sender_id, {"text": answer})
        await self.store.save(tracker)
        if self.dies:
            raise KeyboardInterrupt


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    yield made
    made.database.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "pause", lambda _tries: 0)
    monkeypatch.setattr(reminding, "LOOKED_EVERY", 0.02)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(work(), 30)

    asyncio.run(main())


def reminders(store: ConversationStore) -> list[tuple[Any, ...]]:
    with store.database.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT name, at FROM reminders"))
        return [tuple(row) for row in found]


def left(store: ConversationStore) -> int:
    """Messages that are not answered, and answers that are not delivered."""
    with store.database.engine.connect() as connection:
        asked = "SELECT (SELECT COUNT(*) FROM accepted WHERE body IS NOT NULL) + COUNT(*) FROM due"
        return int(connection.execute(sa.text(asked)).scalar_one())


async def say(courier: Courier, key: str, words: str) -> None:
    await courier.accept(key, ME, HERE, {"text": words})


async def seen(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it is in a database, or a list of a stand-in
        await asyncio.sleep(0.01)


def test_a_reminder_is_told_once_however_many_couriers_look(store: ConversationStore) -> None:
    messenger, coach = Messenger(), Coach(store)

    async def work() -> None:
        couriers = [Courier("telegram", messenger, coach, store) for _ in range(3)]
        for courier in couriers:
            await courier.start()
        await say(couriers[0], "1", "remind me")
        await seen(lambda: len(messenger.got) == 2)
        await asyncio.sleep(0.3)
        for courier in couriers:
            await courier.idle()

    run(work)
    assert messenger.got == ["echo remind me", "take it off"]
    assert reminders(store) == []
    assert left(store) == 0


def test_one_that_comes_again_is_moved_by_its_own_turn(store: ConversationStore) -> None:
    messenger, coach = Messenger(), Coach(store, daily=True)

    async def work() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await courier.start()
        await say(courier, "1", "remind me")
        await seen(lambda: len(messenger.got) == 2)
        await asyncio.sleep(0.1)
        await courier.idle()

    run(work)
    assert reminders(store) == [("ice", LATER)]
    assert coach.heard == ["remind me", "EXTERNAL: reminder_due"]


@pytest.mark.parametrize("meanwhile", ["cancel", "remind me later"])
def test_what_was_taken_back_meanwhile_is_not_told(
    meanwhile: str, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, coach = Messenger(), Coach(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await say(courier, "1", "remind me")
        await courier.idle()
        # The reminder becomes a letter after the words, and is read after them.
        (one,) = await store.database.read(lambda c: reminding.reminder_rows.due("telegram", c))
        await say(courier, "2", meanwhile)
        await courier._remind(one)
        await courier.idle()

    run(work)
    assert messenger.got == ["echo remind me", f"echo {meanwhile}"]
    assert left(store) == 0
    assert reminders(store) == ([] if meanwhile == "cancel" else [("ice", LATER)])


def test_a_turn_that_fails_says_nothing_and_the_reminder_stays(store: ConversationStore) -> None:
    messenger, coach = Messenger(), Coach(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await say(courier, "1", "remind me")
        await courier.idle()
        coach.fails = 1
        await courier.start()
        await seen(lambda: len(coach.heard) == 2)
        await asyncio.sleep(0.2)
        await courier.idle()

    run(work)
    assert messenger.got == ["echo remind me"]
    assert coach.heard == ["remind me", "EXTERNAL: reminder_due"], "not tried without a pause"
    assert reminders(store) == [("ice", PAST)]
    assert left(store) == 0


def test_a_reminder_is_delivered_again_until_it_is_taken(store: ConversationStore) -> None:
    messenger, coach = Messenger(None, Later(0), RuntimeError("xyzzy"), Later(0)), Coach(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await courier.start()
        await say(courier, "1", "remind me")
        await seen(lambda: len(messenger.got) == 2)
        await courier.idle()

    run(work)
    assert messenger.got == ["echo remind me", "take it off"]


@pytest.mark.parametrize(
    ("failure", "stay"),
    [(Gone("BotBlocked"), []), (Impossible("bad"), [("ice", LATER)])],
    ids=["who has left is reminded no more", "a message that is refused leaves the reminders"],
)
def test_what_a_failed_delivery_does_to_the_reminders(
    failure: Exception, stay: list[tuple[str, int]], store: ConversationStore
) -> None:
    messenger, coach = Messenger(None, failure), Coach(store, daily=True)

    async def work() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await courier.start()
        await say(courier, "1", "remind me")
        await seen(lambda: len(coach.heard) == 2)
        await seen(lambda: left(store) == 0)
        await courier.idle()

    run(work)
    assert reminders(store) == stay
    assert messenger.got == ["echo remind me"]


def test_a_reminder_that_was_taken_on_is_told_after_a_crash_and_only_once(
    store: ConversationStore,
) -> None:
    messenger, coach = Messenger(), Coach(store)

    async def crash() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await say(courier, "1", "remind me")
        await courier.idle()
        (one,) = await store.database.read(lambda c: reminding.reminder_rows.due("telegram", c))
        courier._take = lambda *_, **__: None  # type: ignore[method-assign]
        await courier._remind(one)  # the process ends before it is answered

    async def again() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await courier.start()
        await seen(lambda: len(messenger.got) == 2)
        await asyncio.sleep(0.1)
        await courier.idle()

    run(crash)
    assert left(store) == 1
    run(again)
    assert messenger.got == ["echo remind me", "take it off"]
    assert left(store) == 0


def test_a_reminder_that_was_answered_is_delivered_after_a_crash_and_not_made_again(
    store: ConversationStore,
) -> None:
    messenger, coach = Messenger(), Coach(store)

    async def crash() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await say(courier, "1", "remind me")
        await courier.idle()
        (one,) = await store.database.read(lambda c: reminding.reminder_rows.due("telegram", c))
        courier._take = lambda *_, **__: None  # type: ignore[method-assign]
        await courier._remind(one)
        letter = await courier._office.first_for(ME)
        await courier._answerer.answers(letter)  # stored, and then the process ends

    async def again() -> None:
        courier = Courier("telegram", messenger, coach, store)
        await courier.start()
        await seen(lambda: len(messenger.got) == 2)
        await courier.idle()

    run(crash)
    run(again)
    assert messenger.got == ["echo remind me", "take it off"]
    assert coach.heard.count("EXTERNAL: reminder_due") == 1
