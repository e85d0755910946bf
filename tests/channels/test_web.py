"""The web channel on a real server, asked the way a browser asks."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pytest
from running import HOST, PATIENCE, Running, holds, serving

from kneewise.channels.core import LONGEST_TEXT
from kneewise.wording import said

SECRET = "of-this-test-" + "and-of-no-server-else"
CLUB = "https://club.example"
APOLOGY = said("utter_failed", topic="fallback")["text"]
ACHES = "it aches around my left kneecap whenever i jog"
SETTINGS = {
    "KNEEWISE_WEB_SECRET": SECRET,
    "KNEEWISE_ORIGINS": CLUB,
    # Each browser of this module comes from an address of its own, through a proxy.
    "SANIC_PROXIES_COUNT": "1",
    "LOG_LEVEL": "INFO",
}

_addresses = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for the whole module."""
    with serving(tmp_path_factory.mktemp("web"), **SETTINGS) as found:
        yield found


@dataclass(frozen=True)
class Reply:
    """An HTTP answer with its headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The messages of a turn that ended."""
        assert self.status == 200, self
        assert self.headers["content-type"] == "application/x-ndjson"
        *messages, end = [json.loads(line) for line in self.body.splitlines()]
        assert end == {"type": "end"}
        assert [m["type"] for m in messages] == ["message"] * len(messages)
        assert [m["n"] for m in messages] == list(range(len(messages)))
        return messages

    @property
    def topics(self) -> list[str]:
        return [message["metadata"]["topic"] for message in self.lines]

    def refused(self, status: int) -> str:
        """The code of an error."""
        assert self.status == status, self
        assert self.headers["content-type"] == "application/json"
        assert set(self.json) == {"error", "message"}
        assert len(self.json["message"]) > 10
        return str(self.json["error"])


@dataclass
class Browser:
    """A browser with a page of the server, or of another origin."""

    server: Running
    origin: str | None = ""
    address: str = field(default_factory=lambda: f"203.0.113.{next(_addresses)}")
    token: str | None = None

    def __post_init__(self) -> None:
        if self.origin == "":
            self.origin = f"http://{HOST}:{self.server.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send one request; bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"X-Forwarded-For": self.address}
        if self.origin:
            given["Origin"] = self.origin
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(HTTPConnection(HOST, self.server.port, timeout=PATIENCE)) as connection:
            # Refused before all of it was sent: the answer is there all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, raw, given)
            got = connection.getresponse()
            found = {name.lower(): value for name, value in got.getheaders()}
            return Reply(got.status, found, got.read())

    def post(self, name: str, body: Any, **headers: str) -> Reply:
        return self.ask("POST", f"/webhooks/web/{name}", body, **headers)

    def begin(self, **body: Any) -> Browser:
        """Get a token."""
        reply = self.post("session", body)
        assert reply.status == 200, reply
        self.token = reply.json["token"]
        return self

    def say(self, text: str, message_id: str | None = None) -> Reply:
        return self.post("message", {"id": message_id or uuid.uuid4().hex, "text": text})

    def press(self, *choices: str) -> Reply:
        return self.post("message", {"id": uuid.uuid4().hex, "choices": list(choices)})

    @property
    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            self.token or "", SECRET, algorithms=["HS256"], audience="kneewise-web"
        )
        return claims

    @property
    def conversation(self) -> str:
        return f"web-{self.claims['sub']}"


@pytest.fixture
def browser(server: Running) -> Browser:
    """A visitor with a token."""
    return Browser(server).begin()


def sql(server: Running, statement: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(server.log.with_name("talk.db"))) as database:
        return database.execute(statement, values).fetchall()


def heard(server: Running, conversation: str) -> list[dict[str, Any]]:
    """What the database holds of what a visitor said."""
    query = "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY id"
    return [json.loads(data) for (data,) in sql(server, query, conversation)]


def rows(server: Running, conversation: str) -> int:
    count = sql(server, "SELECT COUNT(*) FROM events WHERE sender_id = ?", conversation)
    return int(count[0][0])


