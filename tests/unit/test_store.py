"""Where conversations are kept: a real SQLite file behind the real assistant."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from sqlalchemy.engine import Connection

from kneewise.channels.rest import answer
from kneewise.rasa_compat import keep_in
from kneewise.rows import append, delete
from kneewise.store import ConversationStore, MemoryStore
from kneewise.tables import feedback
from kneewise.testing import Assistant
from kneewise.wording import said

ROOT = Path(__file__).resolve().parents[2]
APOLOGY = said("utter_failed", topic="fallback")["text"]
LOCKED = "it is locked solid and i can't get it straight"


class Kept:
    """The assistant, with its conversations in a database file."""

    def __init__(self, assistant: Assistant, file: Path) -> None:
        self.assistant = assistant
        self.file = file

    def say(self, conversation: str, text: str) -> list[dict[str, Any]]:
        """One turn, as a channel takes it."""
        turn = answer(self.assistant.agent.handle_message, text, conversation, "rest")
        return self.assistant.loop.run_until_complete(turn)

    def slots(self, conversation: str) -> dict[str, Any]:
        """The slots that are told, as read from the file."""
        read = self.assistant.agent.tracker_store.retrieve(conversation)
        tracker = self.assistant.loop.run_until_complete(read)
        assert tracker
        return {k: v for k, v in tracker.current_slot_values().items() if v is not None}

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement on the file, past the store, which is to read it again."""
        self.assistant.agent.tracker_store.live.clear()
        with closing(sqlite3.connect(self.file)) as database, database:
            return database.execute(statement, values).fetchall()

    def holds(self, words: bytes) -> bool:
        """True if any file of the database has these words, deleted or not."""
        files = sorted(self.file.parent.glob(f"{self.file.name}*"))
        assert self.file in files
        return any(words in file.read_bytes() for file in files)

    def rows(self, conversation: str) -> int:
        """How many events of a conversation the file holds."""
        found = self.sql("SELECT COUNT(*) FROM events WHERE sender_id = ?", conversation)
        return int(found[0][0])

    def age(self, conversation: str, hours: float) -> None:
        """Make a conversation older than it is."""
        query = "SELECT id, timestamp, data FROM events WHERE sender_id = ?"
        for row, timestamp, data in self.sql(query, conversation):
            earlier = timestamp - hours * 3600
            event = json.dumps({**json.loads(data), "timestamp": earlier})
            update = "UPDATE events SET timestamp = ?, data = ? WHERE id = ?"
            self.sql(update, earlier, event, row)


@pytest.fixture
def kept(assistant: Assistant, tmp_path: Path) -> Iterator[Kept]:
    """The shared assistant with a database of its own, for one test."""
    agent, before = assistant.agent, assistant.agent.tracker_store
    store = ConversationStore(agent.domain, db=str(tmp_path / "talk.db"))
    keep_in(agent, store)
    yield Kept(assistant, tmp_path / "talk.db")
    keep_in(agent, before)
    store.database.close()


# --- forget me -----------------------------------------------------------------------------------


def test_forget_me_erases_this_conversation_and_no_other(kept: Kept) -> None:
    kept.say("rest-one", f"{LOCKED} since xyzzyday")
    kept.say("rest-two", "it aches around my left kneecap since plughday")
    others = kept.rows("rest-two")
    assert kept.rows("rest-one") > 3
    assert kept.holds(b"xyzzyday")
    messages = kept.say("rest-one", "please forget me")
    assert messages[0]["metadata"]["topic"] == "forget_me"
    assert kept.rows("rest-one") == 0
    assert kept.rows("rest-two") == others
    assert not kept.holds(b"xyzzyday")
    assert kept.holds(b"plughday")


def test_after_forget_me_the_conversation_is_blank(kept: Kept) -> None:
    kept.say("rest-one", LOCKED)
    assert kept.slots("rest-one")["has_locking"] is True
    kept.say("rest-one", "forget me")
    messages = kept.say("rest-one", "is it ok to go for a jog with it?")
    assert not any(message["metadata"]["flags"] for message in messages)
    assert not {slot for slot in kept.slots("rest-one") if slot.startswith("has_")}
    assert kept.rows("rest-one") > 0
    kept.say("rest-one", "it aches around my left kneecap whenever i jog")
    assert kept.slots("rest-one")["pain_side"] == "left"


def test_forget_me_as_the_first_word(kept: Kept) -> None:
    assert kept.say("rest-new", "forget me")[0]["metadata"]["topic"] == "forget_me"
    assert kept.rows("rest-new") == 0


