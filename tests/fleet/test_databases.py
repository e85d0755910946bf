"""Conversations in SQLite and PostgreSQL: whole, flat, and from version to version."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fleet.postgres import Postgres, private_postgres
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered

from kneewise import migrate as steps
from kneewise import window as module
from kneewise.channels.rest import answer
from kneewise.database import Database, WrongDatabase, url_of
from kneewise.migrate import migrate
from kneewise.privacy import FORGET
from kneewise.rasa_compat import keep_in
from kneewise.store import Conflict, ConversationStore, MemoryStore
from kneewise.tables import metadata
from kneewise.testing import Assistant

KINDS = ("memory", "sqlite", "postgresql")
TOLD = [
    "hi",
    "it hurts below my left kneecap when i take the stairs",
    "should i ice it",
    "for about three weeks",
    "it came on slowly",
    "no swelling, and it never locks",
    "can i keep running",
    "4 out of 10",
    "why do you ask",
    "skip",
    "my brother's knee is swollen",
    "sorry, it is the right knee",
    "none of these",
    "thanks",
    "it gave way twice yesterday",
    "what shoes are good",
]


@pytest.fixture
def where(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """A new database of a kind."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            server: Postgres = request.getfixturevalue("shared_postgres")
            return server.fresh()
        return str(tmp_path / "talk.db")

    return make


def opened(kind: str, where: Callable[[str], str], domain: Domain) -> ConversationStore:
    return MemoryStore(domain) if kind == "memory" else ConversationStore(domain, where(kind))


@pytest.fixture
def swap(assistant: Assistant) -> Iterator[Callable[[ConversationStore], None]]:
    """Keep the conversations of the shared assistant elsewhere, for one test."""
    before = assistant.agent.tracker_store
    stores: list[ConversationStore] = []

    def keep(store: ConversationStore) -> None:
        stores.append(store)
        keep_in(assistant.agent, store)

    yield keep
    keep_in(assistant.agent, before)
    for store in stores:
        store.database.close()


def held(assistant: Assistant, conversation: str, texts: list[str]) -> list[list[dict[str, Any]]]:
    """What is answered to each text in turn."""
    handle = assistant.agent.handle_message
    return [
        assistant.loop.run_until_complete(answer(handle, text, conversation, "rest"))
        for text in texts
    ]


# --- a window on a conversation ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_tracker_answers_like_a_whole_one(
    kind: str,
    where: Callable[[str], str],
    swap: Callable[[ConversationStore], None],
    assistant: Assistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = TOLD * 3
    monkeypatch.setattr(module, "MOST", 10**6)
    swap(MemoryStore(assistant.agent.domain))
    whole = held(assistant, "rest-one", texts)
    slots = slots_of(assistant, "rest-one")
    monkeypatch.setattr(module, "MOST", 2)
    monkeypatch.setattr(module, "FEWEST", 1)
    store = opened(kind, where, assistant.agent.domain)
    swap(store)
    assert held(assistant, "rest-one", texts) == whole
    assert slots_of(assistant, "rest-one") == slots
    everything = assistant.loop.run_until_complete(store.retrieve_full_tracker("rest-one"))
    assert everything is not None
    said = [event.text for event in everything.events if isinstance(event, UserUttered)]
    assert said == texts
    tracker = assistant.loop.run_until_complete(store.retrieve("rest-one"))
    assert tracker is not None
    assert sum(isinstance(event, UserUttered) for event in tracker.events) <= 3


