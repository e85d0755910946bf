"""A Bot API server on the loopback, with Telegram's limits and errors, that fails on demand.

Written from the public documentation of the Bot API, and held against the models of aiogram 3
(`hold_fakes/telegram.py`). A test pushes updates as Telegram makes them, and reads what was sent.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"
TOKEN = "4242424242:AAFakeTokenOfTheFakeBotApiServer_0123456"  # noqa: S105 - a made-up one
BOT = {"id": 4242424242, "is_bot": True, "first_name": "Kneewise", "username": "KneewiseTestBot"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name
KINDS = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
]
BY_DEFAULT = set(KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}
ACTIONS = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
]
SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
PHOTO_BYTES, DOCUMENT_BYTES = 10 * 2**20, 50 * 2**20
FINE = 200

Json = dict[str, Any]


class Refusal(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


def refused(refusal: Refusal) -> Json:
    """The answer that says so."""
    answer = {"ok": False, "error_code": refusal.status, "description": str(refusal)}
    return {**answer, **({"parameters": refusal.parameters} if refusal.parameters else {})}


def bad(reason: str) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}")


def flood(seconds: int) -> Refusal:
    """429, with the seconds after which to try again."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def blocked() -> Refusal:
    return Refusal(403, "Forbidden: bot was blocked by the user")


def broken(status: int = 500) -> Refusal:
    return Refusal(status, "Internal Server Error" if status == 500 else "Bad Gateway")


@dataclass
class Fault:
    """What happens to the next calls of a method: a refusal, or to the line that they come on."""

    method: str
    times: int = 1
    refusal: Refusal | None = None
    drop: bool = False
    lose_reply: bool = False
    html: bool = False
    slow: float = 0.0
    when: Callable[[Json], bool] = lambda _: True


@dataclass
class Call:
    """A call that came in: when, of what, with which fields and files, and the status it got."""

    at: float
    method: str
    data: Json
    files: dict[str, tuple[str, bytes]]
    status: int = 0


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class Sent:
    """A message that the bot sent: what a person sees of it."""

    chat: int
    message: Json
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.message.get("text") or self.message.get("caption") or "")

    @property
    def buttons(self) -> list[list[Json]]:
        markup = self.message.get("reply_markup") or {}
        rows: list[list[Json]] = markup.get("inline_keyboard", [])
        return rows

    def button(self, title: str) -> str:
        """The data of the button with this title."""
        return next(b["callback_data"] for row in self.buttons for b in row if b["text"] == title)