def test_forget_me_after_an_old_session_erases_that_too(kept: Kept) -> None:
    kept.say("rest-one", f"{LOCKED} since xyzzyday")
    kept.age("rest-one", hours=13)
    kept.say("rest-one", "hello")
    kept.say("rest-one", "forget me")
    assert kept.rows("rest-one") == 0
    assert not kept.holds(b"xyzzyday")


def test_forget_me_in_memory(assistant: Assistant) -> None:
    store = assistant.agent.tracker_store
    assert isinstance(store, MemoryStore)
    chat, other = assistant.conversation(), assistant.conversation()
    chat.say(LOCKED)
    other.say("hello")
    assert assistant.loop.run_until_complete(store.exists(chat.id))
    chat.say("forget me")
    assert not assistant.loop.run_until_complete(store.exists(chat.id))
    assert assistant.loop.run_until_complete(store.exists(other.id))
    chat.say("hello")
    assert chat.slots["has_locking"] is None


def test_start_again_resets_the_knee_and_keeps_the_conversation(kept: Kept) -> None:
    kept.say("rest-one", LOCKED)
    before = kept.rows("rest-one")
    assert kept.say("rest-one", "start again")[0]["metadata"]["topic"] == "restart"
    assert "has_locking" not in kept.slots("rest-one")
    assert kept.rows("rest-one") > before


def test_forgetting_by_the_store_itself(kept: Kept) -> None:
    kept.say("web-one", f"{LOCKED} since xyzzyday")
    kept.say("web-two", "hello")
    others = kept.rows("web-two")
    store = kept.assistant.agent.tracker_store
    for _ in range(2):
        kept.assistant.loop.run_until_complete(store.forget("web-one"))
        assert kept.rows("web-one") == 0
    assert not kept.holds(b"xyzzyday")
    assert kept.rows("web-two") == others


def test_what_another_process_erased_and_began_anew_is_read_again(tmp_path: Path) -> None:
    stores = [ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db")) for _ in range(2)]
    here, there = stores

    async def say(store: ConversationStore, text: str) -> None:
        tracker = await store.retrieve("web-one") or store.init_tracker("web-one")
        tracker.update(UserUttered(text))
        await store.save(tracker)

    async def run() -> list[str]:
        await say(here, "xyzzy")
        await there.forget("web-one")
        await say(there, "plugh")
        tracker = await here.retrieve("web-one")
        assert tracker
        return [event.text for event in tracker.events]

    assert asyncio.run(run()) == ["plugh"]
    for store in stores:
        store.database.close()


@pytest.mark.parametrize("seed", [3, 5])
def test_no_copy_of_what_is_forgotten_stays_in_a_page(seed: int, tmp_path: Path) -> None:
    """SQLite moves rows from a full page to another, and leaves the old copy where it was."""
    store = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    chance = random.Random(seed)  # noqa: S311 - which rows are moved, not a secret
    names = [f"slack-T0KNEE-U{number:04}ANN" for number in range(80)]
    kind = {"type_name": "user", "timestamp": 1.0, "intent_name": None, "action_name": None}

    def talk(connection: Connection) -> None:
        versions = dict.fromkeys(names, 0)
        for known in range(1, len(names) + 1):
            for _ in range(chance.randint(1, 6)):
                one, more = chance.choice(names[:known]), chance.randint(1, 8)
                row = {"sender_id": one, **kind, "data": "a" * chance.randint(0, 900)}
                append(one, versions[one], [row] * more, None, connection)
                versions[one] += more

    store.database.write_now(talk)
    gone = chance.sample(names, 40)
    for name in gone:
        store.database.write_now(partial(delete, [name]))
    asyncio.run(store.forget(gone[-1]))
    left = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))
    assert [name for name in gone if name.encode() in left] == []
    assert any(name.encode() in left for name in names)
    store.database.close()


# --- feedback ------------------------------------------------------------------------------------


def test_forgetting_waits_for_nobody_and_the_log_is_emptied_later(tmp_path: Path) -> None:
    """Somebody who reads all the time keeps the log of the file; who is forgotten need not wait."""
    file = tmp_path / "talk.db"

    async def forget_beside_a_reader() -> None:
        store = ConversationStore(Domain.empty(), db=str(file))
        tracker = store.init_tracker("me")
        tracker.update(UserUttered(LOCKED))
        await store.save(tracker)
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM events").fetchone()
            await store.forget("me")
            assert await store.retrieve("me") is None
            assert LOCKED.encode() in file.with_name("talk.db-wal").read_bytes()
        for _ in range(200):
            if LOCKED.encode() not in file.with_name("talk.db-wal").read_bytes():
                break
            await asyncio.sleep(0.1)
        assert LOCKED.encode() not in file.with_name("talk.db-wal").read_bytes() + file.read_bytes()
        store.database.close()

    asyncio.run(forget_beside_a_reader())


