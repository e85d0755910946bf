"""The REST channel on a real server: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from running import HOST, Running, free_port, request, serving
from sanic.compat import Header
from sanic.request import Request

import kneewise.dialogue
import kneewise.nlu.symptoms
from kneewise.channels import rest
from kneewise.channels.core import LONGEST_TEXT, clean_text
from kneewise.channels.rest import RestChannel
from kneewise.privacy import DiscreetFormatter, hashed
from kneewise.scene import Turn
from kneewise.store import MemoryStore
from kneewise.testing import Assistant
from kneewise.wording import said

FLOOD = b'{"sender": "flood", "message": "' + b"knee " * 2_000_000 + b'"}'
APOLOGY = said("utter_failed", topic="fallback")
WORDS = "xyzzy pain under my left kneecap"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for the whole module."""
    with serving(tmp_path_factory.mktemp("rest")) as found:
        yield found


def shown(messages: list[dict[str, Any]]) -> str:
    return "\n".join(message["text"] for message in messages)


def slots(messages: list[dict[str, Any]]) -> list[str | None]:
    return [message["metadata"].get("slot") for message in messages]


# --- conversations -------------------------------------------------------------------------------


def test_a_conversation_with_buttons_and_metadata(server: Running) -> None:
    messages = server.say("ann", "it aches around my left kneecap whenever i jog")
    assert slots(messages)[-1] == "danger_signs"
    question = messages[-1]
    payloads = {button["title"]: button["payload"] for button in question["buttons"]}
    assert set(payloads) >= {"It gives way under me", "None of these"}
    assert all(payload == title for title, payload in payloads.items())
    messages = server.say("ann", payloads["None of these"])
    assert "danger_signs" not in slots(messages)
    assert slots(messages)[-1] in ("duration_days", "onset", "severity", "pain_triggers")
    messages = server.say("ann", "and is ice any use for that?")
    assert messages[0]["metadata"]["topic"] == "ice"
    assert "article" in messages[0]["metadata"]["sources"]


def test_every_message_has_the_same_shape(server: Running) -> None:
    for text in (
        "hello",
        "my knee is locked solid, i can't get it straight",
        "what about quantum physics",
    ):
        messages = server.say("shape", text)
        assert messages
        for message in messages:
            assert message["recipient_id"] == "shape"
            assert message["text"].strip()
            assert set(message["metadata"]) >= {"topic", "urgency", "sources", "flags"}


def test_two_senders_never_mix(server: Running) -> None:
    server.say("bob", "my knee is locked solid, i can't get it straight")
    free = server.say("cat", "is it ok to go for a jog with it?")
    warned = server.say("bob", "is it ok to go for a jog with it?")
    assert not any(message["metadata"]["flags"] for message in free)
    assert any(message["metadata"]["flags"] for message in warned)
    same_name = server.say("rest-bob", "is it ok to go for a jog with it?")
    assert not any(message["metadata"]["flags"] for message in same_name)


