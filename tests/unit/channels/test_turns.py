"""Turns of the web channel with a stand-in for the assistant: order, once only, and failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, Event, UserUttered
from sqlalchemy.exc import OperationalError

from kneewise.channels import talk as talk_module
from kneewise.channels import turns as turns_module
from kneewise.channels.core import Refused, apology
from kneewise.channels.talk import Talk, Turn
from kneewise.channels.turns import Talks
from kneewise.privacy import hashed
from kneewise.rows import Conflict

ME = "web-secret-42"
WORDS = "xyzzy hurts"
PAGE = {"region": "uk"}
APOLOGY = apology()


class Store:
    """A store that holds events, and can be out of order."""

    shared = False

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events = list(events)
        self.broken = False
        self.reads = 0
        self.calls: list[str] = []
        self.now = 1000.0
        self.reminders: list[float] = []
        self.changed = False

    async def latest(
        self, conversation: str, turns: int, known: int | None = None
    ) -> tuple[int, list[Event] | None]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.broken:
            raise OSError(WORDS)
        version = len(self.events)
        return version, None if version == known else list(self.events)

    def version_of(self, conversation: str) -> int | None:
        return len(self.events) or None

    async def next_reminder(self, conversation: str) -> tuple[float, float | None]:
        if self.broken:
            raise OperationalError("SELECT", {}, OSError(WORDS))
        return self.now, min(self.reminders, default=None)

    async def reminder_due(self, conversation: str) -> float | None:
        now, at = await self.next_reminder(conversation)
        return now if at is not None and at <= now else None

    def rescheduled(self, conversation: str) -> bool:
        found, self.changed = self.changed, False
        return found

    async def forget(self, conversation: str) -> None:
        if self.broken:
            raise OSError(WORDS)
        self.calls.append(conversation)
        self.events.clear()


def said(text: str, topic: str = "ice", **more: Any) -> dict[str, Any]:
    """A bot message as Rasa hands it over."""
    return {"text": text, "metadata": {"topic": topic}, "timestamp": 1.0, **more}


async def echo(message: UserMessage) -> None:
    """Answer with the words of the message, after a while."""
    await asyncio.sleep(0.001)
    await message.output_channel.send_response(message.sender_id, said(message.text))


async def read(turn: Turn) -> list[dict[str, Any]]:
    return [json.loads(line) async for line in turn.follow()]


def texts(lines: list[dict[str, Any]]) -> list[str]:
    """The texts of the messages; the turn must have ended, and once."""
    assert [line["type"] for line in lines] == ["message"] * (len(lines) - 1) + ["end"]
    assert [line.get("n") for line in lines[:-1]] == list(range(len(lines) - 1))
    return [line["text"] for line in lines[:-1]]


async def begun(talks: Talks, store: Store, message_id: str = "message-1") -> Turn:
    talk = await talks.open(ME, store)
    assert talk
    return talks.start(talk, store, message_id, WORDS, PAGE)


async def turn(handle: Callable[[UserMessage], Awaitable[Any]]) -> list[dict[str, Any]]:
    """One turn of an assistant."""
    return await read(await begun(Talks(handle), Store()))


# --- a turn --------------------------------------------------------------------------------------


def test_a_message_is_handed_over_with_its_id_and_region():
    seen: list[UserMessage] = []

    async def keep(message: UserMessage) -> None:
        seen.append(message)
        await echo(message)

    lines = asyncio.run(turn(keep))
    assert lines[0] == {"type": "message", "n": 0, "text": WORDS, "metadata": {"topic": "ice"}}
    (message,) = seen
    assert (message.sender_id, message.input_channel, message.text) == (ME, "web", WORDS)
    assert message.metadata == {"id": "message-1", "region": "uk", "address": {}}


def test_lines_go_out_as_they_are_said_to_all_who_follow():
    async def run() -> None:
        go = asyncio.Event()

        async def slow(message: UserMessage) -> None:
            await message.output_channel.send_response(ME, said("first"))
            await go.wait()
            await message.output_channel.send_response(ME, said("second"))

        turn = await begun(Talks(slow), Store())
        early = turn.follow()
        assert json.loads(await early.__anext__())["text"] == "first"
        late = asyncio.create_task(read(turn))
        await asyncio.sleep(0.01)
        assert not turn.over
        go.set()
        assert json.loads(await early.__anext__())["text"] == "second"
        assert texts(await late) == ["first", "second"]

    asyncio.run(run())


def test_a_turn_goes_on_when_nobody_follows():
    async def run() -> None:
        turn = await begun(Talks(echo), Store())
        follower = asyncio.create_task(read(turn))
        await asyncio.sleep(0)
        follower.cancel()
        await asyncio.sleep(0.05)
        assert turn.over
        assert texts(await read(turn)) == [WORDS]

    asyncio.run(run())


async def nothing(message: UserMessage) -> None:
    pass


async def fails(message: UserMessage) -> None:
    raise ValueError(WORDS)


async def says_and_fails(message: UserMessage) -> None:
    await echo(message)
    raise ValueError(WORDS)


async def erases_and_fails(message: UserMessage) -> None:
    await message.output_channel.send_response(ME, said("all is erased", "forget_me"))
    raise ValueError(WORDS)


async def says_what_is_no_json(message: UserMessage) -> None:
    await message.output_channel.send_response(ME, said("hello", custom={"v": {1, 2}}))


FAILURES = {
    "silent": (nothing, []),
    "fails": (fails, []),
    "fails after it spoke": (says_and_fails, [WORDS]),
    "fails to erase": (erases_and_fails, []),
    "no JSON": (says_what_is_no_json, []),
}


@pytest.mark.parametrize(("handle", "before"), FAILURES.values(), ids=FAILURES.keys())
def test_a_turn_that_fails_ends_with_an_apology(handle, before, caplog):
    lines = asyncio.run(turn(handle))
    assert texts(lines) == [*before, APOLOGY["text"]]
    assert lines[-2]["metadata"] == APOLOGY["metadata"]
    assert hashed(ME) in caplog.text
    assert "secret-42" not in caplog.text
    assert "xyzzy" not in caplog.text
    assert "Traceback" not in caplog.text


# --- order ---------------------------------------------------------------------------------------


def test_turns_of_a_conversation_run_one_by_one_in_the_order_they_came():
    running: list[str] = []
    done: list[str] = []

    async def watch(message: UserMessage) -> None:
        running.append(message.text)
        assert len(running) == 1
        # The first is the slowest: whoever did not wait for it would be done before.
        await asyncio.sleep(0.01 if message.text == "0" else 0)
        await echo(message)
        done.append(running.pop())

    async def run() -> None:
        talks, store = Talks(watch), Store()

        async def send(number: int) -> list[str]:
            talk = await talks.open(ME, store)
            assert talk
            return texts(
                await read(talks.start(talk, store, f"message-{number}", str(number), PAGE))
            )

        answers = await asyncio.gather(*(send(number) for number in range(20)))
        assert answers == [[str(number)] for number in range(20)]
        assert done == [str(number) for number in range(20)]
        assert store.reads == 1

    asyncio.run(run())


def test_two_conversations_do_not_wait_for_each_other():
    async def run() -> None:
        go = asyncio.Event()

        async def slow(message: UserMessage) -> None:
            if message.sender_id == ME:
                await go.wait()
            await echo(message)

        talks, store = Talks(slow), Store()
        waits = await begun(talks, store)
        other = await talks.open("web-other", store)
        assert other
        assert texts(await read(talks.start(other, store, "message-1", "hello", PAGE))) == ["hello"]
        assert not waits.over
        go.set()
        assert texts(await read(waits)) == [WORDS]

    asyncio.run(run())


# --- once only -----------------------------------------------------------------------------------


def uttered(message_id: str | None, text: str = WORDS) -> UserUttered:
    return UserUttered(text, metadata={"id": message_id} if message_id else None)


def answered(text: str, *offers: str) -> BotUttered:
    """A bot message as Rasa stores it."""
    buttons = [{"title": offer, "payload": offer} for offer in offers]
    data = {"buttons": buttons or None, "custom": None, "image": None}
    return BotUttered(text, data, metadata={"metadata": {"topic": "ice"}})


STORED = [
    answered("from before ids", "Old button"),
    uttered(None),
    answered("without an id"),
    uttered("message-1"),
    answered("one"),
    answered("two", "Yes", "No"),
    uttered("message-2"),
    uttered("message-3"),
    answered("three"),
]


def test_what_was_answered_before_a_restart_is_given_again():
    async def run() -> None:
        store = Store(STORED)
        talk = await Talks(echo).open(ME, store)
        assert talk
        found = {key: texts(await read(turn)) for key, turn in talk.turns.items()}
        assert found == {"message-1": ["one", "two"], "message-3": ["three"]}
        assert talk.offered == {"Old button", "Yes", "No"}
        assert "ice" in talk.topics
        again = await read(talk.turns["message-1"])
        assert again[1]["buttons"][0] == {"title": "Yes", "payload": "Yes"}
        assert set(again[0]) == {"type", "n", "text", "metadata"}

    asyncio.run(run())


def test_the_store_is_asked_once_and_again_if_that_failed(caplog):
    async def run() -> None:
        talks, store = Talks(echo), Store(STORED)
        store.broken = True
        with pytest.raises(Refused) as refused:
            await talks.open(ME, store)
        assert (refused.value.status, refused.value.code) == (503, "unavailable")
        store.broken = False
        for _ in range(3):
            talk = await talks.open(ME, store)
            assert talk
            assert "Yes" in talk.offered
        assert store.reads == 2

    asyncio.run(run())
    assert hashed(ME) in caplog.text
    assert "xyzzy" not in caplog.text


def test_only_the_latest_turns_are_kept_and_those_that_run(monkeypatch):
    monkeypatch.setattr(talk_module, "KEPT_TURNS", 3)
    talk = Talk(ME)
    running = Turn()
    talk.keep("running", running)
    for number in range(6):
        turn = Turn()
        turn.end()
        talk.keep(str(number), turn)
    assert list(talk.turns) == ["running", "4", "5"]
    assert talk.busy()
    running.end()
    assert not talk.busy()


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(turns_module, "KEPT_TALKS", 3)

    async def run() -> None:
        talks, store = Talks(fails), Store()
        talk = await talks.open("web-busy", store)
        assert talk
        talk.keep("running", Turn())
        for number in range(5):
            await talks.open(f"web-{number}", store)
        assert list(talks._talks) == ["web-busy", "web-3", "web-4"]
        await talks.open("web-3", store)
        await talks.open("web-5", store)
        assert list(talks._talks) == ["web-busy", "web-3", "web-5"]

    asyncio.run(run())


def test_a_conversation_that_rests_is_dropped(monkeypatch):
    async def run() -> None:
        talks, store = Talks(echo), Store()
        for name in ("web-1", "web-2"):
            talk = await talks.open(name, store)
            assert talk
        talk.used -= turns_module.KEPT_SECONDS + 1
        first = talks._talks["web-1"]
        await talks.open("web-3", store)
        assert set(talks._talks) == {"web-1", "web-2", "web-3"}
        first.used -= turns_module.KEPT_SECONDS + 1
        await talks.open("web-3", store)
        assert set(talks._talks) == {"web-3"}

    asyncio.run(run())


# --- several processes ---------------------------------------------------------------------------


class Common(Store):
    """A store that another process may write to."""

    shared = True


@pytest.mark.parametrize("looked", [False, True], ids=["at once", "after it was read"])
def test_a_turn_that_another_process_took_is_not_taken_again(looked):
    async def run() -> None:
        heard: list[str] = []

        async def slow(message: UserMessage) -> None:
            heard.append(message.metadata["id"])
            await echo(message)
            store.events += [uttered(message.metadata["id"]), answered(message.text)]

        talks, store = Talks(slow), Common()
        first = await begun(talks, store, "message-1")
        second = await begun(talks, store, "message-2")
        await asyncio.sleep(0)
        # The browser sent the second message to another process too, which was quicker.
        store.events += [uttered("message-2"), answered("told elsewhere", "Yes")]
        if looked:
            talk = await talks.open(ME, store)
            assert talk.offered == {"Yes"}
        assert texts(await read(first)) == [WORDS]
        again = (await talks.open(ME, store)).turns["message-2"]
        assert again is second
        assert texts(await read(second)) == ["told elsewhere"]
        await talks.idle()
        assert heard == ["message-1"]
        assert (await talks.open(ME, store)).elsewhere == {}

    asyncio.run(run())


def test_what_another_process_said_is_known_and_what_it_erased_is_not():
    async def run() -> None:
        talks, store = Talks(echo), Common()
        talk = await talks.open(ME, store)
        assert not talk.turns
        store.events += STORED
        talk = await talks.open(ME, store)
        assert set(talk.turns) == {"message-1", "message-3"}
        assert talk.offered == {"Old button", "Yes", "No"}
        store.events.clear()
        talk = await talks.open(ME, store)
        assert (dict(talk.turns), talk.offered, talk.topics) == ({}, set(), set())

    asyncio.run(run())


AWAY = OperationalError("INSERT", WORDS, OSError(WORDS))


@pytest.mark.parametrize("failure", [Conflict(), AWAY], ids=["overtaken", "database away"])
def test_a_turn_that_could_not_be_stored_now_is_cut_and_can_be_sent_again(failure, caplog):
    async def run() -> None:
        async def fails(message: UserMessage) -> None:
            await echo(message)
            raise failure

        talks, store = Talks(fails), Common()
        turn = await begun(talks, store)
        lines = await read(turn)
        assert [line["type"] for line in lines] == ["message"]
        assert "message-1" not in (await talks.open(ME, store)).turns

    asyncio.run(run())
    assert "turn cut" in caplog.text
    assert WORDS not in caplog.text
    assert "secret-42" not in caplog.text


# --- forgetting ----------------------------------------------------------------------------------


def test_erasing_waits_for_the_turns_that_were_begun_and_leaves_nothing():
    async def run() -> None:
        store = Store(STORED)

        async def stores(message: UserMessage) -> None:
            await echo(message)
            store.events.append(uttered("message-9"))

        talks = Talks(stores)
        turn = await begun(talks, store, "message-9")
        await talks.forget(ME, store)
        assert turn.over
        assert store.calls == [ME]
        talk = await talks.open(ME, store)
        assert talk
        assert (dict(talk.turns), talk.offered, talk.topics) == ({}, set(), set())

    asyncio.run(run())


def test_a_conversation_is_erased_even_if_the_browser_leaves():
    async def run() -> None:
        talks, store = Talks(echo), Store(STORED)
        await begun(talks, store)
        leaving = asyncio.create_task(talks.forget(ME, store))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0.05)
        assert store.calls == [ME]

    asyncio.run(run())


def test_what_cannot_be_erased_is_not_said_to_be():
    async def run() -> None:
        talks, store = Talks(echo), Store(STORED)
        store.broken = True
        with pytest.raises(OSError, match="xyzzy"):
            await talks.forget(ME, store)

    asyncio.run(run())


def test_forget_me_drops_all_but_its_own_answer():
    async def run() -> None:
        store = Store(STORED)

        async def forgets(message: UserMessage) -> None:
            buttons = [{"title": "Begin", "payload": "Begin"}]
            line = said("all is erased", "forget_me", buttons=buttons)
            await message.output_channel.send_response(ME, line)
            store.events.clear()

        talks = Talks(forgets)
        assert texts(await read(await begun(talks, store, "message-9"))) == ["all is erased"]
        talk = await talks.open(ME, store)
        assert talk
        assert list(talk.turns) == ["message-9"]
        assert talk.offered == {"Begin"}

    asyncio.run(run())


# --- reminders -----------------------------------------------------------------------------------


async def asked(talks: Talks, store: Store, message_id: str = "asked-1") -> list[dict[str, Any]]:
    """The lines that a page gets which asks for what is due."""
    talk = await talks.open(ME, store)
    again = talk.turns.get(message_id)
    return await read(again or talks.start(talk, store, message_id, None, PAGE))


class Coach:
    """Tells what is due, once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.heard: list[UserMessage] = []
        self.fails = False

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.fails:
            raise RuntimeError(WORDS)
        due = [at for at in self.store.reminders if at <= message.metadata["due"]]
        self.store.reminders = [at for at in self.store.reminders if at not in due]
        if due:
            await message.output_channel.send_response(ME, said("take it off"))


