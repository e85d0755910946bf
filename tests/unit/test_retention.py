"""Old conversations are erased for good; the others stay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise import retention
from kneewise.channels.core import WrongSetting
from kneewise.channels.post import PostOffice
from kneewise.retention import DEFAULT_DAYS, SETTING, days_kept, keep_erasing
from kneewise.store import ConversationStore, MemoryStore

DAY = 24 * 3600


def said_at(conversation: str, *days_ago: float) -> DialogueStateTracker:
    """A conversation in which something was said so many days ago."""
    tracker = DialogueStateTracker(conversation, [])
    for days in days_ago:
        tracker.update(UserUttered("plugh", timestamp=time.time() - days * DAY))
    return tracker


@pytest.fixture(params=["database", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ConversationStore]:
    in_memory = request.param == "memory"
    made = (
        MemoryStore(Domain.empty())
        if in_memory
        else ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    )
    yield made
    made.database.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[ConversationStore]:
    """A store in a folder of its own."""
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    yield made
    made.database.close()


def found(words: bytes, folder: Path) -> list[str]:
    """The files of a database that have these words, deleted or not."""
    return [file.name for file in sorted(folder.glob("talk.db*")) if words in file.read_bytes()]


def test_only_conversations_that_ended_before_are_erased(store: ConversationStore) -> None:
    async def run() -> tuple[int, list[bool]]:
        await store.save(said_at("old", 120, 91))
        await store.save(said_at("going on", 120, 1))
        await store.save(said_at("fresh", 2))
        erased = await store.erase_older_than(time.time() - 90 * DAY)
        names = ("old", "going on", "fresh")
        return erased, [await store.retrieve(name) is not None for name in names]

    assert asyncio.run(run()) == (1, [False, True, True])


def test_the_words_are_gone_from_the_files(in_file: ConversationStore, tmp_path: Path) -> None:
    asyncio.run(in_file.save(said_at("old", 100)))
    assert found(b"plugh", tmp_path)
    asyncio.run(in_file.erase_older_than(time.time() - 90 * DAY))
    assert not found(b"plugh", tmp_path)


def test_what_waits_in_a_channel_that_is_off_is_erased_too(
    in_file: ConversationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = PostOffice("telegram", in_file)
    asyncio.run(office.accept("1", "telegram-7", {"chat": 7}, {"text": "plugh"}))
    now = time.time() + 91 * DAY

    async def run(waiting: list[str]) -> None:
        """Erase what is too old, until so much is left; what is not is seen after a while."""
        task = asyncio.get_running_loop().create_task(keep_erasing(in_file, 90))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if await office.pending() == waiting and (waiting or not found(b"plugh", tmp_path)):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run(["telegram-7"]))
    assert asyncio.run(office.pending()) == ["telegram-7"]
    monkeypatch.setattr(retention.time, "time", lambda: now)
    asyncio.run(run([]))
    assert asyncio.run(office.pending()) == []
    assert not found(b"plugh", tmp_path)


def test_it_is_done_at_once_and_again_whatever_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[float] = []

    class Store:
        async def erase_older_than(self, when: float) -> int:
            calls.append(when)
            raise OSError("xyzzy")

    async def run() -> None:
        task = asyncio.get_running_loop().create_task(keep_erasing(Store(), 30))
        await asyncio.sleep(0.05)
        task.cancel()

    monkeypatch.setattr(retention, "EVERY", 0.01)
    asyncio.run(run())
    assert len(calls) > 1
    assert abs(time.time() - 30 * DAY - calls[0]) < 60
    assert "not erased" in caplog.text
    assert "xyzzy" not in caplog.text


def test_the_days_are_those_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert days_kept() == DEFAULT_DAYS
    monkeypatch.setenv(SETTING, "30")
    assert days_kept() == 30


@pytest.mark.parametrize("days", ["0", "-1", "soon", "3651", "1.5", "٣"])
def test_a_setting_that_is_no_number_of_days_is_refused(
    days: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, days)
    with pytest.raises(WrongSetting, match=SETTING):
        days_kept()