def test_messages_at_once_reach_their_own_sender(server: Running) -> None:
    texts = {"left1": "hello", "left2": "should i put ice on it", "left3": "forget me"}
    found: dict[str, list[dict[str, Any]]] = {}

    def talk(sender: str) -> None:
        found[sender] = server.say(sender, texts[sender])

    threads = [threading.Thread(target=talk, args=(sender,)) for sender in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    topics = {sender: messages[0]["metadata"]["topic"] for sender, messages in found.items()}
    assert topics == {"left1": "greeting", "left2": "ice", "left3": "forget_me"}
    assert {m["recipient_id"] for m in found["left2"]} == {"left2"}


def test_ids_in_the_database_name_the_channel(server: Running) -> None:
    server.say("dan", "hello")
    with sqlite3.connect(server.log.with_name("talk.db")) as database:
        ids = {row[0] for row in database.execute("SELECT DISTINCT sender_id FROM events")}
    database.close()
    assert "rest-dan" in ids
    assert all(found.startswith("rest-") for found in ids)


# --- what is refused -----------------------------------------------------------------------------

GOOD = {"sender": "eve", "message": "hello"}
BAD = {
    "nothing": b"",
    "no JSON": b"hello",
    "half JSON": b'{"sender": "a"',
    "not UTF-8": b'{"sender": "a", "message": "\xff\xfe"}',
    "very deep": b"[" * 20_000,
    "a list": [GOOD],
    "null": None,
    "a number": 7,
    "a text": "hello",
    "no sender": {"message": "hello"},
    "no message": {"sender": "a"},
    "message null": {**GOOD, "message": None},
    "message number": {**GOOD, "message": 7},
    "message list": {**GOOD, "message": ["hello"]},
    "message empty": {**GOOD, "message": ""},
    "message blank": {**GOOD, "message": " \t\n\u00a0"},
    "message NUL": {**GOOD, "message": "\x00"},
    "message lone surrogate": {**GOOD, "message": "\ud800"},
    "message slashes": {**GOOD, "message": "// / //"},
    "sender null": {**GOOD, "sender": None},
    "sender number": {**GOOD, "sender": 7},
    "sender true": {**GOOD, "sender": True},
    "sender empty": {**GOOD, "sender": ""},
    "sender blank": {**GOOD, "sender": "  "},
    "sender NUL": {**GOOD, "sender": "a\x00b"},
    "sender newline": {**GOOD, "sender": "a\n"},
    "sender lone surrogate": {**GOOD, "sender": "x\ud800"},
    "sender emoji": {**GOOD, "sender": "🏃"},
    "sender path": {**GOOD, "sender": "../../etc"},
    "sender too long": {**GOOD, "sender": "a" * 129},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_refused(body: Any, server: Running) -> None:
    answer = server.rest(body)
    assert answer.status == 400
    assert answer.kind.startswith("application/json")
    assert set(answer.json) == {"error"}
    assert len(answer.json["error"]) > 10
    assert server.say("eve", "hello")


@pytest.mark.parametrize(
    "body",
    [{**GOOD, "message": "a" * (LONGEST_TEXT + 1)}, {**GOOD, "pad": "a" * 70_000}, FLOOD],
    ids=["2,001 characters", "70 kB", "10 MB"],
)
def test_what_is_too_long_is_refused(body: Any, server: Running) -> None:
    answer = server.rest(body)
    assert answer.status == 413
    assert set(answer.json) == {"error"}
    assert server.say("eve", "hello")


def test_other_paths_and_methods_are_refused_in_json(server: Running) -> None:
    wrong = {
        request(server.port, "/webhooks/rest/webhook").status,
        request(server.port, "/webhooks/rest/webhook", b"{}", method="PUT").status,
    }
    assert wrong == {405}
    nowhere = request(
        server.port, "/conversations/rest-eve/tracker", headers={"Accept": "text/html"}
    )
    assert (nowhere.status, set(nowhere.json)) == (404, {"error"})


# --- what is odd, and answered -------------------------------------------------------------------

ODD = {
    "emoji only": "😭🦵🏃‍♀️",
    "right to left": "ركبتي تؤلمني عندما أركض",
    "zero width": "\u200b\u200d",
    "NUL and surrogate": "hel\x00lo th\ud800ere",
    "restart": "/restart",
    "session start": "/session_start",
    "command with slots": '/report_red_flag{"x": true}',
    "command behind blanks": '/ / /report_red_flag{"x": true}',
    "command behind NUL": '\x00/\x00/report_red_flag{"x": true}',
    "braces": "{emergency} {0} {} %s ${doctor}",
    "markup": "<script>alert(1)</script> <b>knee</b>",
    "one long word": "k" * LONGEST_TEXT,
    "numbers": "1 2 3 " * 333,
    "stacked accents": "k" + "\u0301" * 1500,
    "2,000 characters": "can i and " * 200,
    "2,000 commas": "a," * 1000,
    "2,000 nots": "no not never " * 153,
    "astral": "\U0001f9b5" * LONGEST_TEXT,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_messages_are_answered(text: str, server: Running) -> None:
    started = time.monotonic()
    messages = server.say("odd-" + uuid.uuid4().hex, text)
    assert messages
    assert all(message["text"].strip() for message in messages)
    assert not any(message["metadata"]["flags"] for message in messages)
    assert messages[0]["text"] != APOLOGY["text"]
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("slashes", ["/", "//", "/ /", "/\u00a0/", "\x1c/", "\n/\t"])
def test_a_typed_command_is_only_text(slashes: str, assistant: Assistant) -> None:
    chat = assistant.conversation()
    assert chat.say(slashes + 'goodbye{"onset": "sudden"}')
    assert chat.parse["text"].startswith("goodbye")
    assert chat.parse["intent"]["confidence"] < 1.0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" hello\n", "hello"),
        ("4/10 at worst", "4/10 at worst"),
        ("a\x00b\ud800c\x7fd", "abcd"),
        ("one\ntwo\tthree", "one\ntwo\tthree"),
        ("🏃‍♀️", "🏃‍♀️"),
        ("/ /", ""),
    ],
)
def test_clean_text(text: str, kept: str) -> None:
    assert clean_text(text) == kept


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "x"],
)
def test_the_content_type_does_not_matter(kind: str, server: Running) -> None:
    answer = server.rest({"sender": "kind", "message": "hello"}, {"Content-Type": kind})
    assert answer.status == 200
    assert answer.json