# --- sessions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["", CLUB])
def test_an_allowed_page_gets_a_token(origin: str, server: Running) -> None:
    browser = Browser(server, origin)
    reply = browser.post("session", {})
    assert reply.status == 200
    assert set(reply.json) == {"token", "expires_in"}
    assert reply.json["expires_in"] == 86_400
    assert reply.headers["cache-control"] == "no-store"
    browser.token = reply.json["token"]
    assert browser.claims["region"] == "eu"
    assert browser.say("hello").topics == ["greeting"]


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "http://club.example", "null", f"http://{HOST}:1"]
)
def test_any_other_page_gets_none(origin: str | None, server: Running) -> None:
    reply = Browser(server, origin).post("session", {})
    assert reply.refused(403) == "forbidden_origin"
    assert "token" not in reply.json


@pytest.mark.parametrize(
    ("origin", "readable"), [("https://evil.example", True), (None, False), ("null", False)]
)
def test_a_forbidden_page_can_read_that_it_is(
    origin: str | None, readable: bool, server: Running
) -> None:
    asked = Browser(server, origin).ask("OPTIONS", "/webhooks/web/session")
    assert asked.status == (204 if readable else 403)
    reply = Browser(server, origin).post("session", {})
    assert reply.headers.get("access-control-allow-origin") == (origin if readable else None)
    assert "access-control-allow-credentials" not in reply.headers


def test_a_token_is_of_no_use_on_a_forbidden_page(browser: Browser, server: Running) -> None:
    browser.origin = "https://evil.example"
    assert browser.say("hello").refused(403) == "forbidden_origin"
    assert heard(server, browser.conversation) == []
    browser.origin = None
    assert browser.say("hello").topics == ["greeting"]


def test_a_token_is_renewed_for_the_same_visitor(browser: Browser) -> None:
    subject, first = browser.claims["sub"], browser.token
    time.sleep(1)
    browser.begin(region="us")
    assert browser.token != first
    assert (browser.claims["sub"], browser.claims["region"]) == (subject, "us")
    browser.begin()
    assert (browser.claims["sub"], browser.claims["region"]) == (subject, "us")


def test_each_visitor_has_a_conversation_of_their_own(server: Running) -> None:
    assert len({Browser(server).begin().conversation for _ in range(5)}) == 5


@pytest.mark.parametrize("region", [7, ["uk"], True])
def test_a_region_that_is_no_text_is_refused(region: Any, server: Running) -> None:
    assert Browser(server).post("session", {"region": region}).refused(400) == "bad_request"


@pytest.mark.parametrize(
    ("keep", "seconds"), [(None, 86_400), (False, 86_400), (True, 90 * 86_400)]
)
def test_who_keeps_the_talk_gets_a_token_for_longer(
    keep: bool | None, seconds: int, browser: Browser
) -> None:
    subject = browser.claims["sub"]
    reply = browser.post("session", {"keep": keep})
    assert reply.json["expires_in"] == seconds
    browser.token = reply.json["token"]
    assert browser.claims["exp"] - browser.claims["iat"] == seconds
    assert browser.claims["sub"] == subject
    assert browser.begin().claims["exp"] - browser.claims["iat"] == 86_400


@pytest.mark.parametrize("keep", [1, 0, "true", "", [], {}])
def test_keep_is_true_or_false(keep: Any, server: Running) -> None:
    assert Browser(server).post("session", {"keep": keep}).refused(400) == "bad_request"


@pytest.mark.parametrize("region", ["atlantis", "", "gb"])
def test_a_page_with_an_unknown_region_is_helped_and_the_log_tells(
    region: str, server: Running
) -> None:
    browser = Browser(server).begin(region=region)
    assert browser.claims["region"] == "eu"
    assert "a page names an unknown region" in server.printed()


@pytest.mark.parametrize("body", [None, b"", b"[]", b"{", b'"uk"'])
def test_a_session_needs_an_object(body: bytes | None, server: Running) -> None:
    assert Browser(server).post("session", body).refused(400) == "bad_request"


