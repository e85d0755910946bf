"""A Slack of our own on 127.0.0.1: its Web API with the real limits and errors, and Socket Mode.

It fails on demand. Methods need the scopes that `deploy/slack/manifest.yml` asks for, so a manifest
with too few of them is found out. Whoever sends as Slack does is in `slack_sender.py`.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import WSCloseCode, WSMsgType, web
from slack_rules import LONGEST_TEXT, wrong

HOST = "127.0.0.1"
MANIFEST = Path(__file__).resolve().parents[2] / "deploy" / "slack" / "manifest.yml"
TOKEN = "xoxb-1-of-this-test"  # noqa: S105 - of no workspace
APP_TOKEN = "xapp-1-of-this-test"  # noqa: S105
TEAM, BOT_USER, BOT_ID = "T0KNEE", "U0BOT", "B0BOT"
CHANNEL = "C0RUNNERS"
SCOPES = {
    "auth.test": None,
    "apps.connections.open": None,
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "conversations.replies": "im:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
_PING = re.compile(r"<(?:!(?:channel|here|everyone)|@[UW]\w+)[|>]")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    status: int = 0
    error: str = ""
    retry_after: int | None = None
    slow: float = 0
    drop: bool = False
    after: bool = False
    """True: the call is done, and only its answer is lost."""


@dataclass(frozen=True)
class Call:
    """One call of the Web API, as it came."""

    method: str
    args: dict[str, Any]
    at: float


@dataclass
class FakeSlack:
    """One workspace with one app."""

    users: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    pings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    used_scopes: set[str] = field(default_factory=set)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        granted = yaml.safe_load(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"]
        self.granted = set(granted)
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._sockets: list[web.WebSocketResponse] = []
        self._clock = time.time()
        self._numbers = iter(range(1, 10**9))
        self.loop = asyncio.new_event_loop()

    # --- for tests -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/api/"

    def fault(self, method: str, times: int = 1, **how: Any) -> None:
        """Have the next calls of a method go wrong."""
        self._faults[method].extend([Fault(**how)] * times)

    def mend(self) -> None:
        """Let all go well again."""
        self._faults.clear()

    def posted(self, channel: str, start: int = 0) -> list[dict[str, Any]]:
        """What the bot posted to a channel, oldest first; files too."""
        return [m for m in self.messages if m["channel"] == channel][start:]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def ts(self) -> str:
        """The next time stamp: each is of one message only."""
        return f"{self._clock:.0f}.{next(self._numbers):06}"

    def push(self, envelope: dict[str, Any]) -> None:
        """Hand something over by Socket Mode."""
        asyncio.run_coroutine_threadsafe(self._push(envelope), self.loop).result(10)

    def close_sockets(self) -> None:
        """Cut all connections of Socket Mode."""
        asyncio.run_coroutine_threadsafe(self._close_sockets(), self.loop).result(10)

    @contextmanager
    def running(self, port: int = 0) -> Iterator[FakeSlack]:
        """Serve in a thread; at a port that was used before, it is the same Slack back again."""
        if self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
        ready, stop = threading.Event(), asyncio.Event()

        def run() -> None:
            self.loop.run_until_complete(self._serve(port or self.port, ready, stop))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert ready.wait(10)
            yield self
        finally:
            self.loop.call_soon_threadsafe(stop.set)
            thread.join(20)

    async def _serve(self, port: int, ready: threading.Event, stop: asyncio.Event) -> None:
        app = web.Application(client_max_size=20 * 2**20)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/socket", self._socket)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        self.port = runner.addresses[0][1]
        ready.set()
        await stop.wait()
        await self._close_sockets()
        await runner.cleanup()

    # --- the Web API -----------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        self.calls.append(Call(method, args, time.monotonic()))
        fault = self._faults[method].popleft() if self._faults[method] else Fault()
        if fault.slow:
            await asyncio.sleep(fault.slow)
        if fault.drop and not fault.after:
            return _dropped(request)
        if (fault.status or fault.error) and not fault.after:
            return _failed(fault)
        answer = self._answer(method, args, request.headers.get("Authorization", ""))
        if not answer["ok"]:
            self.refused.append(f"{method}: {answer['error']} {answer.get('errors', '')}")
        if fault.after:
            return _dropped(request) if fault.drop else _failed(fault)
        return web.json_response(answer)

    def _answer(self, method: str, args: dict[str, Any], authorization: str) -> dict[str, Any]:
        if method not in SCOPES:
            return _error("unknown_method")
        token = APP_TOKEN if method == "apps.connections.open" else TOKEN
        given = authorization.removeprefix("Bearer ") or args.get("token", "")
        if given != token:
            return _error("invalid_auth" if given else "not_authed")
        scope = SCOPES[method]
        if scope and scope not in self.granted:
            return {**_error("missing_scope"), "needed": scope}
        self.used_scopes |= {scope} if scope else set()
        answer: dict[str, Any] = getattr(self, "_" + method.replace(".", "_"))(args)
        return answer

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID, "url": self.url}

    def _conversations_open(self, args: dict[str, Any]) -> dict[str, Any]:
        user = args.get("users", "")
        if user not in self.users:
            return _error("user_not_found")
        return {"ok": True, "channel": {"id": dm(user)}}

    def _chat_postMessage(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's
        channel, text, blocks = args.get("channel", ""), args.get("text") or "", args.get("blocks")
        if channel in self.users:
            channel = dm(channel)
        if channel != CHANNEL and channel not in map(dm, self.users):
            return _error("channel_not_found")
        if channel in map(dm, self.blocked):
            return _error("user_disabled")
        blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
        if not text.strip() and not blocks:
            return _error("no_text")
        if len(text) > LONGEST_TEXT:
            return _error("msg_too_long")
        if blocks is not None and (problems := wrong(blocks)):
            return {**_error("invalid_blocks"), "errors": problems}
        self._note_pings(text, blocks)
        message = {
            "type": "message",
            "channel": channel,
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "ts": self.ts(),
            "text": text,
            "blocks": blocks or [],
        }
        if args.get("thread_ts"):
            message["thread_ts"] = args["thread_ts"]
        self.messages.append(message)
        return {"ok": True, "channel": channel, "ts": message["ts"], "message": message}

    def _note_pings(self, text: str, blocks: list[dict[str, Any]] | None) -> None:
        """Note who would be called, in every text that Slack reads as marked up."""
        marked = [text] if not blocks else []
        marked += [b["text"]["text"] for b in blocks or () if b["type"] == "section"]
        self.pings += [found for one in marked for found in _PING.findall(one)]

    def _chat_postEphemeral(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's
        known = args.get("user") in self.users
        return {"ok": True, "message_ts": self.ts()} if known else _error("user_not_in_channel")

    def _conversations_history(self, args: dict[str, Any]) -> dict[str, Any]:
        if not str(args.get("channel", "")).startswith("D"):
            return {**_error("missing_scope"), "needed": "channels:history"}
        found = [_told(m) for m in self.posted(args["channel"])][::-1]
        return {"ok": True, "messages": found[: int(args.get("limit", 100))], "has_more": False}

    def _conversations_replies(self, args: dict[str, Any]) -> dict[str, Any]:
        if not str(args.get("channel", "")).startswith("D"):
            return {**_error("missing_scope"), "needed": "channels:history"}
        there = self.posted(args["channel"])
        found = [_told(m) for m in there if m.get("thread_ts") == args.get("ts")]
        return {"ok": True, "messages": found, "has_more": False}

    # --- files -----------------------------------------------------------------------------------

    def _files_getUploadURLExternal(  # noqa: N802 - Slack's
        self, args: dict[str, Any]
    ) -> dict[str, Any]:
        if not args.get("filename") or not int(args.get("length") or 0) > 0:
            return _error("invalid_arguments")
        if len(args.get("alt_txt") or "") > 1000:
            return _error("alt_txt_too_large")
        file = f"F{next(self._numbers):08}"
        self.files[file] = {**args, "id": file, "bytes": b"", "shared": None}
        url = f"http://{HOST}:{self.port}/upload/{file}"
        return {"ok": True, "upload_url": url, "file_id": file}

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults["upload"].popleft() if self._faults["upload"] else Fault()
        if fault.status:
            return web.Response(status=fault.status, text="no")
        raw = await request.read()
        file = self.files[request.match_info["id"]]
        file["bytes"] = raw
        return web.Response(text=f"OK - {len(raw)}")

    def _files_completeUploadExternal(  # noqa: N802 - Slack's
        self, args: dict[str, Any]
    ) -> dict[str, Any]:
        listed = args["files"]
        listed = json.loads(listed) if isinstance(listed, str) else listed
        channel = args.get("channel_id") or args.get("channels")
        for one in listed:
            file = self.files.get(one["id"])
            if file is None or len(file["bytes"]) != int(file["length"]):
                return _error("file_not_found")
            file |= {"title": one.get("title"), "shared": channel}
            self.messages.append(
                {"channel": channel, "ts": self.ts(), "subtype": "file_share", "files": [file]}
            )
        return {"ok": True, "files": [{"id": one["id"], "title": "t"} for one in listed]}

    # --- Socket Mode -----------------------------------------------------------------------------

    def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "url": f"ws://{HOST}:{self.port}/socket?ticket=secret-ticket"}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self.connections += 1
        await socket.send_json({"type": "hello", "num_connections": len(self._sockets)})
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(frame.data))
        self._sockets.remove(socket)
        return socket

    async def _push(self, envelope: dict[str, Any]) -> None:
        await self._sockets[-1].send_json(envelope)

    async def _close_sockets(self) -> None:
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)


def dm(user: str) -> str:
    """The private channel of the app with a person."""
    return f"D{user[1:]}"


async def _arguments(request: web.Request) -> dict[str, Any]:
    """The arguments of a call: as JSON, as a form, or in the address."""
    if request.content_type == "application/json":
        body: dict[str, Any] = json.loads(await request.text() or "{}")
        return body
    return {**request.query, **dict(await request.post())}


def _told(message: dict[str, Any]) -> dict[str, Any]:
    """A message as Slack tells it: of its files only their names."""
    if "files" not in message:
        return message
    return {**message, "files": [{"id": file["id"]} for file in message["files"]]}


def _error(code: str) -> dict[str, Any]:
    return {"ok": False, "error": code}


def _failed(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.status == 429:
        return web.json_response(_error("ratelimited"), status=429, headers=headers)
    if fault.error:
        return web.json_response(_error(fault.error), status=fault.status or 200)
    return web.Response(
        status=fault.status, text="<html>Internal error</html>", content_type="text/html"
    )


def _dropped(request: web.Request) -> web.Response:
    """Cut the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
