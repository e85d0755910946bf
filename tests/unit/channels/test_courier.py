"""A messenger's messages are answered once, in order, and the answers delivered, come what may."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from messenger import HERE, Messenger
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.channels import courier as module
from kneewise.channels import trying
from kneewise.channels.courier import MOST_TRIES, Courier
from kneewise.channels.offers import button_id
from kneewise.channels.post import PostOffice
from kneewise.channels.trying import Impossible, Later
from kneewise.privacy import FORGET
from kneewise.store import ConversationStore
from kneewise.wording import note, said

WARNING = {"text": "Be seen today.", "metadata": {"flags": ["RF06"], "urgency": "same_day"}}


class Assistant:
    """Answers each message with an echo, and keeps the turn as Rasa does."""

    def __init__(self, store: ConversationStore) -> None:
        self.store = store
        self.heard: list[str] = []
        self.fails = False

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message.text)
        if self.fails:
            raise RuntimeError("xyzzy")
        tracker = await self.store.retrieve(message.sender_id)
        tracker = tracker or self.store.init_tracker(message.sender_id)
        tracker.update(UserUttered(message.text, metadata=message.metadata))
        reply = {"text": f"echo {message.text}", "metadata": {"topic": "ice"}}
        if message.text == "forget me":
            reply["metadata"] = {"topic": FORGET}
            tracker.update(SlotSet(FORGET, True))
        buttons = [{"title": "Yes", "payload": "Yes"}]
        tracker.update(BotUttered(reply["text"], {"buttons": buttons}, reply["metadata"]))
        await message.output_channel.send_response(message.sender_id, reply)
        await self.store.save(tracker)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    made = ConversationStore(Domain.empty(), db=str(tmp_path / "talk.db"))
    yield made
    made.database.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "pause", lambda _tries: 0)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run the work in a loop of its own."""

    async def main() -> None:
        await work()

    asyncio.run(main())


def serve(messenger: Messenger, assistant: Assistant, *letters: dict[str, Any]) -> None:
    """A courier takes these messages of one conversation on, until all is delivered."""

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, assistant.store)
        for number, letter in enumerate(letters, 1):
            await courier.accept(str(number), "telegram-7", HERE, letter)
        await courier.idle()

    run(work)


def go_on(messenger: Messenger, assistant: Assistant) -> None:
    """A courier goes on with what an earlier process left."""

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, assistant.store)
        await courier.start()
        await courier.idle()

    run(work)


def text(words: str) -> dict[str, Any]:
    return {"text": words}


def post(store: ConversationStore, *answers: tuple[dict[str, Any], bool]) -> None:
    """An earlier process took a message on; if there are answers, they wait for delivery."""

    async def work() -> None:
        office = PostOffice("telegram", store)
        letter = await office.accept("1", "telegram-7", HERE, text("hello"))
        assert letter is not None
        if answers:
            await office.answered(letter, answers)

    run(work)


def sql(store: ConversationStore, statement: str) -> Any:
    """Run a statement in the database, past the store."""

    def work(connection: Any) -> Any:
        found = connection.execute(sa.text(statement))
        return found.fetchall() if found.returns_rows else None

    return store.database.write_now(work)


def rows(store: ConversationStore, table: str) -> int:
    """How many rows a table has."""
    return int(sql(store, f"SELECT COUNT(*) FROM {table}")[0][0])  # noqa: S608


def test_a_message_is_answered_and_nothing_of_it_stays_in_the_post(
    store: ConversationStore,
) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        assert await courier.accept("1", "telegram-7", HERE, text("should i ice it"))
        await courier.idle()

    run(work)
    assert messenger.got == ["echo should i ice it"]
    assert messenger.typing == 1
    assert rows(store, "due") == 0
    kept = sql(store, "SELECT * FROM accepted")
    assert "ice" not in str(kept)
    assert "telegram-7" not in str(kept)


