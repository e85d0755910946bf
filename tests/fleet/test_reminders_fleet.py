"""A reminder is told once, whoever looks, whoever dies, and wherever it is kept."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fleet.postgres import Postgres
from fleet.visitor import Visitor
from fleet.whole import Fleet, private_fleet
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ReminderScheduled, SlotSet, UserUttered
from telegram_fake import FakeTelegram, blocked, fake_telegram, settings

from kneewise import reminder_rows
from kneewise.privacy import FORGET
from kneewise.reminding import DUE, INTENT
from kneewise.store import ConversationStore

COACHED = (sys.executable, str(Path(__file__).with_name("coached.py")))
CHATS = range(7_000_000_001, 7_000_000_007)
ICE = "time for ice"
PAST, LATER = 1_700_000_000, 4_000_000_000
REST = 6.0
"""Seconds in which a second one would have come."""


@contextmanager
def coached(folder: Path, **more: str) -> Iterator[tuple[Fleet, FakeTelegram]]:
    """Three processes with a small coach, and Telegram in front of them."""
    with (
        fake_telegram() as fake,
        private_fleet(folder, 3, COACHED, **settings(fake), **more) as fleet,
    ):
        fake.bot_port = fleet.nginx.port
        fake.wait(lambda: fake.webhook, 60, "a webhook")
        yield fleet, fake


def told(fake: FakeTelegram) -> Counter[int]:
    """How often each chat was reminded."""
    return Counter(one.chat for one in fake.sent if one.text == ICE)


def ask_to_be_reminded(fake: FakeTelegram) -> None:
    with ThreadPoolExecutor(len(CHATS)) as together:
        updates = [fake.text(chat, "hi") for chat in CHATS]
        list(together.map(fake.insist, updates))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, FakeTelegram]]:
    with coached(tmp_path_factory.mktemp("reminders"), COACHED_SOON="4", COACHED_SLOW="1") as both:
        yield both


def test_three_processes_tell_it_once(running: tuple[Fleet, FakeTelegram]) -> None:
    fleet, fake = running
    before = told(fake)
    ask_to_be_reminded(fake)
    fake.wait(lambda: len(told(fake) - before) == len(CHATS), 60, "the reminders")
    time.sleep(REST)
    assert set((told(fake) - before).values()) == {1}
    assert fleet.postgres.ask("SELECT COUNT(*) FROM reminders") == [(0,)]


def test_it_is_told_once_after_a_kill_in_the_middle_of_telling(
    running: tuple[Fleet, FakeTelegram],
) -> None:
    fleet, fake = running
    before = told(fake)
    ask_to_be_reminded(fake)
    held = "SELECT COUNT(*) FROM accepted WHERE body LIKE '%\"due\"%'"
    fake.wait(lambda: fleet.postgres.ask(held)[0][0] > 0, 60, "a reminder that is taken on")
    for each in fleet.kneewise:
        each.kill()
    left = fleet.postgres.ask(held)[0][0]
    assert left > 0, "killed too late to prove anything"
    with ThreadPoolExecutor(3) as together:
        list(together.map(type(fleet.kneewise[0]).start, fleet.kneewise))
    fake.wait(lambda: len(told(fake) - before) == len(CHATS), 120, "the reminders")
    time.sleep(REST)
    counts = told(fake) - before
    # Telegram has no way to say that a message was sent before: one may come twice if it was in
    # flight when its sender died.
    assert sorted(counts) == list(CHATS)
    assert max(counts.values()) <= 2
    assert sum(counts.values()) <= len(CHATS) + 3


def test_who_has_blocked_the_bot_has_no_reminders_left(
    running: tuple[Fleet, FakeTelegram],
) -> None:
    fleet, fake = running
    chat = 7_000_000_099
    fake.insist(fake.text(chat, "hi"))
    fake.wait_for(chat, 1)
    fake.insist(fake.text(chat, "hi"))
    fake.wait_for(chat, 2)
    fake.fail("sendMessage", blocked(), when=lambda data: int(data["chat_id"]) == chat, times=9)
    mine = f"SELECT COUNT(*) FROM reminders WHERE conversation = 'telegram-{chat}'"  # noqa: S608
    fake.wait(lambda: fleet.postgres.ask(mine) == [(0,)], 60, "no reminders")
    fake.faults.clear()


def page(visitor: Visitor, port: int, message_id: str) -> list[dict[str, Any]]:
    """The lines that a page gets which asks one of the processes what is due."""
    other = Visitor(port)
    other.token = visitor.token
    with other._posting("message", {"id": message_id, "due": True}) as answer:
        return [json.loads(line) for line in answer]


def test_two_pages_that_ask_two_processes_show_it_once(
    running: tuple[Fleet, FakeTelegram],
) -> None:
    fleet, _ = running
    visitor = fleet.visitor()
    visitor.say("hi")
    ports = [each.port for each in fleet.kneewise]
    early = page(visitor, ports[0], "too-early")
    assert [line["type"] for line in early] == ["end"]
    assert 0 < early[-1]["next"] <= 4
    time.sleep(early[-1]["next"] + 0.5)
    with ThreadPoolExecutor(3) as together:
        asked = together.map(partial(page, visitor), ports, ["page-one", "page-two", "page-six"])
        lines = [line for each in asked for line in each]
    assert [line["text"] for line in lines if line["type"] == "message"] == [ICE]
    assert {line.get("next") for line in lines if line["type"] == "end"} == {None}


# --- in PostgreSQL -------------------------------------------------------------------------------


def said(**more: Any) -> UserUttered:
    metadata = {"id": "1", "address": {"chat": 7}, **more}
    return UserUttered("xyzzy", metadata=metadata, input_channel="telegram")


def remind(name: str, at: float) -> ReminderScheduled:
    return ReminderScheduled(INTENT, datetime.fromtimestamp(at, timezone.utc), name=name)


def test_rows_in_postgresql_are_those_of_sqlite(shared_postgres: Postgres) -> None:
    async def run() -> None:
        store = ConversationStore(Domain.empty(), db=shared_postgres.fresh())
        other = ConversationStore(Domain.empty(), db=store.database.url.render_as_string(False))

        async def turn(*new: Any) -> None:
            tracker = await store.retrieve("telegram-7") or store.init_tracker("telegram-7")
            for event in new:
                tracker.update(event)
            await store.save(tracker)

        due = partial(reminder_rows.due, "telegram")
        await turn(said(), remind("a", PAST), remind("a", PAST + 5.5), remind("b", LATER))
        (mine,), (theirs,) = await store.database.read(due), await other.database.read(due)
        assert mine == theirs
        assert mine.at == PAST + 5
        claims = [
            one.database.write(partial(reminder_rows.claim, mine)) for one in (store, other) * 4
        ]
        assert sum(await asyncio.gather(*claims)) == 1
        assert await store.database.read(due) == []
        now, at = await store.next_reminder("telegram-7")
        assert abs(now - time.time()) < 60
        assert at == PAST + 5
        await turn(said(**{DUE: now}))
        assert (await store.next_reminder("telegram-7"))[1] == LATER
        await turn(said(), SlotSet(FORGET, True))
        assert (await store.next_reminder("telegram-7"))[1] is None
        store.database.close()
        other.database.close()

    asyncio.run(run())