def forged(key: str = SECRET, **changed: Any) -> str:
    """A token with the claims of ours, some changed, those that are None left out."""
    now = int(time.time())
    claims = {"sub": "0" * 32, "aud": "kneewise-web", "iat": now, "exp": now + 3600, "region": "uk"}
    kept = {key: value for key, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(kept, key, algorithm="HS256")


UNSIGNED = jwt.encode(jwt.decode(forged(), options={"verify_signature": False}), "", "none")
FORGED = {
    "another key": forged("x" * 40),
    "alg none": UNSIGNED,
    "expired": forged(exp=int(time.time()) - 1),
    "another audience": forged(aud="kneewise"),
    "without an end": forged(exp=None),
    "without a region": forged(region=None),
    "unknown region": forged(region="atlantis"),
    "another subject": forged(sub="rest-ann"),
    "no token": "hello",
    None: None,
}


@pytest.mark.parametrize("token", FORGED.values(), ids=map(str, FORGED))
def test_without_a_token_of_ours_nothing_is_done(token: str | None, server: Running) -> None:
    browser = Browser(server, token=token)
    before = sql(server, "SELECT COUNT(*) FROM events")
    assert browser.say("hello").refused(401) == "unauthorized"
    feedback = {"topic": "greeting", "value": "up"}
    assert browser.post("feedback", feedback).refused(401) == "unauthorized"
    assert browser.ask("DELETE", "/webhooks/web/conversation").refused(401) == "unauthorized"
    if token:
        assert browser.post("session", {}).refused(401) == "unauthorized"
    assert sql(server, "SELECT COUNT(*) FROM events") == before


def test_the_forged_tokens_would_be_good_otherwise(server: Running) -> None:
    assert Browser(server, token=forged()).say("hello").topics == ["greeting"]


# --- CORS ----------------------------------------------------------------------------------------

NAMES = {"session": "POST", "message": "POST", "feedback": "POST", "conversation": "DELETE"}


@pytest.mark.parametrize("name", NAMES)
def test_a_browser_may_ask_before(name: str, server: Running) -> None:
    reply = Browser(server, CLUB).ask(
        "OPTIONS",
        f"/webhooks/web/{name}",
        Access_Control_Request_Method=NAMES[name],
        Access_Control_Request_Headers="authorization,content-type",
    )
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == CLUB
    assert reply.headers["vary"] == "Origin"
    assert NAMES[name] in reply.headers["access-control-allow-methods"].split(", ")
    assert reply.headers["access-control-allow-headers"] == "authorization, content-type"
    assert reply.headers["access-control-max-age"] == "600"
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_a_forbidden_page_is_told_before(origin: str | None, server: Running) -> None:
    reply = Browser(server, origin).ask("OPTIONS", "/webhooks/web/message")
    assert reply.status == 403
    assert not any(name.startswith("access-control-allow") for name in reply.headers)


def test_a_page_of_another_origin_can_read_answers_and_errors(server: Running) -> None:
    browser = Browser(server, CLUB).begin()
    replies = [
        browser.say("hello"),
        browser.say(""),
        browser.post("message", b"x" * 100_000),
        browser.post("feedback", {"topic": "greeting", "value": "up"}),
    ]
    assert [reply.status for reply in replies] == [200, 400, 413, 204]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == CLUB
        assert reply.headers["access-control-expose-headers"] == "Retry-After"
        assert reply.headers["vary"] == "Origin"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-credentials" not in reply.headers


# --- messages ------------------------------------------------------------------------------------


def test_a_turn_comes_as_lines_with_buttons_and_cards(browser: Browser) -> None:
    (message,) = browser.say(ACHES).lines
    assert message["metadata"]["slot"] == "danger_signs"
    assert {"title": "None of these", "payload": "None of these"} in message["buttons"]
    assert set(message) <= {"type", "n", "text", "buttons", "custom", "metadata"}
    assert message["custom"]["v"] == 1


def test_the_conversation_is_that_of_the_token_and_no_other(server: Running) -> None:
    ann, bob = Browser(server).begin(), Browser(server).begin()
    assert ann.say("it is locked solid, i can't get it straight", "message-1").lines
    theirs = {"id": "message-1", "text": ACHES, "sender": ann.conversation}
    theirs |= {"conversation": ann.conversation, "sub": ann.claims["sub"]}
    assert "danger_signs" in str(bob.post("message", theirs).lines)
    assert len(heard(server, ann.conversation)) == 1
    assert len(heard(server, bob.conversation)) == 1
    assert ann.press("None of these").refused(400) == "not_offered"
    rated = {"topic": "question", "value": "up"}
    assert ann.post("feedback", rated).refused(400) == "bad_request"
    assert bob.post("feedback", rated).status == 204
    assert bob.ask("DELETE", "/webhooks/web/conversation").status == 204
    assert rows(server, bob.conversation) == 0
    assert rows(server, ann.conversation) > 0


def test_id_and_region_are_kept_with_the_message(server: Running) -> None:
    browser = Browser(server).begin(region="us")
    assert browser.say("hello", "message-1").lines
    (event,) = heard(server, browser.conversation)
    assert event["metadata"]["id"] == "message-1"
    assert event["metadata"]["region"] == "us"
    assert event["input_channel"] == "web"


@pytest.mark.parametrize("typed", ["/restart", '/ /restart{"x": 1}', "\x00/restart"])
def test_a_typed_command_is_only_text(typed: str, browser: Browser, server: Running) -> None:
    assert browser.say(typed).lines
    (event,) = heard(server, browser.conversation)
    assert event["text"].startswith("restart")
    assert "/" not in event["parse_data"]["text"]
    assert event["parse_data"]["text"] == event["text"]
    assert event["parse_data"]["clauses"], "it was read as words, not taken as a command"


def test_quick_messages_are_taken_in_the_order_they_came(browser: Browser, server: Running) -> None:
    texts = [f"{word} hurts when i jog" for word in "abcdefghi"]
    answers: list[str] = []

    def send(text: str) -> None:
        answers.extend(message["text"] for message in browser.say(text).lines)

    threads = [threading.Thread(target=send, args=(text,)) for text in texts]
    started = time.monotonic()
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    # Rasa's own lock asks once a second whether it is free: eight times would take longer.
    assert time.monotonic() - started < 6
    assert [event["text"] for event in heard(server, browser.conversation)] == texts
    assert len(answers) >= len(texts)
    assert APOLOGY not in answers


def test_the_same_message_again_is_no_second_turn(browser: Browser, server: Running) -> None:
    first = browser.say(ACHES, "message-1")
    browser.say("None of these", "message-2")
    again = browser.say(ACHES, "message-1")
    assert first.lines
    assert again.body == first.body
    assert len(heard(server, browser.conversation)) == 2


def test_the_same_message_at_once_is_one_turn(browser: Browser, server: Running) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(browser.say(ACHES, "message-1").body))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(heard(server, browser.conversation)) == 1


