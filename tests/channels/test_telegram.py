"""Telegram on a real server with the real model: conversations, and a server that is killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import telegram_fake as tg
from running import Running, free_port, holds, request, serving, wait_until_gone
from telegram_fake import FakeTelegram, Sent, fake_telegram, listening, settings

from kneewise import knowledge
from kneewise.channels.core import apology
from kneewise.privacy import hashed

APOLOGY = apology()["text"]


def phrase(name: str) -> str:
    return knowledge.load().phrases[name]


class Person:
    """Somebody who writes to the bot and waits for the answer."""

    def __init__(self, fake: FakeTelegram, number: int) -> None:
        self.fake = fake
        self.number = number

    def say(self, text: str) -> list[Sent]:
        return self._answer_to(self.fake.text(self.number, text))

    def press(self, title: str) -> list[Sent]:
        """Press the newest button with this title."""
        for sent in reversed(self.fake.to(self.number)):
            if any(button["text"] == title for row in sent.buttons for button in row):
                update = self.fake.press(self.number, sent.button(title), sent.message)
                return self._answer_to(update)
        raise AssertionError(f"no button {title!r}")

    def _answer_to(self, update: dict[str, Any]) -> list[Sent]:
        before = len(self.fake.to(self.number))
        assert self.fake.push(update) == 200
        self.fake.wait_for(self.number, before + 1)
        self.settle()
        return self.fake.to(self.number)[before:]

    def settle(self) -> None:
        """Wait until nothing more has come for a moment."""
        count = -1
        while count != len(self.fake.to(self.number)):
            count = len(self.fake.to(self.number))
            time.sleep(0.7)


def words(sent: list[Sent]) -> str:
    return "\n".join(one.text for one in sent)


def query(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "talk.db", timeout=20)) as database:
        return database.execute(sql).fetchall()


def events(folder: Path, number: int, kind: str) -> list[dict[str, Any]]:
    sql = f"SELECT data FROM events WHERE sender_id = 'telegram-{number}' ORDER BY id"  # noqa: S608
    found = [json.loads(raw) for (raw,) in query(folder, sql)]
    return [event for event in found if event["event"] == kind]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTelegram]:
    with fake_telegram() as found:
        yield found


@pytest.fixture(scope="module")
def server(fake: FakeTelegram, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("telegram")
    port = fake.bot_port = free_port()
    with serving(folder, port, **settings(fake)) as found:
        fake.wait(lambda: fake.webhook and fake.commands, what="registered")
        yield found


@pytest.fixture
def pat(fake: FakeTelegram, server: Running, request: pytest.FixtureRequest) -> Person:
    """Somebody new."""
    return Person(fake, 5_000_000_000 + zlib.crc32(request.node.name.encode()))


# --- from first pain -----------------------------------------------------------------------------


def test_by_buttons_to_a_plan(pat, fake):
    assert "Kneewise" in words(pat.say("/start"))
    assert phrase("none_of_these") in [b["text"] for b in _last(pat.press("My knee hurts"))]
    where = pat.press("None of these")
    assert where[-1].files["photo"][0] == "kneemap.png"
    assert "Where does it hurt" in where[-1].text
    pat.press("Front of the knee, or around the kneecap")
    pat.press("2 to 6 weeks")
    pat.press("Slowly, bit by bit")
    pat.press("Running")
    pat.press("3")
    plan = pat.press("16 to 49")
    assert "2 out of 10" in words(plan)
    assert phrase("plan_title") in words(plan)
    assert any(phrase("plan_title") in sent.text for sent in plan)
    assert "Can I still run?" in [button["text"] for button in _last(plan)]
    fake.wait(lambda: all(fake.queries.values()), what="no button is left waiting")
    assert all(len(row) == 1 for sent in fake.to(pat.number) for row in sent.buttons)


def test_by_text_to_an_urgent_warning(pat):
    pat.say("it aches around my left kneecap whenever i jog")
    warned = pat.say("since this morning my calf is swollen and i am short of breath")
    assert "112" in warned[0].text
    assert "112" in words(pat.say("can i still go for a run"))


def test_by_buttons_to_an_urgent_warning(pat):
    pat.say("my knee hurts")
    assert "112" in words(pat.press("Short of breath or chest pain"))


def test_an_exercise_comes_with_its_drawing(pat):
    picture, steps = pat.say("how do i do squats?")[:2]
    assert picture.files["photo"][0] == "squat.png"
    assert picture.text == next(e.alt for e in knowledge.load().exercises if e.id == "squat")
    assert "\n1. " in steps.text


def _last(sent: list[Sent]) -> list[dict[str, Any]]:
    return [button for row in sent[-1].buttons for button in row]


# --- commands ------------------------------------------------------------------------------------


def test_the_commands(pat, fake, server):
    assert "Kneewise" in words(pat.say("/start spring_10k"))
    said = events(server.log.parent, pat.number, "user")
    assert said[0]["metadata"]["start"] == "spring_10k"
    assert "forget me" in words(pat.say("/help@KneewiseTestBot"))
    assert "start again" in words(pat.say("/restart"))
    listed = {command["command"]: command["description"] for command in fake.commands}
    assert listed == {
        name: phrase(f"command_{name}") for name in ("start", "help", "restart", "forget")
    }


def test_forget_erases_every_row_and_word(pat, server):
    folder = server.log.parent
    pat.say("xyzzy pain under my kneecap")
    pat.press("It gives way under me")
    assert holds(folder, "xyzzy")
    assert "erased" in words(pat.say("/forget"))
    wait_until_gone(folder, "xyzzy")
    mine = f"'telegram-{pat.number}'"
    assert query(folder, f"SELECT id FROM events WHERE sender_id = {mine}") == []  # noqa: S608
    assert query(folder, f"SELECT id FROM due WHERE conversation = {mine}") == []  # noqa: S608
    assert query(folder, f"SELECT id FROM accepted WHERE conversation = {mine}") == []  # noqa: S608
    assert "Kneewise" in words(pat.say("hello"))


# --- what is hard --------------------------------------------------------------------------------


def test_a_burst_of_sixty_is_read_in_order_and_none_lost(pat, fake, server):
    given = [f"my pain is {n % 10} and this is message {n}" for n in range(60)]
    for text in given:
        assert fake.push(fake.text(pat.number, text)) == 200
    folder = server.log.parent
    mine = f"SELECT id FROM events WHERE sender_id = 'telegram-{pat.number}'"  # noqa: S608
    fake.wait(lambda: query(folder, mine) and not _pending(folder), 120, "all are answered")
    assert [event["text"] for event in events(folder, pat.number, "user")] == given
    pat.settle()
    assert APOLOGY not in words(fake.to(pat.number))


def _pending(folder: Path) -> int:
    (left,) = query(folder, "SELECT count(*) FROM accepted WHERE body IS NOT NULL")[0]
    return int(left)


def test_a_million_characters_do_not_hold_up_the_server(pat, server):
    started = time.monotonic()
    assert words(pat.say("k" * 1_000_000)) == phrase("too_long")
    assert request(server.port, "/health").status == 200
    assert time.monotonic() - started < 8


def test_forged_updates_reach_nothing(pat, fake, server):
    update = fake.text(pat.number, "hello")
    for secret in (None, "", "wrong" * 10):
        assert fake.post(update, secret) == 403
    time.sleep(1)
    assert events(server.log.parent, pat.number, "user") == []


def test_other_channels_do_not_reach_a_conversation(pat, server):
    pat.say("my knee is locked solid, i can't get it straight")
    for sender in (str(pat.number), f"telegram-{pat.number}"):
        answer = server.say(sender, "is it ok to go for a jog with it?")
        assert not any(message["metadata"]["flags"] for message in answer)


def test_nothing_of_anybody_is_in_the_log(pat, fake, server):
    pat.say("xyzzy in my knee")
    pat.say("/forget")
    fake.fail("sendMessage", tg.blocked())
    fake.push(fake.text(pat.number, "xyzzy again"))
    fake.wait(lambda: hashed(f"telegram-{pat.number}") in server.printed(), what="logged")
    for hidden in ("xyzzy", str(pat.number), fake.token, fake.webhook["secret_token"]):
        assert hidden not in server.printed()
    assert "Traceback" not in server.printed()


# --- killed between acknowledgement and answer ---------------------------------------------------


GIVEN = [f"what about ice, number {n}" for n in range(30)]


def test_killed_after_the_acknowledgement_it_answers_once_when_it_is_back(tmp_path):
    """Bot API down at the start; 30 messages acknowledged; kill -9; back, now by polling."""
    fake, pat = FakeTelegram(), 6_000_000_001
    fake.port, fake.bot_port = free_port(), free_port()
    asked, given = _killed(fake, pat, tmp_path)
    assert _pending(tmp_path) > 0, "all were answered before the kill"
    fake.faults.clear()
    fake.sent.clear()
    more = {"KNEEWISE_TELEGRAM": "polling"}
    with listening(fake, fake.port), serving(tmp_path, fake.bot_port, **settings(fake, **more)):
        fake.wait(lambda: not _pending(tmp_path) and not _due(tmp_path), 60, "all delivered")
        said = [event["text"] for event in events(tmp_path, pat, "user")]
        assert sorted(said) == sorted(["my knee hurts", *GIVEN])
        told = [event["text"] for event in events(tmp_path, pat, "bot")]
        heard = [sent.text for sent in fake.to(pat)]
        assert sorted(heard) == sorted(told[-len(heard) :])
        assert sum("ice" in text.lower() for text in heard) >= len(GIVEN)
        assert not fake.webhook
        # A button from before the crash says what it said; what Telegram repeats says nothing.
        fake.queue(fake.press(pat, asked.button("None of these"), asked.message))
        for update in given:
            fake.queue(update)
        fake.queue(fake.text(pat, "thanks"))
        fake.wait(lambda: len(events(tmp_path, pat, "user")) == 33, what="the last message")
        after = [event["text"] for event in events(tmp_path, pat, "user")]
        assert after[31:] == ["None of these", "thanks"]


def _killed(fake: FakeTelegram, pat: int, folder: Path) -> tuple[Sent, list[dict[str, Any]]]:
    """A server that is killed with 30 messages acknowledged; a question from before, and those."""
    with serving(folder, fake.bot_port, **settings(fake)) as server:
        fake.wait(lambda: "setWebhook failed" in server.printed(), what="it was tried")
        with listening(fake, fake.port):
            fake.wait(lambda: fake.webhook, 40, "registered though Telegram was away at the start")
            asked = Person(fake, pat).say("my knee hurts")[-1]
            # From here nothing gets out, so that each answer can be counted afterwards.
            for method in ("sendMessage", "sendPhoto"):
                fake.fail(method, tg.broken(), times=9_999)
            given = [fake.text(pat, text) for text in GIVEN]
            assert _push_all(fake, given) == len(GIVEN)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait(20)
    return asked, given


def _push_all(fake: FakeTelegram, updates: list[dict[str, Any]]) -> int:
    """Post all at the same time; how many were acknowledged."""
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda u=update: statuses.append(fake.push(u)))
        for update in updates
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses.count(200)


def _due(folder: Path) -> int:
    (left,) = query(folder, "SELECT count(*) FROM due")[0]
    return int(left)
