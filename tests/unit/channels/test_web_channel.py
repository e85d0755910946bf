"""The web channel without a server: how it is opened, and what it says while it cannot answer."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from sanic import Sanic
from sanic.request import Request

from kneewise import serve
from kneewise.channels.core import Refused
from kneewise.channels.tokens import AUDIENCE
from kneewise.channels.web import WebChannel, _failed
from kneewise.rasa_compat import own_store
from kneewise.store import MemoryStore

ROOT = Path(__file__).resolve().parents[3]
KEY = "k" * 48
PAGE = {"Origin": "http://knee.example", "Host": "knee.example"}


class Asked(Request):
    """A request to a handler, which keeps what is streamed to it."""

    async def respond(self, *args: Any, **kwargs: Any) -> Any:
        self.ctx.sent = []

        async def send(line: bytes) -> None:
            self.ctx.sent.append(json.loads(line))

        return SimpleNamespace(send=send)


async def echo(message: UserMessage) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": message.text})


def ask(channel: WebChannel, name: str, body: Any, agent: Any, **headers: str) -> Any:
    """What a handler answers; what it streams, if it does; or the error that it raises."""
    routes = channel.blueprint(echo)._future_routes
    handler = next(r.handler for r in routes if r.name == f"kneewise_web.{name}")
    app = SimpleNamespace(ctx=SimpleNamespace(agent=agent) if agent else SimpleNamespace())
    request = Asked(b"/", {**PAGE, **headers}, "1.1", "POST", None, app)
    request.body = json.dumps(body).encode()
    request._remote_addr = "203.0.113.9"
    response = asyncio.run(handler(request))
    return request.ctx.sent if response is None else response


class Broken(MemoryStore):
    """A store that cannot be read."""

    async def latest(self, *_: Any) -> Any:
        raise OSError("xyzzy")


def agent_with(store: Any, *, ready: bool = True) -> Any:
    return SimpleNamespace(tracker_store=store, is_ready=lambda: ready)


@pytest.fixture
def channel() -> WebChannel:
    return WebChannel(KEY, {})


STARTING = [None, agent_with(None, ready=False)]


@pytest.mark.parametrize("agent", STARTING, ids=["no agent", "not ready"])
@pytest.mark.parametrize("name", ["session", "message", "feedback", "conversation"])
def test_while_it_starts_it_says_so(name, agent, channel):
    with pytest.raises(Refused) as refused:
        ask(channel, name, {}, agent)
    answer = asyncio.run(_failed(None, refused.value))  # type: ignore[arg-type]
    assert answer.status == 503
    assert json.loads(answer.body)["error"] == "starting"
    assert int(answer.headers["Retry-After"]) > 0


def test_what_fails_inside_is_not_told(caplog):
    answer = asyncio.run(_failed(None, KeyError("xyzzy")))  # type: ignore[arg-type]
    assert (answer.status, json.loads(answer.body)["error"]) == (500, "failed")
    assert b"xyzzy" not in answer.body
    assert "KeyError" in caplog.text
    assert "xyzzy" not in caplog.text


def test_when_conversations_cannot_be_read_the_runner_is_told(channel, caplog):
    agent = agent_with(Broken(Domain.empty()))
    token = {"Authorization": f"Bearer {channel.tokens.issue('uk')}"}
    body = {"id": "message-1", "text": "hello"}
    for name, sent in (("message", body), ("feedback", {"topic": "ice", "value": "up"})):
        with pytest.raises(Refused) as refused:
            ask(channel, name, sent, agent, **token)
        assert (refused.value.status, refused.value.code) == (503, "unavailable")
    assert "xyzzy" not in caplog.text
    agent = agent_with(MemoryStore(Domain.empty()))
    assert ask(channel, "message", body, agent, **token)[0]["text"] == "hello"


def test_who_keeps_the_talk_can_come_back_for_as_long_as_the_server_keeps_it():
    channel = WebChannel(KEY, {}, days=30)
    agent = agent_with(MemoryStore(Domain.empty()))
    lifetimes = {}
    for keep in (None, False, True):
        given = json.loads(ask(channel, "session", {"keep": keep}, agent).body)
        claims = jwt.decode(given["token"], KEY, algorithms=["HS256"], audience=AUDIENCE)
        assert claims["exp"] - claims["iat"] == given["expires_in"]
        lifetimes[keep] = given["expires_in"]
    assert lifetimes == {None: 86_400, False: 86_400, True: 30 * 86_400}


def test_a_talk_that_was_erased_because_it_was_old_begins_anew(channel):
    store = MemoryStore(Domain.empty())
    token = {"Authorization": f"Bearer {channel.tokens.issue('uk')}"}
    for n in range(2):
        lines = ask(
            channel, "message", {"id": f"message-{n}", "text": "hi"}, agent_with(store), **token
        )
        assert [line.get("text") for line in lines] == ["hi", None]
        asyncio.run(store.erase_older_than(time.time() + 1))


def test_the_own_store_is_found_in_what_rasa_wraps_it_in():
    store = MemoryStore(Domain.empty())
    assert own_store(agent_with(FailSafeTrackerStore(store))) is store
    assert own_store(agent_with(store)) is store


# --- opened by the server ------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to serve from."""
    for name in ("endpoints.yml", "credentials.yml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setenv("KNEEWISE_WEB_SECRET", KEY)
    monkeypatch.delenv("KNEEWISE_ORIGINS", raising=False)
    monkeypatch.setattr(Sanic, "_app_registry", {})
    return tmp_path


def paths(app: Sanic) -> set[str]:
    return {f"/{route.path}" for route in app.router.routes_all.values()}


def test_the_server_has_the_page_and_the_widget(root):
    found = paths(serve.make_app(root, Path("no-model")))
    assert {"/chat", "/webhooks/web/kneewise.js", "/webhooks/web/message"} <= found


def test_without_the_channel_there_is_no_page(root):
    (root / "credentials.yml").write_text("kneewise.channels.rest.RestChannel:\n")
    found = paths(serve.make_app(root, Path("no-model")))
    assert "/webhooks/rest/webhook" in found
    assert not [path for path in found if "chat" in path or "web/" in path]


@pytest.mark.parametrize(
    ("setting", "value"), [("KNEEWISE_ORIGINS", "*"), ("KNEEWISE_WEB_SECRET", "short")]
)
def test_a_wrong_setting_is_named_at_the_start(setting, value, root, monkeypatch):
    monkeypatch.setenv(setting, value)
    with pytest.raises(serve.CannotServe, match=setting):
        serve.make_app(root, Path("no-model"))
