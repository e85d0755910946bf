"""Reminders are rows of a conversation: written with its turns, claimed once, erased with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    SlotSet,
    UserUttered,
)

from kneewise import reminder_rows, reminding, watching
from kneewise.channels import trying
from kneewise.privacy import FORGET
from kneewise.reminder_rows import CLAIMED, Due
from kneewise.reminding import DUE, INTENT
from kneewise.rows import Conflict
from kneewise.store import ConversationStore
from kneewise.tables import reminders

ME = "telegram-7"
PAST, LATER = 1_700_000_000, 4_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    yield made
    made.database.close()


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await work()

    return asyncio.run(main())


def said(address: Any = None, **more: Any) -> UserUttered:
    """Somebody's words, from a messenger unless there is no address."""
    metadata = {"id": "1", "address": {"chat": 7} if address is None else address, **more}
    return UserUttered("xyzzy", metadata=metadata, input_channel="telegram")


def remind(name: str, at: float, intent: str = INTENT) -> ReminderScheduled:
    when = datetime.fromtimestamp(at, timezone.utc)
    return ReminderScheduled(intent, when, name=name, kill_on_user_message=False)


async def turn(store: ConversationStore, *events: Event, sender: str = ME) -> None:
    tracker = await store.retrieve(sender) or store.init_tracker(sender)
    for event in events:
        tracker.update(event)
    await store.save(tracker)


def rows(store: ConversationStore) -> list[tuple[Any, ...]]:
    with store.database.engine.connect() as connection:
        wanted = "SELECT conversation, name, at, channel, address FROM reminders ORDER BY name"
        return [tuple(row) for row in connection.execute(sa.text(wanted))]


def looked(store: ConversationStore) -> list[Due]:
    return run(lambda: store.database.read(partial(reminder_rows.due, "telegram")))


def test_a_reminder_is_kept_moved_and_taken_away_with_its_turn(store: ConversationStore) -> None:
    run(lambda: turn(store, said(), remind("a", LATER), remind("b", LATER + 5.9)))
    mine = ("telegram", '{"chat": 7}')
    assert rows(store) == [(ME, "a", LATER, *mine), (ME, "b", LATER + 5, *mine)]
    run(lambda: turn(store, said(), remind("a", LATER + 60), ReminderCancelled("b", INTENT)))
    assert rows(store) == [(ME, "a", LATER + 60, *mine)]
    run(lambda: turn(store, said(), ReminderCancelled()))
    assert rows(store) == []


def test_a_turn_that_is_not_stored_reminds_of_nothing(store: ConversationStore) -> None:
    async def overtaken() -> None:
        await turn(store, said())
        mine = await store.retrieve(ME)
        store.live.clear()
        await turn(store, said())
        mine.update(said())
        mine.update(remind("a", LATER))
        with pytest.raises(Conflict):
            await store.save(mine)

    run(overtaken)
    assert rows(store) == []


def test_what_has_no_address_or_another_intent_is_not_kept(store: ConversationStore) -> None:
    nowhere = UserUttered("xyzzy", metadata={}, input_channel="rest")
    run(lambda: turn(store, nowhere, remind("a", LATER)))
    run(lambda: turn(store, said(), remind("b", LATER, intent="greet")))
    assert rows(store) == []


def test_forget_me_and_retention_take_them_away(store: ConversationStore) -> None:
    run(lambda: turn(store, said(), remind("a", LATER)))
    run(lambda: turn(store, said(), remind("b", LATER), sender="telegram-8"))
    run(lambda: turn(store, said(), SlotSet(FORGET, True)))
    assert [row[0] for row in rows(store)] == ["telegram-8"]
    assert run(lambda: store.erase_older_than(time.time() + 60)) == 1
    assert rows(store) == []


def test_what_is_due_is_found_and_claimed_by_one(store: ConversationStore) -> None:
    run(lambda: turn(store, said(), remind("a", PAST), remind("b", LATER)))
    (found,) = looked(store)
    assert (found.name, found.at, found.address) == ("a", PAST, {"chat": 7})
    claim = partial(reminder_rows.claim, found)
    assert [run(lambda: store.database.write(claim)) for _ in range(3)] == [True, False, False]
    assert looked(store) == []