def test_a_browser_that_leaves_gets_its_answer_later(browser: Browser, server: Running) -> None:
    body = json.dumps({"id": "message-1", "text": ACHES}).encode()
    head = (
        f"POST /webhooks/web/message HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Authorization: Bearer {browser.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((HOST, server.port)) as leaving:
        leaving.sendall(head.encode() + body)
    end = time.monotonic() + 30
    while not heard(server, browser.conversation):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert browser.say(ACHES, "message-1").topics == ["question"]
    assert len(heard(server, browser.conversation)) == 1


# --- what is pressed -----------------------------------------------------------------------------


def test_what_was_offered_can_be_pressed(browser: Browser, server: Running) -> None:
    browser.say(ACHES)
    assert browser.press("It gives way under me", "I have a fever or feel ill").lines
    said_last = heard(server, browser.conversation)[-1]["text"]
    assert said_last == "It gives way under me. I have a fever or feel ill"


def test_what_was_not_offered_cannot(browser: Browser, server: Running) -> None:
    assert browser.press("None of these").refused(400) == "not_offered"
    browser.say(ACHES)
    assert browser.press("None of these", "call me").refused(400) == "not_offered"
    assert browser.press("none of these").refused(400) == "not_offered"
    assert browser.press("\ud800").refused(400) == "not_offered"
    assert len(heard(server, browser.conversation)) == 1
    assert browser.press("None of these").lines


# --- what is refused -----------------------------------------------------------------------------

GOOD = {"id": "message-1", "text": "hello"}
PRESS = {"id": "message-1", "choices": ["Yes"]}
BAD = {
    "nothing": (b"", "bad_request"),
    "no JSON": (b"hello", "bad_request"),
    "half JSON": (b'{"id": "a"', "bad_request"),
    "not UTF-8": (b'{"id": "message-1", "text": "\xff\xfe"}', "bad_request"),
    "very deep": (b"[" * 20_000, "bad_request"),
    "a list": ([GOOD], "bad_request"),
    "null": (b"null", "bad_request"),
    "a number": (7, "bad_request"),
    "a text": ("hello", "bad_request"),
    "no id": ({"text": "hello"}, "bad_request"),
    "id null": ({**GOOD, "id": None}, "bad_request"),
    "id number": ({**GOOD, "id": 12345678}, "bad_request"),
    "id short": ({**GOOD, "id": "1234567"}, "bad_request"),
    "id long": ({**GOOD, "id": "a" * 65}, "bad_request"),
    "id newline": ({**GOOD, "id": "message-1\n"}, "bad_request"),
    "id emoji": ({**GOOD, "id": "message-🏃"}, "bad_request"),
    "id lone surrogate": ({**GOOD, "id": "message-\ud800"}, "bad_request"),
    "no text": ({"id": "message-1"}, "bad_request"),
    "text null": ({**GOOD, "text": None}, "bad_request"),
    "text number": ({**GOOD, "text": 7}, "bad_request"),
    "text list": ({**GOOD, "text": ["hello"]}, "bad_request"),
    "text and choices": ({**GOOD, "choices": ["Yes"]}, "bad_request"),
    "text and no choices": ({**GOOD, "choices": []}, "bad_request"),
    "text empty": ({**GOOD, "text": ""}, "empty"),
    "text blank": ({**GOOD, "text": " \t\n\u00a0"}, "empty"),
    "text NUL": ({**GOOD, "text": "\x00"}, "empty"),
    "text lone surrogate": ({**GOOD, "text": "\ud800"}, "empty"),
    "text slashes": ({**GOOD, "text": "// / //"}, "empty"),
    "choices text": ({**PRESS, "choices": "Yes"}, "bad_request"),
    "choices empty": ({**PRESS, "choices": []}, "bad_request"),
    "choices numbers": ({**PRESS, "choices": [1]}, "bad_request"),
    "choices lists": ({**PRESS, "choices": [["Yes"]]}, "bad_request"),
    "choices object": ({**PRESS, "choices": {"Yes": 1}}, "bad_request"),
    "choices too many": ({**PRESS, "choices": ["Yes"] * 21}, "bad_request"),
}


@pytest.mark.parametrize(("body", "code"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_refused(body: Any, code: str, browser: Browser) -> None:
    assert browser.post("message", body).refused(400) == code
    assert browser.post("message", GOOD).topics == ["greeting"]


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "text": "a" * (LONGEST_TEXT + 1)},
        {**GOOD, "pad": "a" * 70_000},
        b'{"id": "message-1", "text": "' + b"knee " * 2_000_000 + b'"}',
    ],
    ids=["2,001 characters", "70 kB", "10 MB"],
)
def test_what_is_too_long_is_refused(body: Any, browser: Browser) -> None:
    assert browser.post("message", body).refused(413) == "too_long"
    assert browser.post("message", GOOD).topics == ["greeting"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhooks/web/message", 405),
        ("POST", "/webhooks/web/conversation", 405),
        ("POST", "/webhooks/web/kneewise.js", 405),
        ("GET", "/webhooks/web/nowhere", 404),
        ("GET", "/webhooks/web/drawings/", 404),
        ("GET", "/webhooks/web/", 404),
    ],
)
def test_other_paths_and_methods_are_refused_in_json(
    method: str, path: str, status: int, browser: Browser
) -> None:
    reply = browser.ask(method, path, Accept="text/html")
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert "error" in reply.json


