"""What answers of the Bot API mean, and how a message under way is gone on with."""

from __future__ import annotations

import asyncio
import json
import logging
import socket

import pytest
from aiogram.bot.api import check_result

from kneewise.channels.bursts import DROPPED, LET_IN, TOO_MUCH, Bursts
from kneewise.channels.post import Parcel
from kneewise.channels.telegram import carrier as carriers
from kneewise.channels.telegram.api import BotApi, Rejected, WrongToken
from kneewise.channels.telegram.carrier import TelegramCarrier
from kneewise.channels.trying import Gone, Impossible, Later

JSON = "application/json"


def told(status, body, kind=JSON):
    """What a call raises at an answer."""

    async def call():
        api = BotApi("123:ABC")

        async def answer(*_):
            return check_result("sendMessage", kind, status, body)

        api._bot.request = answer
        try:
            return await api.call("sendMessage", {"text": "xyzzy"})
        finally:
            await api.close()

    with pytest.raises((Later, Impossible)) as raised:
        asyncio.run(call())
    return raised.value


def refusal(status, reason, **parameters):
    return status, json.dumps({"ok": False, "description": reason, "parameters": parameters})


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (refusal(429, "Too Many Requests: retry after 7", retry_after=7), Later),
        (refusal(500, "Internal Server Error"), Later),
        (refusal(500, "restart"), Later),
        (refusal(503, ""), Later),
        ((500, ""), Later),
        ((502, "[]"), Later),
        ((504, "no JSON"), Later),
        (refusal(409, "Conflict: terminated by other getUpdates request"), Later),
        (refusal(401, "Unauthorized"), WrongToken),
        (refusal(404, "Not Found"), WrongToken),
        (refusal(403, "Forbidden: bot was blocked by the user"), Gone),
        (refusal(403, "Forbidden: user is deactivated"), Gone),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), Gone),
        (refusal(403, "Forbidden: something new"), Gone),
        (refusal(400, "Bad Request: chat not found"), Gone),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1), Gone),
        (refusal(400, "Bad Request: message is too long"), Rejected),
        (refusal(400, "Bad Request: BUTTON_DATA_INVALID"), Rejected),
        (refusal(413, "Request Entity Too Large"), Rejected),
    ],
)
def test_what_an_answer_means(answer, means):
    found = told(*answer)
    assert type(found) is means
    assert getattr(found, "wait", 7) in (7, None)
    assert "xyzzy" not in str(found)


def test_the_delay_is_told():
    assert told(*refusal(429, "Too Many Requests", retry_after=7)).wait == 7


def test_an_answer_that_is_no_json_is_tried_again():
    assert type(told(502, "<html>", "text/html")) is Later


def test_after_the_end_nothing_is_called():
    async def call():
        api = BotApi("123:ABC")
        await api.close()
        await api.call("getMe")

    with pytest.raises(Later):
        asyncio.run(call())


def test_a_call_that_takes_too_long_is_tried_again():
    async def call(port):
        api = BotApi("123:ABC", f"http://127.0.0.1:{port}")
        try:
            await api.call("getMe", patience=0.2)
        finally:
            await api.close()

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Later):
        asyncio.run(call(silent.getsockname()[1]))


def test_aiogram_never_logs_what_is_sent(monkeypatch):
    monkeypatch.setattr(logging.getLogger("aiogram"), "level", logging.NOTSET)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    try:
        BotApi("123:ABC")
        assert not logging.getLogger("aiogram").isEnabledFor(logging.DEBUG)
    finally:
        root.setLevel(before)


class Line:
    """Stands for the Bot API: refuses what it is told to, and keeps the rest."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.sent = []

    async def call(self, method, data, files=None, patience=0):
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        self.sent.append(data.get("text"))


def test_a_message_given_up_is_not_gone_on_with(monkeypatch):
    line = Line(None, Later())
    carrier = TelegramCarrier(line)
    message = {"text": "a" * 4000 + " " + "b" * 4000}

    async def deliver():
        await carrier.deliver(Parcel(1, 0.0, False, {"chat": 1}, message))

    with pytest.raises(Later):
        asyncio.run(deliver())
    monkeypatch.setattr(carriers, "KEPT_FOR", -1)
    asyncio.run(deliver())
    assert [text[0] for text in line.sent] == ["a", "a", "b"]
    assert carrier._under_way == {}


def test_a_warning_in_between_does_not_have_a_part_sent_again():
    line = Line(None, Later())
    carrier = TelegramCarrier(line)
    long = Parcel(1, 0.0, False, {"chat": 1}, {"text": "a" * 4000 + " " + "b" * 4000})
    warning = Parcel(2, 0.0, True, {"chat": 1}, {"text": "c"})

    async def deliver():
        with pytest.raises(Later):
            await carrier.deliver(long)
        await carrier.deliver(warning)
        await carrier.deliver(long)

    asyncio.run(deliver())
    assert [text[0] for text in line.sent] == ["a", "c", "b"]


def test_after_what_is_impossible_nothing_is_kept():
    carrier = TelegramCarrier(Line(Impossible("gone")))
    with pytest.raises(Impossible):
        asyncio.run(carrier.deliver(Parcel(1, 0.0, False, {"chat": 1}, {"text": "a"})))
    assert carrier._under_way == {}


def test_limits_count_a_repeat_once():
    async def run():
        bursts = Bursts("telegram")
        verdicts = [await bursts.of(str(n), "ann") for n in range(70)]
        assert verdicts[:60] == [LET_IN] * 60
        assert verdicts.count(TOO_MUCH) == 1
        assert verdicts[-1] == DROPPED
        assert [await bursts.of(str(n), "ann") for n in range(70)] == verdicts
        assert await bursts.of("other", "bob") == LET_IN

    asyncio.run(run())