def test_feedback_is_a_day_a_topic_and_a_value(kept: Kept) -> None:
    store = kept.assistant.agent.tracker_store
    kept.assistant.loop.run_until_complete(store.keep_feedback("ice", "up"))
    kept.assistant.loop.run_until_complete(store.keep_feedback("ice", "down"))
    today = datetime.now(timezone.utc).date().isoformat()
    assert kept.sql("SELECT * FROM feedback") == [
        (1, today, "ice", "up"),
        (2, today, "ice", "down"),
    ]


def test_feedback_in_memory(assistant: Assistant) -> None:
    store = MemoryStore(assistant.agent.domain)
    assistant.loop.run_until_complete(store.keep_feedback("ice", "up"))
    today = datetime.now(timezone.utc).date()
    kept = store.database.write_now(lambda database: database.execute(sa.select(feedback)).all())
    assert kept == [(1, today, "ice", "up")]
    store.database.close()


# --- a new session -------------------------------------------------------------------------------


def test_a_new_session_keeps_danger_signs_and_drops_what_was_denied(kept: Kept) -> None:
    kept.say("rest-one", "it aches around my left kneecap, but it is not swollen")
    kept.say("rest-one", LOCKED)
    before = kept.slots("rest-one")
    assert (before["has_locking"], before["has_swelling"]) == (True, False)
    assert before["pain_side"] == "left"
    kept.age("rest-one", hours=13)
    messages = kept.say("rest-one", "is it ok to go for a jog with it?")
    assert any(message["metadata"]["flags"] for message in messages)
    after = kept.slots("rest-one")
    assert after["has_locking"] is True
    assert "has_swelling" not in after
    assert "pain_side" not in after
    again = kept.say("rest-one", "ok, would ice be any good then?")
    assert any(message["metadata"]["flags"] for message in again)


def test_within_a_session_everything_is_kept(kept: Kept) -> None:
    kept.say("rest-one", "it aches around my left kneecap, but it is not swollen")
    kept.age("rest-one", hours=11)
    kept.say("rest-one", "hello")
    after = kept.slots("rest-one")
    assert (after["pain_side"], after["has_swelling"]) == ("left", False)


# --- settings ------------------------------------------------------------------------------------


def test_the_database_is_the_one_of_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNEEWISE_DB", str(tmp_path / "set.db"))
    store = TrackerStore.create(endpoints.tracker_store, Domain.empty())
    assert isinstance(store, ConversationStore)
    store.database.close()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "set.db"]


def test_without_a_setting_it_is_the_one_of_endpoints_yml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KNEEWISE_DB", raising=False)
    store = TrackerStore.create(endpoints.tracker_store, Domain.empty())
    assert isinstance(store, ConversationStore)
    store.database.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kneewise.db"]


def test_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    store = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))

    def pragma(connection: Connection) -> Any:
        return connection.execute(sa.text("PRAGMA secure_delete")).scalar()

    assert store.database.write_now(pragma) == 1
    assert asyncio.run(store.database.read(pragma)) == 1
    store.database.close()


# --- a database that fails -----------------------------------------------------------------------


def test_a_damaged_row_fails_its_turn_and_nothing_else(kept: Kept) -> None:
    kept.say("rest-one", "hello")
    kept.say("rest-two", "hello")
    kept.sql("UPDATE events SET data = '{' WHERE sender_id = ?", "rest-one")
    assert [m["text"] for m in kept.say("rest-one", "hello")] == [APOLOGY]
    assert kept.say("rest-two", "is ice any use for that?")[0]["metadata"]["topic"] == "ice"


def test_a_lost_table_is_apologised_for_until_it_is_back(kept: Kept) -> None:
    kept.say("rest-one", LOCKED)
    kept.sql("ALTER TABLE events RENAME TO elsewhere")
    assert [m["text"] for m in kept.say("rest-one", "hello")] == [APOLOGY]
    kept.sql("ALTER TABLE elsewhere RENAME TO events")
    messages = kept.say("rest-one", "is it ok to go for a jog with it?")
    assert any(message["metadata"]["flags"] for message in messages)