# --- limits --------------------------------------------------------------------------------------


def test_a_visitor_who_asks_too_much_has_to_wait(browser: Browser, server: Running) -> None:
    for _ in range(10):
        assert browser.say("").refused(400) == "empty"
    reply = browser.say("hello")
    assert reply.refused(429) == "too_many"
    wait = int(reply.headers["retry-after"])
    assert 1 <= wait <= 2
    other = Browser(server, address=browser.address).begin()
    assert other.say("hello").topics == ["greeting"]
    time.sleep(wait)
    assert browser.say("hello").topics == ["greeting"]
    assert len(heard(server, browser.conversation)) == 1


def test_an_address_that_asks_too_much_has_to_wait(server: Running) -> None:
    browser = Browser(server)
    statuses = [browser.post("session", {}).status for _ in range(75)]
    assert statuses[:60] == [200] * 60
    assert 429 in statuses[60:]
    while (reply := browser.post("session", {})).status == 200:
        pass
    assert reply.refused(429) == "too_many"
    assert int(reply.headers["retry-after"]) == 1
    assert Browser(server).post("session", {}).status == 200
    time.sleep(1)
    assert browser.post("session", {}).status == 200


# --- feedback and forgetting ---------------------------------------------------------------------


def test_feedback_is_kept_without_who_and_what(browser: Browser, server: Running) -> None:
    before = sql(server, "SELECT MAX(id) FROM feedback")[0][0] or 0
    browser.say("is ice any use for that?")
    for value in ("up", "down"):
        reply = browser.post("feedback", {"topic": "ice", "value": value, "text": "xyzzy"})
        assert (reply.status, reply.body) == (204, b"")
    columns = [row[1] for row in sql(server, "PRAGMA table_info(feedback)")]
    assert columns == ["id", "at", "topic", "value"]
    kept = sql(server, "SELECT at, topic, value FROM feedback WHERE id > ? ORDER BY id", before)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert kept == [(today, "ice", "up"), (today, "ice", "down")]