def test_what_the_platform_repeats_is_taken_on_once(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        taken = [await courier.accept("1", "telegram-7", HERE, text("hello")) for _ in range(5)]
        assert taken == [True, False, False, False, False]
        await courier.idle()
        assert not await courier.accept("1", "telegram-7", HERE, text("hello"))
        slack = Courier("slack", messenger, assistant, store)
        assert await slack.accept("1", "s", HERE, text("hi"))

    run(work)
    assert assistant.heard[0] == "hello"


def test_sixty_in_a_burst_are_answered_in_order(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        for number in range(60):
            await courier.accept(str(number), "telegram-7", HERE, text(str(number)))
        await courier.idle()

    run(work)
    assert messenger.got == [f"echo {number}" for number in range(60)]


def test_a_crash_before_the_answer_is_made_good(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store)

    go_on(messenger, assistant)
    assert messenger.got == ["echo hello"]


def test_a_crash_after_the_turn_was_stored_takes_no_second_turn(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store)

    async def work() -> None:
        tracker = DialogueStateTracker("telegram-7", [])
        tracker.update(UserUttered("hello", metadata={"id": "1"}))
        tracker.update(BotUttered("said before the crash", {}, {"topic": "greeting"}))
        await store.save(tracker)
        courier = Courier("telegram", messenger, assistant, store)
        await courier.start()
        await courier.idle()

    run(work)
    assert messenger.got == ["said before the crash"]
    assert assistant.heard == []


def test_a_crash_before_the_delivery_is_made_good(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store, ({"text": "waiting"}, False))

    go_on(messenger, assistant)
    assert messenger.got == ["waiting"]
    assert rows(store, "due") == 0


def test_a_damaged_row_holds_nothing_up(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store, ({"text": "broken"}, True), ({"text": "whole"}, False))
    sql(store, "UPDATE due SET message = '{xyzzy' WHERE urgent")

    go_on(messenger, assistant)
    assert messenger.got == ["whole"]
    assert rows(store, "due") == 0
    assert "damaged post dropped" in caplog.text
    assert "xyzzy" not in caplog.text


def test_a_damaged_message_holds_nothing_up(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store)
    sql(store, "UPDATE accepted SET body = '{xyzzy'")

    serve(messenger, assistant, {"text": "again"}, text("two"))
    assert messenger.got == ["echo two"]
    assert "damaged post dropped" in caplog.text
    assert "xyzzy" not in caplog.text
    assert rows(store, "accepted") == 2


def test_what_was_taken_on_by_a_clock_that_was_ahead_is_answered(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    post(store)
    sql(store, "UPDATE accepted SET at = at + 3600")

    go_on(messenger, assistant)
    assert messenger.got == ["echo hello"]


def test_a_platform_that_asks_for_a_pause_gets_the_answer_later(store: ConversationStore) -> None:
    messenger = Messenger(Later(0.01), Later(), ConnectionError("xyzzy"))
    assistant = Assistant(store)

    serve(messenger, assistant, text("one"), text("two"))
    assert messenger.got == ["echo one", "echo two"]


def test_what_can_never_be_delivered_holds_nothing_up(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    messenger, assistant = Messenger(Impossible("blocked")), Assistant(store)

    serve(messenger, assistant, text("one"), text("two"))
    assert messenger.got == ["echo two"]
    assert "not delivered" in caplog.text
    assert "blocked" in caplog.text
    assert "telegram-7" not in caplog.text
    assert "one" not in caplog.text


@pytest.mark.parametrize(("seconds", "answer"), [(16 * 60, None), (60, "late")])
def test_an_answer_is_given_up_after_a_while(
    seconds: int, answer: str | None, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(Later(0)), Assistant(store)
    post(store, ({"text": "late"}, False))
    now = module.time.time() + seconds
    monkeypatch.setattr(module.time, "time", lambda: now)

    go_on(messenger, assistant)
    assert messenger.got == ([answer] if answer else [])


def test_a_warning_goes_first_and_is_tried_for_longer(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(Later(0), Later(0)), Assistant(store)
    post(store, ({"text": "tip"}, False), (WARNING, True))
    now = module.time.time() + 3600
    monkeypatch.setattr(module.time, "time", lambda: now)

    go_on(messenger, assistant)
    assert messenger.got[0] == WARNING["text"]


def test_a_button_is_read_as_its_words_also_after_a_restart(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-7", HERE, text("hello"))
        await courier.idle()
        other = Courier("telegram", messenger, assistant, store)
        await other.accept("2", "telegram-7", HERE, {"pressed": [button_id("Yes")]})
        await other.idle()

    run(work)
    assert assistant.heard == ["hello", "Yes"]


@pytest.mark.parametrize("pressed", [[button_id("No")], ["b:0"], ["/restart"], []])
def test_a_button_that_was_not_offered_here_takes_no_turn(
    pressed: list[str], store: ConversationStore
) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-8", HERE, text("hello"))
        await courier.accept("2", "telegram-7", HERE, {"pressed": pressed})
        await courier.idle()

    run(work)
    assert assistant.heard == ["hello"]
    assert note("button_expired")["text"] in messenger.got


@pytest.mark.parametrize(
    ("words", "phrase"),
    [("k" * 1_000_000, "too_long"), ("\x00", "nothing_to_read"), ("/ /", "nothing_to_read")],
)
def test_what_cannot_be_read_is_answered_kindly(
    words: str, phrase: str, store: ConversationStore
) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    serve(messenger, assistant, text(words))
    assert messenger.got == [note(phrase)["text"]]
    assert assistant.heard == []


def test_a_turn_that_fails_is_apologised_for(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    messenger, assistant = Messenger(), Assistant(store)
    assistant.fails = True

    serve(messenger, assistant, text("hello plugh"))
    assert messenger.got == [said("utter_failed", "fallback")["text"]]
    assert "xyzzy" not in caplog.text
    assert "plugh" not in caplog.text


def test_a_turn_that_cannot_be_stored_is_taken_again(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    real, failures = (
        ConversationStore.save,
        [sa.exc.OperationalError("xyzzy", {}, None)] * MOST_TRIES,
    )

    async def away(self: ConversationStore, tracker: Any) -> None:
        if failures:
            raise failures.pop()
        await real(self, tracker)

    monkeypatch.setattr(ConversationStore, "save", away)
    monkeypatch.setattr(trying, "pause", lambda _: 0)

    serve(messenger, assistant, text("hello"))
    assert failures == []
    assert messenger.got == ["echo hello"]


@pytest.mark.parametrize("name", ["answered", "next_for", "done"])
def test_a_database_that_is_away_is_waited_for(
    name: str, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    real, failures = getattr(PostOffice, name), [OSError("xyzzy"), OSError("xyzzy")]

    async def away(office: PostOffice, *args: Any) -> Any:
        if failures:
            raise failures.pop()
        return await real(office, *args)

    monkeypatch.setattr(PostOffice, name, away)

    serve(messenger, assistant, text("hello"))
    assert failures == []
    assert assistant.heard == ["hello"]
    assert set(messenger.got) == {"echo hello"}
    assert rows(store, "due") == 0


def test_a_press_waits_for_a_store_that_cannot_be_read(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    real, failures = ConversationStore.latest, [OSError("xyzzy"), OSError("xyzzy")]

    async def away(self: ConversationStore, *given: Any) -> Any:
        if failures and assistant.heard:
            raise failures.pop()
        return await real(self, *given)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-7", HERE, text("hello"))
        await courier.idle()
        monkeypatch.setattr(ConversationStore, "latest", away)
        await courier.accept("2", "telegram-7", HERE, {"pressed": [button_id("Yes")]})
        await courier.idle()

    run(work)
    assert failures == []
    assert assistant.heard == ["hello", "Yes"]


def test_what_can_never_be_answered_is_apologised_for(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    serve(messenger, assistant, {"note": "there is no such phrase"}, text("hello"))
    assert messenger.got == [said("utter_failed", "fallback")["text"], "echo hello"]


def test_who_is_forgotten_gets_nothing_but_the_word_of_it(store: ConversationStore) -> None:
    messenger, assistant = Messenger(*[Later(0.01)] * 3), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-7", HERE, text("my secret"))
        await courier.accept("2", "telegram-7", HERE, text("forget me"))
        await courier.idle()
        assert await store.retrieve("telegram-7") is None

    run(work)
    assert messenger.got == ["echo forget me"]
    assert rows(store, "due") == 0


def test_what_is_forgotten_is_in_no_file(store: ConversationStore, tmp_path: Path) -> None:
    messenger, assistant = Messenger(*[Later(0.01)] * 3), Assistant(store)
    forgetting = {**text("forget me"), "metadata": {"from": "plughday"}}

    serve(messenger, assistant, text("since xyzzyday"), forgetting)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"talk.db", "talk.db-wal"} <= set(files)
    assert [name for name, data in files.items() if b"xyzzyday" in data] == []
    assert [name for name, data in files.items() if b"plughday" in data] == []
    assert [name for name, data in files.items() if b"telegram-7" in data] == []


def test_the_word_of_it_arrives_though_an_answer_is_under_way(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)
    messenger.slow = 0.1

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-7", HERE, text("my secret"))
        await asyncio.sleep(0.05)
        await courier.accept("2", "telegram-7", HERE, text("forget me"))
        await courier.idle()

    run(work)
    assert messenger.got == ["echo my secret", "echo forget me"]


def test_a_note_takes_no_turn(store: ConversationStore) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    serve(messenger, assistant, {"note": "only_words"})
    assert messenger.got == [note("only_words")["text"]]
    assert assistant.heard == []


def test_marks_are_forgotten_after_a_day(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, assistant = Messenger(), Assistant(store)

    async def work() -> None:
        courier = Courier("telegram", messenger, assistant, store)
        await courier.accept("1", "telegram-7", HERE, text("hello"))
        await courier.idle()
        now = module.time.time() + 25 * 3600
        monkeypatch.setattr(module.time, "time", lambda: now)
        await courier.accept("2", "telegram-7", HERE, text("hello"))
        await courier.idle()

    run(work)
    assert rows(store, "accepted") == 1


def test_a_store_without_a_database_has_a_post_in_memory() -> None:
    async def work() -> None:
        office = PostOffice("telegram", object())
        assert await office.accept("1", "telegram-7", HERE, text("hello"))
        assert await office.accept("1", "telegram-7", HERE, text("hello")) is None
        assert await office.pending() == ["telegram-7"]
        letter = await office.first_for("telegram-7")
        assert letter is not None
        assert letter.said == text("hello")

    run(work)