def test_nothing_of_this_module_is_in_the_log(server: Running) -> None:
    server.say("log-me", WORDS)
    printed = server.printed()
    assert "xyzzy" not in printed
    assert "log-me" not in printed
    assert "Traceback" not in printed


# --- who may ask ---------------------------------------------------------------------------------


def ask(channel: RestChannel, headers: dict[str, str], ip: str = HOST) -> tuple[int, Any]:
    """Status and JSON of one good request to a channel, with a stand-in for the assistant."""

    async def echo(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, said("utter_thank", "thank"))

    blueprint = channel.blueprint(echo)
    receive = next(r.handler for r in blueprint._future_routes if r.uri == "/webhook")
    request = Request(b"/webhook", Header(headers), "1.1", "POST", None, None)
    request.body = json.dumps(GOOD).encode()
    request.conn_info = SimpleNamespace(client_ip=ip, client=ip, peername=(ip, 4242))
    response = asyncio.run(receive(request))
    return response.status, json.loads(response.body)


def test_this_machine_needs_no_token() -> None:
    status, messages = ask(RestChannel(), {})
    assert (status, messages[0]["recipient_id"]) == (200, "eve")
    assert ask(RestChannel(), {}, "::1")[0] == 200


@pytest.mark.parametrize("ip", ["203.0.113.9", "10.0.0.2", "2001:db8::1", "", "localhost"])
def test_another_machine_needs_one(ip: str) -> None:
    status, answer = ask(RestChannel(), {}, ip)
    assert status == 401
    assert "KNEEWISE_REST_TOKEN" in answer["error"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_on_this_machine_is_another_machine(header: str) -> None:
    assert ask(RestChannel(), {header: "203.0.113.9"})[0] == 401


TOKENS = {
    "right": ("Bearer sesame", 200),
    "wrong": ("Bearer sesam", 401),
    "longer": ("Bearer sesamee", 401),
    "no scheme": ("sesame", 401),
    "empty": ("", 401),
    "bytes that are no text": ("Bearer \udcff\udcfe", 401),
}


@pytest.mark.parametrize(("given", "status"), TOKENS.values(), ids=TOKENS.keys())
def test_the_token(given: str, status: int) -> None:
    assert ask(RestChannel("sesame"), {"Authorization": given}, "203.0.113.9")[0] == status


def test_a_token_is_needed_here_too_once_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNEEWISE_REST_TOKEN", "sesame")
    assert ask(RestChannel.from_credentials(None), {})[0] == 401
    monkeypatch.setenv("KNEEWISE_REST_TOKEN", "")
    assert ask(RestChannel.from_credentials({}), {})[0] == 200


def test_the_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def spy(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", spy)
    assert ask(RestChannel("sesame"), {"Authorization": "Bearer sesame"})[0] == 401
    assert compared == [(b"Bearer sesame", b"Bearer sesame")]


# --- turns that fail -----------------------------------------------------------------------------


@pytest.fixture
def log(assistant: Assistant) -> Iterator[StringIO]:
    """What is written to the log, in the format of the product."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def explode(*args: Any, **kwargs: Any) -> Any:
    raise ValueError(f"{WORDS} secret-42")


def turn_raises(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    patch.setattr(kneewise.dialogue, "respond", explode)


def turn_is_silent(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    patch.setattr(kneewise.dialogue, "respond", lambda _heard, state, *_: Turn((), state))


def replace_action(patch: pytest.MonkeyPatch, assistant: Assistant, name: str, run: Any) -> None:
    actions = assistant.agent.processor.action_endpoint.executor.actions
    assert name in actions
    patch.setitem(actions, name, run)


def action_raises(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    replace_action(patch, assistant, "action_assess", explode)


async def _nothing(*args: Any, **kwargs: Any) -> list[Any]:
    return []


def action_is_silent(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    replace_action(patch, assistant, "action_assess", _nothing)


async def _nonsense(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
    return [{"event": "no such event", "text": WORDS}]


def action_returns_nonsense(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    replace_action(patch, assistant, "action_assess", _nonsense)


def actions_are_down(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    nowhere = EndpointConfig(f"http://{HOST}:{free_port()}/webhook")
    patch.setattr(assistant.agent.processor, "action_endpoint", nowhere)


def component_raises(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    assistant.agent.processor.parses.clear()  # what was understood before is not read again
    patch.setattr(kneewise.nlu.symptoms, "read", explode)


def store_cannot_be_read(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    patch.setattr(MemoryStore, "retrieve", explode)


def store_cannot_be_written(patch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    patch.setattr(MemoryStore, "save", explode)


FAULTS = [
    turn_raises,
    turn_is_silent,
    action_raises,
    action_is_silent,
    action_returns_nonsense,
    actions_are_down,
    component_raises,
    store_cannot_be_read,
    store_cannot_be_written,
]


def turn(assistant: Assistant, conversation: str, text: str) -> list[dict[str, Any]]:
    """One turn the way the REST channel takes it."""
    handle = assistant.agent.handle_message
    return assistant.loop.run_until_complete(rest.answer(handle, text, conversation, "rest"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_turn_that_fails_is_apologised_for(
    fault: Any, assistant: Assistant, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = f"rest-{fault.__name__}-secret-42"
    assert turn(assistant, conversation, "hello")[0]["metadata"]["topic"] == "greeting"
    with monkeypatch.context() as patch:
        fault(patch, assistant)
        messages = turn(assistant, conversation, WORDS)
    assert [message["text"] for message in messages] == [APOLOGY["text"]]
    assert messages[0]["metadata"] == APOLOGY["metadata"]
    printed = log.getvalue()
    assert fault is turn_is_silent or hashed(conversation) in printed
    assert "secret-42" not in printed
    assert "xyzzy" not in printed
    assert "Traceback" not in printed
    after = turn(assistant, conversation, "is ice any use for that?")
    assert after[0]["metadata"]["topic"] == "ice"


def test_a_warning_is_given_even_if_it_cannot_be_kept(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(assistant, "rest-warn", "hello")
    with monkeypatch.context() as patch:
        store_cannot_be_written(patch, assistant)
        messages = turn(assistant, "rest-warn", "it is locked solid, can i ice it")
    assert messages
    assert all(message["metadata"]["flags"] for message in messages)


def test_a_conversation_that_cannot_be_erased_is_not_said_to_be(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(assistant, "rest-erase", "hello")
    with monkeypatch.context() as patch:
        store_cannot_be_written(patch, assistant)
        messages = turn(assistant, "rest-erase", "forget me")
    assert [message["text"] for message in messages] == [APOLOGY["text"]]


def test_an_action_without_a_turn_fails_alike(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    replace_action(monkeypatch, assistant, "action_forget_me", explode)
    messages = turn(assistant, "rest-again-secret-42", "forget me")
    assert [message["text"] for message in messages] == [APOLOGY["text"]]
    assert hashed("rest-again-secret-42") in log.getvalue()
    assert "secret-42" not in log.getvalue()