def test_a_page_that_asks_gets_what_is_due_once_and_when_to_ask_again():
    async def run() -> None:
        store = Store()
        store.reminders = [990.0, 1900.5]
        coach = Coach(store)
        talks = Talks(coach)
        first, second = await asked(talks, store), await asked(talks, store, "asked-2")
        assert [line.get("text") for line in first[:-1]] == ["take it off"]
        assert first[-1] == {"type": "end", "next": 901}
        assert second == [{"type": "end", "next": 901}]
        (message,) = coach.heard
        assert message.parse_data["intent"]["name"] == "reminder_due"
        assert message.metadata["due"] == 1000.0

    asyncio.run(run())


def test_two_pages_of_a_talk_that_ask_at_once_show_it_once():
    async def run() -> None:
        store = Store()
        store.reminders = [990.0]
        talks = Talks(Coach(store))
        both = await asyncio.gather(
            asked(talks, store, "page-one"), asked(talks, store, "page-two")
        )
        assert sorted(len(lines) for lines in both) == [1, 2]
        assert all(lines[-1] == {"type": "end", "next": None} for lines in both)

    asyncio.run(run())


def test_a_page_that_lost_the_answer_gets_the_same_again():
    async def run() -> None:
        store = Store()
        store.reminders = [990.0]
        talks = Talks(Coach(store))
        assert await asked(talks, store) == await asked(talks, store)

    asyncio.run(run())