BAD_FEEDBACK = [
    {"topic": "heat", "value": "up"},
    {"topic": "", "value": "up"},
    {"topic": None, "value": "up"},
    {"topic": ["ice"], "value": "up"},
    {"value": "up"},
    {"topic": "ice", "value": "sideways"},
    {"topic": "ice", "value": True},
    {"topic": "ice", "value": ["up"]},
    {"topic": "ice"},
    [],
]


@pytest.mark.parametrize("body", BAD_FEEDBACK, ids=str)
def test_other_feedback_is_refused(body: Any, browser: Browser, server: Running) -> None:
    browser.say("is ice any use for that?")
    before = sql(server, "SELECT COUNT(*) FROM feedback")
    assert browser.post("feedback", body).refused(400) == "bad_request"
    assert sql(server, "SELECT COUNT(*) FROM feedback") == before


def delete(browser: Browser) -> None:
    reply = browser.ask("DELETE", "/webhooks/web/conversation")
    assert (reply.status, reply.body) == (204, b"")


def ask_to_forget(browser: Browser) -> None:
    assert browser.say("please forget me").topics == ["forget_me"]


@pytest.mark.parametrize("forget", [delete, ask_to_forget])
def test_a_conversation_is_erased_for_good(forget: Any, browser: Browser, server: Running) -> None:
    word = f"plugh{uuid.uuid4().hex}"
    folder = server.log.parent
    browser.say(f"{ACHES} since {word}", "message-1")
    assert holds(folder, word)
    forget(browser)
    assert rows(server, browser.conversation) == 0
    assert not holds(folder, word)
    assert browser.press("None of these").refused(400) == "not_offered"
    assert browser.post("feedback", {"topic": "question", "value": "up"}).status == 400
    assert browser.say("hello", "message-1").topics == ["greeting"]


def test_erasing_twice_is_no_error(browser: Browser) -> None:
    delete(browser)
    delete(browser)


# --- files and the page --------------------------------------------------------------------------