def test_what_was_claimed_and_not_told_comes_again_as_another_message(
    store: ConversationStore,
) -> None:
    run(lambda: turn(store, said(), remind("a", PAST)))
    (found,) = looked(store)
    run(lambda: store.database.write(partial(reminder_rows.claim, found)))
    earlier = sa.update(reminders).values(claimed=reminders.c.claimed - CLAIMED - 1)
    run(lambda: store.database.write(lambda connection: connection.execute(earlier)))
    (again,) = looked(store)
    assert again.key != found.key
    assert found.key.startswith(f"reminder:{ME}:a:")


def test_a_claim_on_what_was_moved_is_refused(store: ConversationStore) -> None:
    run(lambda: turn(store, said(), remind("a", PAST)))
    (found,) = looked(store)
    run(lambda: turn(store, said(), remind("a", PAST + 1)))
    assert run(lambda: store.database.write(partial(reminder_rows.claim, found))) is False


def due_turn(at: float = PAST + 1) -> UserUttered:
    return said(**{DUE: at, "is_external": True})


def test_the_turn_of_a_reminder_settles_what_was_due(store: ConversationStore) -> None:
    run(lambda: turn(store, said(), remind("a", PAST), remind("b", PAST), remind("c", LATER)))
    run(lambda: turn(store, due_turn(), remind("b", LATER)))
    assert [(row[1], row[2]) for row in rows(store)] == [("b", LATER), ("c", LATER)]


def test_the_turn_of_a_reminder_that_failed_settles_nothing(store: ConversationStore) -> None:
    async def failing() -> None:
        await turn(store, said(), remind("a", PAST))
        with watching.turn("telegram", ME, reminder=True):
            watching.failed()
            await turn(store, due_turn())

    run(failing)
    assert [row[1] for row in rows(store)] == ["a"]


def test_reminders_alone_do_not_keep_a_conversation(store: ConversationStore) -> None:
    async def reminded() -> float:
        first = said()
        first.timestamp = PAST
        await turn(store, first, ActionExecuted("action_listen", timestamp=PAST))
        await turn(store, due_turn(), ActionExecuted("action_listen"))
        await turn(store, due_turn(), ActionExecuted("action_listen"))
        assert (await store.retrieve(ME)).said == PAST
        return await store.erase_older_than(PAST + 1)

    assert run(reminded) == 1


def test_who_asks_learns_when_the_next_is(store: ConversationStore) -> None:
    async def asked() -> None:
        page = said({})
        await turn(store, page, remind("a", LATER), sender="web-1")
        assert store.rescheduled("web-1")
        assert not store.rescheduled("web-1")
        now, at = await store.next_reminder("web-1")
        assert abs(now - time.time()) < 5
        assert at == LATER
        assert (await store.next_reminder("web-2"))[1] is None
        await turn(store, said({}), sender="web-1")
        assert not store.rescheduled("web-1")
        await turn(store, said(), remind("a", LATER))
        assert not store.rescheduled(ME)

    run(asked)


def test_the_message_of_a_reminder_comes_understood() -> None:
    made = reminding.message(None, ME, "telegram", {"id": "k", DUE: 5.0})
    assert made.text == "EXTERNAL: reminder_due"
    assert made.parse_data["intent"]["name"] == INTENT
    assert made.metadata == {"is_external": True, "id": "k", DUE: 5.0}


def test_a_watcher_goes_on_when_the_database_is_back(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "LOOKED_EVERY", 0.01)
    monkeypatch.setattr(trying, "pause", lambda _tries: 0)
    told: asyncio.Queue[str] = asyncio.Queue()
    away = [True, True, False]
    read = store.database.read

    async def sometimes(work: Any) -> Any:
        if away and away.pop(0):
            raise OSError("away")
        return await read(work)

    async def tell(one: Due) -> None:
        told.put_nowait(one.name)

    async def watch() -> None:
        await turn(store, said(), remind("a", PAST))
        monkeypatch.setattr(store.database, "read", sometimes)
        watching_it = asyncio.create_task(
            reminding.keep_reminding("telegram", store.database, tell)
        )
        assert await told.get() == "a"
        watching_it.cancel()
        await asyncio.gather(watching_it, return_exceptions=True)

    run(lambda: asyncio.wait_for(watch(), 20))