def slots_of(assistant: Assistant, conversation: str) -> dict[str, Any]:
    store = assistant.agent.tracker_store
    tracker = assistant.loop.run_until_complete(store.retrieve(conversation))
    assert tracker
    return {k: v for k, v in tracker.current_slot_values().items() if v is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_turn_reads_does_not_grow(
    kind: str,
    where: Callable[[str], str],
    swap: Callable[[ConversationStore], None],
    assistant: Assistant,
) -> None:
    store = opened(kind, where, assistant.agent.domain)
    swap(store)
    read: list[int] = []
    for _ in range(4):
        held(assistant, "rest-one", ["hi", "should i ice it"] * 8)
        store.live.clear()
        tracker = assistant.loop.run_until_complete(store.retrieve("rest-one"))
        assert tracker is not None
        read.append(len(tracker.events))
    turns = [event for event in tracker.events if isinstance(event, UserUttered)]
    assert module.FEWEST <= len(turns) <= module.MOST
    assert max(read[1:]) <= module.MOST * 12  # events of a turn, and the slots before them


def test_a_tracker_that_is_ready_is_not_read_again(
    tmp_path: Path, swap: Callable[[ConversationStore], None], assistant: Assistant
) -> None:
    store = ConversationStore(assistant.agent.domain, str(tmp_path / "talk.db"))
    swap(store)
    held(assistant, "rest-one", ["hi"])
    asked: list[str] = []
    sa.event.listen(store.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    held(assistant, "rest-one", ["should i ice it"])
    assert not [one for one in asked if "SELECT events.data" in one]
    held(assistant, "rest-two", ["hi"])
    store.live.clear()
    held(assistant, "rest-one", ["thanks"])
    assert [one for one in asked if "SELECT events.data" in one]


# --- two processes -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_turns_at_once_the_later_is_refused_whole(
    kind: str, where: Callable[[str], str]
) -> None:
    place = where(kind)
    one, other = (ConversationStore(Domain.empty(), place) for _ in range(2))

    async def talk() -> None:
        for number in range(2):  # a conversation that begins, and one that goes on
            first = await one.get_or_create_tracker("web-me")
            second = await other.get_or_create_tracker("web-me")
            first.update(UserUttered(f"first {number}"))
            second.update(UserUttered("second"))
            second.update(BotUttered("second"))
            await one.save(first)
            with pytest.raises(Conflict):
                await other.save(second)
        found = await other.retrieve("web-me")
        assert found is not None
        said = [event.text for event in found.events if isinstance(event, UserUttered)]
        assert said == ["first 0", "first 1"]

    asyncio.run(talk())
    one.database.close()
    other.database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_turn_does_not_bring_back_what_was_forgotten_meanwhile(
    kind: str, where: Callable[[str], str]
) -> None:
    place = where(kind)
    one, other = (ConversationStore(Domain.empty(), place) for _ in range(2))

    async def talk() -> None:
        tracker = await one.get_or_create_tracker("web-me")
        tracker.update(UserUttered("xyzzy"))
        await one.save(tracker)
        running = await one.retrieve("web-me")
        assert running is not None
        running.update(UserUttered("plugh"))
        asking = await other.retrieve("web-me")
        assert asking is not None
        asking.update(SlotSet(FORGET, True))
        await other.save(asking)
        with pytest.raises(Conflict):
            await one.save(running)
        assert not await one.exists("web-me")
        assert await one.retrieve("web-me") is None

    asyncio.run(talk())
    one.database.close()
    other.database.close()


def test_postgresql_away_is_heard_and_back_is_used_without_a_restart() -> None:
    with private_postgres() as server:
        store = ConversationStore(Domain.empty(), server.url)

        async def say(text: str) -> None:
            tracker = await store.get_or_create_tracker("web-me")
            tracker.update(UserUttered(text))
            await store.save(tracker)

        async def talk() -> None:
            await say("before")
            server.stop()
            with pytest.raises(sa.exc.OperationalError):
                await say("away")
            with pytest.raises(sa.exc.OperationalError):
                await store.ping()
            server.start()
            await store.ping()
            await say("after")
            _, events = await store.latest("web-me", 9)
            assert events is not None
            assert [event.text for event in events] == ["before", "after"]

        asyncio.run(talk())
        store.database.close()


# --- from version to version ---------------------------------------------------------------------


def said(text: str, at: float) -> str:
    """A message of somebody as a row has it."""
    return json.dumps(UserUttered(text, timestamp=at).as_dict())


def of_old(place: str) -> None:
    """A database as it was before there were versions, with two conversations."""
    database = Database(place)
    first = steps.STEPS / "versions" / "0001_as_it_was.py"
    names: dict[str, Any] = {}
    exec(compile(first.read_text(), str(first), "exec"), names)  # noqa: S102 - our own step
    database.write_now(names["_tables"]().create_all)
    insert = sa.text(
        "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (:a, :b, :c, :d)"
    )
    rows = [
        ("web-one", "user", 1.0, said("long ago", 1.0)),
        ("web-one", "session_started", 2.0, '{"event": "session_started", "timestamp": 2.0}'),
        (
            *("web-one", "slot", 2.5),
            '{"event": "slot", "name": "a", "value": 7, "timestamp": 2.5}',
        ),
        ("web-one", "user", 3.0, said("lately", 3.0)),
        ("web-two", "user", 4.0, said("hello", 4.0)),
    ]
    for row in rows:
        values = dict(zip("abcd", row, strict=True))
        database.write_now(lambda connection, values=values: connection.execute(insert, values))
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_from_before_there_were_versions_goes_on(
    kind: str, where: Callable[[str], str]
) -> None:
    place = where(kind)
    of_old(place)
    store = ConversationStore(Domain.empty(), place)

    async def talk() -> None:
        assert sorted(await store.keys()) == ["web-one", "web-two"]
        tracker = await store.retrieve("web-one")
        assert tracker is not None
        said = [event.text for event in tracker.events if isinstance(event, UserUttered)]
        assert said == ["lately"]
        assert [(e.key, e.value) for e in tracker.events if isinstance(e, SlotSet)] == [("a", 7)]
        tracker.update(UserUttered("now"))
        await store.save(tracker)
        full = await store.retrieve_full_tracker("web-one")
        assert full is not None
        assert [e.text for e in full.events if isinstance(e, UserUttered)] == [
            *("long ago", "lately", "now"),
        ]
        assert await store.erase_older_than(5.0) == 1  # web-two

    asyncio.run(talk())
    assert not migrate(store.database)
    store.database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("old", [True, False])
def test_after_the_steps_the_tables_are_those_of_the_code(
    kind: str, old: bool, where: Callable[[str], str]
) -> None:
    place = where(kind)
    if old:
        of_old(place)
    database = Database(place)
    assert migrate(database)
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, *_: name != "sqlite_sequence"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    database.close()


def test_processes_that_start_at_once_take_the_steps_once(shared_postgres: Postgres) -> None:
    place = shared_postgres.fresh()
    of_old(place)

    async def start() -> list[bool]:
        databases = [Database(place) for _ in range(4)]
        done = await asyncio.gather(*(asyncio.to_thread(migrate, each) for each in databases))
        for each in databases:
            each.close()
        return list(done)

    assert sorted(asyncio.run(start())) == [False, False, False, True]


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "talk.db"))
    migrate(database)
    database.write_now(
        lambda connection: connection.execute(
            sa.text("UPDATE alembic_version SET version_num = '9999'")
        )
    )
    database.close()
    with pytest.raises(WrongDatabase, match="version 9999"):
        ConversationStore(Domain.empty(), str(tmp_path / "talk.db"))


@pytest.mark.parametrize(
    "setting", ["mysql://me:xyzzy@host/name", "postgresql://", "postgresql://me:xyzzy@/name", "://"]
)
def test_another_address_is_refused_without_its_password(setting: str) -> None:
    with pytest.raises(WrongDatabase) as refused:
        url_of(setting)
    assert "xyzzy" not in str(refused.value)
    assert "KNEEWISE_DB" in str(refused.value)