FILES = {
    "/webhooks/web/kneewise.js": "text/javascript; charset=utf-8",
    "/webhooks/web/strings.json": "application/json",
    "/webhooks/web/drawings/kneemap.svg": "image/svg+xml",
    "/webhooks/web/chat.css": "text/css; charset=utf-8",
    "/webhooks/web/chat": "text/html; charset=utf-8",
    "/chat": "text/html; charset=utf-8",
}


@pytest.mark.parametrize(("path", "kind"), FILES.items(), ids=FILES.keys())
def test_a_file(path: str, kind: str, server: Running) -> None:
    browser = Browser(server, "https://anybody.example")
    reply = browser.ask("GET", path)
    assert reply.status == 200
    assert reply.body
    assert reply.headers["content-type"] == kind
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "public, max-age=300, must-revalidate"
    head = browser.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(reply.body))
    assert head.headers["content-type"] == kind
    again = browser.ask("GET", path, If_None_Match=reply.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == reply.headers["etag"]
    assert browser.ask("GET", path, If_None_Match='"other"').status == 200
    page = path.endswith(("chat", "chat.css"))
    assert reply.headers.get("access-control-allow-origin") == (None if page else "*")


def test_the_page_names_who_may_show_it(server: Running) -> None:
    headers = Browser(server).ask("GET", "/chat").headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {CLUB}; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert headers["referrer-policy"] == "no-referrer"


def test_the_way_to_the_page(server: Running) -> None:
    browser = Browser(server)
    reply = browser.ask("GET", "/")
    assert (reply.status, reply.headers["location"]) == (302, "/chat")
    assert b"Rasa" not in reply.body
    assert b"kneewise.js" in browser.ask("GET", "/chat").body


@pytest.mark.parametrize(
    "path",
    [
        "../kneewise.secret",
        "..%2fkneewise.secret",
        "drawings/../../README.md",
        "drawings/..%2f..%2fREADME.md",
        "drawings/%2e%2e/%2e%2e/README.md",
        "drawings/..\\..\\README.md",
        "//etc/passwd",
        "%00",
        "chat.html.j2",
        "cards.schema.json",
        "widget.yml",
    ],
)
def test_nothing_else_is_served(path: str, server: Running) -> None:
    reply = Browser(server).ask("GET", f"/webhooks/web/{path}")
    assert reply.status == 404
    assert b"Kneewise answers" not in reply.body


# --- the log -------------------------------------------------------------------------------------


def test_nothing_of_a_visitor_is_in_the_log(server: Running) -> None:
    browser = Browser(server).begin()
    browser.say("xyzzy pain under my left kneecap", "secret-id-42")
    browser.press("plugh was not offered")
    browser.token = f"{browser.token}x"
    browser.say("xyzzy again")
    browser.post("message", b'{"id": "xyzzy')
    printed = server.printed()
    assert "Kneewise answers" in printed
    for private in ("xyzzy", "plugh", "secret-id-42", "kneecap", "eyJ", SECRET, "Traceback"):
        assert private not in printed
    subjects = {row[0].removeprefix("web-") for row in sql(server, "SELECT sender_id FROM events")}
    assert len(subjects) > 1
    assert not any(subject in printed for subject in subjects)
    assert " ERROR " not in printed
    warned = [line for line in printed.splitlines() if " WARNING " in line]
    # Of the test above that has a page name one.
    assert all("a page names an unknown region" in line for line in warned)


# --- after a restart -----------------------------------------------------------------------------


def test_after_a_crash_all_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, **SETTINGS) as first:
        browser = Browser(first).begin()
        lost = browser.say(ACHES, "message-1")
        assert lost.topics == ["question"]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(20)
    with serving(tmp_path, **SETTINGS) as second:
        browser.server = second
        browser.origin = f"http://{HOST}:{second.port}"
        assert browser.say(ACHES, "message-1").body == lost.body
        assert len(heard(second, browser.conversation)) == 1
        assert browser.press("Never offered").refused(400) == "not_offered"
        assert browser.post("feedback", {"topic": "question", "value": "up"}).status == 204
        assert "duration_days" in str(browser.press("None of these").lines)
        assert len(heard(second, browser.conversation)) == 2