class FakeTelegram:
    """The state of the server, and what a test does with it."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.port = 0
        self.bot_port = 0
        """Where the bot serves. Telegram goes to the address of the webhook, the fake to here."""
        self.webhook: Json = {}
        self.commands: list[Json] = []
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.faults: list[Fault] = []
        self.chats: dict[int, Json] = {}
        self.queries: dict[str, bool] = {}
        self._updates: deque[Json] = deque()
        self._next_update = 700_000_001
        self._next_message = 1
        self._polls = 0
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)

    # --- what a test asks ------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def fail(self, method: str, refusal: Refusal | None = None, **how: Any) -> Fault:
        """Have the next calls of a method fail."""
        fault = Fault(method, refusal=refusal, **how)
        with self._lock:
            self.faults.append(fault)
        return fault

    def called(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def to(self, chat: int) -> list[Sent]:
        """What was sent to a chat, in order."""
        with self._lock:
            return [sent for sent in self.sent if sent.chat == chat]

    def wait(self, condition: Callable[[], Any], seconds: float = 30.0, what: str = "") -> Any:
        """Wait until something holds; fail if it takes too long."""
        end = time.monotonic() + seconds
        with self._news:
            while not (found := condition()):
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not within {seconds} s: {what or condition}")
                self._news.wait(min(left, 0.1))
        return found

    def wait_for(self, chat: int, count: int, seconds: float = 30.0) -> list[Sent]:
        """Wait until so many messages were sent to a chat."""
        self.wait(lambda: len(self.to(chat)) >= count, seconds, f"{count} messages to a chat")
        return self.to(chat)

    # --- updates ---------------------------------------------------------------------------------

    def update(self, kind: str, content: Json) -> Json:
        """An update with the next number."""
        with self._lock:
            number = self._next_update
            self._next_update += 1
        return {"update_id": number, kind: content}

    def message(self, user: int, *, chat: Json | None = None, **content: Any) -> Json:
        """A message of a person, in the private chat with the bot unless a chat is given."""
        with self._lock:
            number = self._next_message
            self._next_message += 1
            where = chat or private(user)
            self.chats[where["id"]] = where
        return {
            "message_id": number,
            "from": person(user),
            "chat": where,
            "date": int(time.time()),
            **content,
        }

    def text(self, user: int, text: str, **more: Any) -> Json:
        """An update with a text; commands and mentions are marked as Telegram marks them."""
        marks = list(marked(text))
        content = {"text": text, **({"entities": marks} if marks else {}), **more}
        return self.update("message", self.message(user, **content))

    def press(self, user: int, data: str, message: Json | None = None) -> Json:
        """An update for a press of a button below a message that the bot sent."""
        with self._lock:
            name = str(9_000_000_000_000 + len(self.queries))
            self.queries[name] = False
        content = {
            "id": name,
            "from": person(user),
            "chat_instance": "-6543210987654321",
            "data": data,
        }
        if message is not None:
            content["message"] = message
        return self.update("callback_query", content)

    # --- delivery --------------------------------------------------------------------------------

    def push(self, update: Json, secret: str | None = None) -> int:
        """Post an update to the webhook as Telegram does; the status of the answer."""
        kind = next(key for key in update if key != "update_id")
        allowed = self.webhook.get("allowed_updates") or BY_DEFAULT
        assert self.webhook.get("url"), "no webhook is registered"
        if kind not in allowed and secret is None:
            return FINE  # Telegram would not send it at all
        return self.post(update, self.webhook.get("secret_token") if secret is None else secret)

    def post(self, body: Any, secret: str | None) -> int:
        """Post anything to the path of the webhook; the status of the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = urlsplit(self.webhook.get("url") or "https://x/webhooks/telegram/webhook").path
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers[SECRET_HEADER] = secret
        line = HTTPConnection(HOST, self.bot_port, timeout=60)
        try:
            # It may be refused before all of it was sent; the answer is there.
            with suppress(BrokenPipeError, ConnectionResetError):
                line.request("POST", path, raw, headers)
            return line.getresponse().status
        finally:
            line.close()

    def insist(self, update: Json, seconds: float = 60.0) -> int:
        """Post an update until it is answered 2xx, as Telegram does; how often it was posted."""
        end, tries = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            tries += 1
            try:
                if FINE <= self.push(update) < 300:
                    return tries
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"not acknowledged in {seconds} s")

    def queue(self, update: Json) -> None:
        """Keep an update for whoever asks for it."""
        with self._news:
            self._updates.append(update)
            self._news.notify_all()

    # --- the methods of the Bot API --------------------------------------------------------------

    def answer(self, method: str, data: Json, files: dict[str, tuple[str, bytes]]) -> Any:
        """The result of a call.

        Raises:
            Refusal: the call is refused.
        """
        handle = getattr(self, f"_do_{method.lower()}", None)
        if handle is None:
            raise Refusal(404, "Not Found: method not found")
        with self._news:
            self._news.notify_all()
        return handle(data, files)

    def _do_getme(self, *_: Any) -> Json:
        return {
            **BOT,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _do_setwebhook(self, data: Json, _: Any) -> bool:
        if urlsplit(data.get("url", "")).scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = data.get("secret_token", "")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        allowed = json.loads(data.get("allowed_updates", "[]"))
        if not isinstance(allowed, list) or not set(allowed) <= set(KINDS):
            raise bad("allowed_updates is wrong")
        with self._lock:
            self.webhook = {**data, "allowed_updates": allowed}
        return True

    def _do_deletewebhook(self, data: Json, _: Any) -> bool:
        with self._lock:
            self.webhook = {}
            if data.get("drop_pending_updates") == "true":
                self._updates.clear()
        return True

    def _do_getupdates(self, data: Json, _: Any) -> list[Json]:
        offset, held = int(data.get("offset", 0)), float(data.get("timeout", 0))
        with self._news:
            if self.webhook:
                raise Refusal(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; "
                    "use deleteWebhook to delete the webhook first",
                )
            self._polls += 1
            mine = self._polls
            self._news.notify_all()
            while self._updates and self._updates[0]["update_id"] < offset:
                self._updates.popleft()
            end = time.monotonic() + held
            while not self._updates and time.monotonic() < end:
                self._news.wait(0.1)
                if self._polls != mine:
                    raise Refusal(
                        409,
                        "Conflict: terminated by other getUpdates request; "
                        "make sure that only one bot instance is running",
                    )
            return list(self._updates)[: int(data.get("limit", 100))]

    def _do_setmycommands(self, data: Json, _: Any) -> bool:
        commands = json.loads(data["commands"])
        if not 1 <= len(commands) <= 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        if json.loads(data.get("scope", '{"type": "default"}'))["type"] not in SCOPES:
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        self.commands = commands
        return True

    def _do_answercallbackquery(self, data: Json, _: Any) -> bool:
        with self._lock:
            name = data.get("callback_query_id", "")
            if self.queries.get(name, True):
                raise bad("query is too old and response timeout expired or query ID is invalid")
            self.queries[name] = True
        return True

    def _do_sendchataction(self, data: Json, _: Any) -> bool:
        self._chat(data)
        if data.get("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        return True

    def _do_sendmessage(self, data: Json, _: Any) -> Json:
        text = data.get("text", "").strip()
        if not text:
            raise bad("message text is empty")
        if units(text) > 4096:
            raise bad("message is too long")
        return self._keep(data, {}, text=text)

    def _do_sendphoto(self, data: Json, files: dict[str, tuple[str, bytes]]) -> Json:
        if "photo" not in files and not data.get("photo", "").startswith("https://"):
            raise bad("there is no photo in the request")
        name, content = files.get("photo", ("photo.png", _TINY))
        if len(content) > PHOTO_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        width, height = png_size(content)
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        photo = {**_file(name, content), "width": width, "height": height}
        return self._keep(data, files, **_caption(data), photo=[photo])

    def _do_senddocument(self, data: Json, files: dict[str, tuple[str, bytes]]) -> Json:
        if "document" not in files:
            raise bad("there is no document in the request")
        name, content = files["document"]
        if not content:
            raise bad("file must be non-empty")
        if len(content) > DOCUMENT_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        document = {**_file(name, content), "file_name": name, "mime_type": "application/pdf"}
        return self._keep(data, files, **_caption(data), document=document)

    def _chat(self, data: Json) -> Json:
        try:
            return self.chats[int(data.get("chat_id", ""))]
        except (KeyError, ValueError):
            raise bad("chat not found") from None

    def _keep(self, data: Json, files: dict[str, tuple[str, bytes]], **content: Any) -> Json:
        chat = self._chat(data)
        if "parse_mode" in data and data["parse_mode"] not in ("HTML", "Markdown", "MarkdownV2"):
            raise bad("unsupported parse_mode")
        if "link_preview_options" in data:
            json.loads(data["link_preview_options"])
        if "reply_markup" in data:
            content["reply_markup"] = checked_markup(json.loads(data["reply_markup"]))
        with self._news:
            number = self._next_message
            self._next_message += 1
            message = {
                "message_id": number,
                "from": BOT,
                "chat": chat,
                "date": int(time.time()),
                **content,
            }
            self.sent.append(Sent(chat["id"], message, files))
            self._news.notify_all()
        return message

    # --- calls -----------------------------------------------------------------------------------

    def take_fault(self, method: str, data: Json) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.method.lower() == method.lower() and fault.times > 0 and fault.when(data):
                    fault.times -= 1
                    return fault
        return None


def checked_markup(markup: Json) -> Json:
    """An inline keyboard, if Telegram would take it."""
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list):
        raise bad("object expected as reply markup")
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise bad("BUTTON_TEXT_EMPTY")
        if "url" not in button and not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    return markup


def _caption(data: Json) -> Json:
    caption = data.get("caption", "").strip()
    if units(caption) > 1024:
        raise bad("message caption is too long")
    return {"caption": caption} if caption else {}


def _file(name: str, content: bytes) -> Json:
    unique = f"{len(content):x}{sum(content[:64]):x}"
    return {"file_id": f"AgAC{unique}", "file_unique_id": unique, "file_size": len(content)}


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        raise bad("IMAGE_PROCESS_FAILED")
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


_TINY = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x10" * 2


def person(number: int) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Pat", "language_code": "en"}


def private(number: int) -> Json:
    return {"id": number, "first_name": "Pat", "type": "private"}


def group(number: int, kind: str = "supergroup") -> Json:
    return {"id": number, "title": "Sunday runners", "type": kind}


def marked(text: str) -> Iterator[Json]:
    """The entities of a text that Telegram's apps mark: commands and mentions."""
    for found in re.finditer(r"(?<!\S)(/[A-Za-z0-9_]+(?:@\w+)?|@\w{3,})", text):
        yield {
            "type": "bot_command" if found[0][0] == "/" else "mention",
            "offset": units(text[: found.start()]),
            "length": units(found[0]),
        }


class _Line(BaseHTTPRequestHandler):
    """One connection to the server."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(self._chunks())
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", self.path)
        token, method = (found[1], found[2]) if found else ("", "")
        data, files = form(self.headers.get("Content-Type", ""), body)
        call = Call(time.monotonic(), method, data, files)
        fake.calls.append(call)
        fault = fake.take_fault(method, data) or Fault(method)
        time.sleep(fault.slow)
        if fault.drop:
            return self._hang_up()
        answer = self._answer(call, token, fault)
        if fault.lose_reply:
            return self._hang_up()
        return self._reply(call.status, answer, html=fault.html)

    def _answer(self, call: Call, token: str, fault: Fault) -> Json:
        fake = self.server.fake
        refusal = fault.refusal
        if token != fake.token:
            refusal = Refusal(401, "Unauthorized")
        if refusal is None:
            try:
                result = fake.answer(call.method, call.data, call.files)
            except Refusal as error:
                refusal = error
            else:
                call.status = FINE
                return {"ok": True, "result": result}
        call.status = refusal.status
        return refused(refusal)

    do_GET = do_POST  # noqa: N815 - the name of the base

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reply(self, status: int, answer: Json, *, html: bool) -> None:
        raw = b"<html>Bad Gateway</html>" if html else json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if html else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            pass  # the bot left

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, fake: FakeTelegram) -> None:
        self.fake = fake
        super().__init__((HOST, port), _Line)

    def handle_error(self, *_: Any) -> None:
        """A connection that breaks is what is tested."""


def form(kind: str, body: bytes) -> tuple[Json, dict[str, tuple[str, bytes]]]:
    """The fields and the files of a request, in any of the ways that the Bot API takes."""
    if kind.startswith("application/json"):
        found = json.loads(body or b"{}")
        return {key: _as_field(value) for key, value in found.items()}, {}
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    data: Json = {}
    files: dict[str, tuple[str, bytes]] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[str(name)] = (str(part.get_filename()), content)
        else:
            data[str(name)] = content.decode()
    return data, files


def _as_field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def fake_telegram(port: int = 0) -> Iterator[FakeTelegram]:
    """A Bot API server that listens."""
    fake = FakeTelegram()
    with listening(fake, port):
        yield fake


@contextmanager
def listening(fake: FakeTelegram, port: int = 0) -> Iterator[None]:
    """Let a fake listen; it may have been away before."""
    server = _Server(port, fake)
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings(fake: FakeTelegram, **more: str) -> Mapping[str, str]:
    """The environment of a bot that talks to a fake."""
    return {
        "KNEEWISE_TELEGRAM_TOKEN": fake.token,
        "KNEEWISE_TELEGRAM_API_BASE_URL": fake.base_url,
        "KNEEWISE_PUBLIC_URL": "https://knee.example",
        **more,
    }