def test_a_reminder_that_fails_is_no_apology_and_not_asked_for_without_end():
    async def run() -> None:
        store = Store()
        store.reminders = [990.0]
        coach = Coach(store)
        coach.fails = True
        assert await asked(Talks(coach), store) == [{"type": "end", "next": 900}]

    asyncio.run(run())


def test_a_turn_says_when_to_ask_only_if_that_is_new():
    async def run() -> None:
        store = Store()
        store.reminders = [1900.0]
        talks = Talks(echo)
        assert (await read(await begun(talks, store, "message-1")))[-1] == {"type": "end"}
        store.changed = True
        assert (await read(await begun(talks, store, "message-2")))[-1]["next"] == 900
        store.reminders, store.changed = [], True
        assert (await read(await begun(talks, store, "message-3")))[-1]["next"] is None

    asyncio.run(run())


def test_a_page_that_asks_while_the_database_is_away_is_cut_and_asks_again():
    async def run() -> None:
        store = Store()
        talks = Talks(Coach(store))
        talk = await talks.open(ME, store)
        store.broken = True
        lines = await read(talks.start(talk, store, "asked-1", None, PAGE))
        assert lines == []
        store.broken = False
        assert (await asked(talks, store))[-1] == {"type": "end", "next": None}

    asyncio.run(run())
