"""The fleet of deploy/docker/compose.yml without containers: the same settings and processes.

Two Kneewise processes behind nginx, with PostgreSQL and Redis; what a visitor sees through nginx.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
from fleet.image import can_contain, contained, settings, unpacked
from fleet.nginx import Nginx, private_nginx
from fleet.postgres import Postgres, newest, private_postgres
from fleet.program import family, find, run_as
from fleet.redis_server import RedisServer, private_redis
from running import HOST, PATIENCE, SERVE, Answer, Running, free_port, request, running

from kneewise.channels.core import LONGEST_BODY
from kneewise.wording import said

APOLOGY = said("utter_failed", topic="fallback")["text"]


@dataclass
class Fleet:
    """All that runs."""

    kneewise: list[Running]
    nginx: Nginx
    postgres: Postgres
    redis: RedisServer
    env: dict[str, str]

    def visitor(self) -> Visitor:
        """Somebody who opened the page."""
        return Visitor(self.nginx.port)


class Visitor:
    """A browser on the page of the fleet, with a token."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.headers = {
            "Origin": f"http://{HOST}:{port}",
            "Content-Type": "application/json",
        }
        token = self.post("session", {}).json["token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def post(self, name: str, body: Any, **headers: str) -> Answer:
        given = {**self.headers, **headers}
        return request(self.port, f"/webhooks/web/{name}", json.dumps(body).encode(), given)

    def say(self, text: str, key: str | None = None) -> list[dict[str, Any]]:
        """One turn; the messages of the answer."""
        answer = self.post("message", {"id": key or uuid.uuid4().hex, "text": text})
        assert answer.status == 200, answer
        *messages, end = [json.loads(line) for line in answer.text.splitlines()]
        assert end == {"type": "end"}
        assert messages
        assert APOLOGY not in [message.get("text") for message in messages]
        return messages


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(  # noqa: S603 - openssl of the system
        [
            *(find("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"),
            *("-out", str(files[0]), "-keyout", str(files[1])),
        ],
        check=True,
        capture_output=True,
    )
    return files


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    image = unpacked(tmp_path_factory.mktemp("image"))
    with ExitStack() as stack:
        postgres = stack.enter_context(private_postgres())
        redis = stack.enter_context(private_redis(password=True))
        env = {
            "POSTGRES_PASSWORD": postgres.password,
            "REDIS_PASSWORD": redis.password,
            "KNEEWISE_WEB_SECRET": secrets.token_hex(32),
            "KNEEWISE_METRICS_TOKEN": secrets.token_hex(16),
        }
        found = []
        for _ in range(2):
            scratch = tmp_path_factory.mktemp("process")
            port = free_port()
            given = settings(env, {"postgres:5432": postgres.port, "redis:6379": redis.port}, port)
            command = contained(image, scratch) if can_contain() else SERVE
            process = running(command, port, scratch / "log.txt", image, **given)
            found.append(stack.enter_context(process))
            stack.callback(end, found[-1])
        for server in found:
            server.wait_for("/health")
        nginx = stack.enter_context(private_nginx([server.port for server in found]))
        yield Fleet(found, nginx, postgres, redis, env)


def end(server: Running) -> None:
    """Tell the process itself to end: `unshare`, which holds it, takes no notice of a signal."""
    os.kill(family(server.process.pid)[:2][-1], signal.SIGTERM)


def turns(postgres: Postgres) -> int:
    """How many messages of runners are stored."""
    ((found,),) = postgres.ask("SELECT count(*) FROM events WHERE type_name = 'user'")
    return int(found)


def test_a_conversation_through_nginx(fleet: Fleet) -> None:
    before = turns(fleet.postgres)
    visitor = fleet.visitor()
    first = visitor.say("it aches around my left kneecap whenever i jog")
    assert first[-1]["metadata"]["topic"] == "question"
    second = visitor.say("None of these")
    assert second[-1]["metadata"]["slot"] not in ("danger_signs", "pain_location")
    warned = visitor.say("my calf is swollen and i am short of breath")
    assert any(message["metadata"]["urgency"] == "emergency" for message in warned)
    assert turns(fleet.postgres) == before + 3


def test_either_process_goes_on_with_a_conversation(fleet: Fleet) -> None:
    visitor = fleet.visitor()
    visitor.say("it aches around my left kneecap whenever i jog")
    slots = []
    for server in [*fleet.kneewise, *fleet.kneewise]:
        visitor.port = server.port
        visitor.headers["Origin"] = f"http://{HOST}:{server.port}"
        messages = visitor.say("None of these" if not slots else "skip")
        slots.append(messages[-1]["metadata"].get("slot"))
    assert slots[0] not in (None, "danger_signs")
    assert len(set(slots)) == len(slots), "a question was asked twice"


def test_a_message_sent_to_both_is_one_turn(fleet: Fleet) -> None:
    visitor = fleet.visitor()
    before = turns(fleet.postgres)
    key = uuid.uuid4().hex
    answers = []
    for server in fleet.kneewise:
        visitor.port = server.port
        visitor.headers["Origin"] = f"http://{HOST}:{server.port}"
        answers.append([m.get("text") for m in visitor.say("should i put ice on my knee?", key)])
    assert answers[0] == answers[1]
    assert turns(fleet.postgres) == before + 1


@pytest.mark.parametrize(
    "path",
    [
        *("/metrics", "/ready", "/metrics/", "//metrics", "/chat/../metrics", "/%6detrics"),
        *("/webhooks/rest/webhook", "/webhooks/rest/", "/webhooks/web/../rest/webhook"),
        *("/webhooks/web/%2e%2e/rest/webhook", "/webhooks", "/conversations", "/version"),
    ],
)
def test_what_is_not_for_visitors_is_not_there(fleet: Fleet, path: str) -> None:
    body = json.dumps({"sender": "me", "message": "hello"}).encode()
    for given in (None, body):
        answer = request(fleet.nginx.port, path, given, {"Content-Type": "application/json"})
        assert answer.status == 404, answer
        assert "kneewise" not in answer.text.lower()


@pytest.mark.parametrize("path", ["/metrics", "/webhooks/rest/webhook"])
def test_a_process_itself_asks_a_proxy_for_a_token(fleet: Fleet, path: str) -> None:
    server = fleet.kneewise[0]
    body = json.dumps({"sender": "me", "message": "hi"}).encode() if "rest" in path else None
    answer = request(server.port, path, body, {"X-Forwarded-For": "203.0.113.9"})
    assert answer.status == 401


def test_a_body_that_is_too_large_is_refused_in_the_words_of_the_channel(fleet: Fleet) -> None:
    visitor = fleet.visitor()
    answer = visitor.post("message", {"id": uuid.uuid4().hex, "text": "x" * LONGEST_BODY})
    assert answer.status == 413
    assert answer.kind == "application/json"
    assert answer.json["error"] == "too_long"


class Slow:
    """A stand-in for a process, which sends one line, waits to be told, and sends the other."""

    def __init__(self) -> None:
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]

    def take(self) -> socket.socket:
        connection, _ = self.listener.accept()
        connection.settimeout(PATIENCE)
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65536)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + b"4\r\none\n\r\n")
        return connection


def test_the_lines_of_a_turn_arrive_when_they_are_said() -> None:
    slow = Slow()
    with (
        closing(slow.listener),
        private_nginx([slow.port]) as nginx,
        closing(HTTPConnection(HOST, nginx.port, timeout=PATIENCE)) as browser,
    ):
        browser.request("POST", "/webhooks/web/message", b"{}")
        with closing(slow.take()) as process:
            answer = browser.getresponse()
            assert answer.readline() == b"one\n"  # nothing more has been said yet
            process.sendall(b"4\r\ntwo\n\r\n0\r\n\r\n")
            assert answer.read() == b"two\n"


class Breaks(Slow):
    """A stand-in for a process that dies with a request in its hands."""

    def take(self) -> socket.socket:
        connection, _ = self.listener.accept()
        connection.settimeout(PATIENCE)
        connection.recv(65536)
        return connection


@pytest.mark.parametrize(
    ("path", "twice"),
    [
        ("/webhooks/web/message", True),
        ("/webhooks/telegram/webhook", True),
        ("/webhooks/slack/webhook", True),
        ("/webhooks/web/session", False),
        ("/webhooks/web/feedback", False),
    ],
)
def test_only_what_is_taken_once_is_asked_of_another_process(path: str, twice: bool) -> None:
    both = Breaks(), Breaks()
    with ExitStack() as stack:
        for each in both:
            stack.enter_context(closing(each.listener))
            each.listener.settimeout(2)
        nginx = stack.enter_context(private_nginx([each.port for each in both]))
        browser = HTTPConnection(HOST, nginx.port, timeout=PATIENCE)
        stack.enter_context(closing(browser))
        browser.request("POST", path, b"{}")
        # nginx chooses which is the first, so each is looked at twice.
        taken = sum(takes(each) for each in (*both, *both))
        assert browser.getresponse().status == 503
    assert taken == (2 if twice else 1)


def takes(process: Breaks) -> bool:
    """True if a request came to it; it then breaks off."""
    try:
        process.take().close()
    except TimeoutError:
        return False
    return True


def test_a_process_that_is_gone_costs_nobody_a_turn(fleet: Fleet) -> None:
    """nginx goes to the other one, for visitors of either."""
    visitors = [fleet.visitor() for _ in range(4)]
    dead = free_port()
    with private_nginx([dead, fleet.kneewise[0].port]) as nginx:
        for visitor in visitors:
            visitor.port = nginx.port
            visitor.headers["Origin"] = f"http://{HOST}:{nginx.port}"
            visitor.say("should i put ice on my knee?")


def test_headers_are_those_of_kneewise_and_no_two(fleet: Fleet) -> None:
    with closing(HTTPConnection(HOST, fleet.nginx.port, timeout=PATIENCE)) as browser:
        browser.request("GET", "/chat", headers={"Accept-Encoding": "gzip"})
        answer = browser.getresponse()
        names = [name.lower() for name, _ in answer.getheaders()]
        assert answer.read()[:2] == b"\x1f\x8b"
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy"):
        assert names.count(name) == 1, name
    assert answer.getheader("server") == "nginx"


def test_tls_ends_in_nginx_and_plain_http_is_sent_on(
    fleet: Fleet, certificate: tuple[Path, Path]
) -> None:
    ports = [server.port for server in fleet.kneewise]
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with private_nginx(ports, certificate=certificate) as nginx:
        with closing(HTTPSConnection(HOST, nginx.tls_port, context=trust, timeout=PATIENCE)) as tls:
            tls.request("GET", "/chat")
            answer = tls.getresponse()
            assert answer.status == 200
            assert answer.getheader("strict-transport-security") == "max-age=31536000"
            answer.read()
        assert request(nginx.port, "/chat").status == 308
        assert request(nginx.port, "/health").status == 200


def test_nginx_writes_down_no_address_and_no_token(fleet: Fleet) -> None:
    visitor = fleet.visitor()
    visitor.say("should i put ice on my knee?")
    request(fleet.nginx.port, "/chat?from=somebody")
    log = (fleet.nginx.folder / "access.log").read_text("utf-8")
    assert " POST /webhooks/web/message 200 " in log
    assert visitor.headers["Authorization"].removeprefix("Bearer ") not in log
    assert "somebody" not in log
    others = [field for line in log.splitlines() for field in line.split()[:6]]
    assert HOST not in others


def test_a_backup_brings_every_event_back(fleet: Fleet, tmp_path: Path) -> None:
    """The commands of docs/deploy.md, with an address in place of the container."""
    fleet.visitor().say("it aches around my left kneecap whenever i jog")
    dump, restore = (find(name, "postgresql", *newest()) for name in ("pg_dump", "pg_restore"))
    file, elsewhere = str(tmp_path / "kneewise.dump"), fleet.postgres.fresh()
    run_as(None, [dump, fleet.postgres.url, "--format", "custom", "--file", file])
    for _ in range(2):  # into an empty database, and over one that is in use
        run_as(None, [restore, "--dbname", elsewhere, "--clean", "--if-exists", file])
    rows = "SELECT * FROM events ORDER BY id"
    assert fleet.postgres.ask(rows, elsewhere.rsplit("/", 1)[1]) == fleet.postgres.ask(rows)


@pytest.mark.skipif(not can_contain(), reason="a process cannot be contained here")
@pytest.mark.parametrize("while_it_starts", [True, False])
def test_as_process_1_it_ends_when_it_is_told_to(
    fleet: Fleet, tmp_path: Path, while_it_starts: bool
) -> None:
    """`docker stop`: process 1 gets a signal only if it asked for it."""
    image = unpacked(tmp_path / "image")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    port = free_port()
    given = settings(
        fleet.env,
        {"postgres:5432": fleet.postgres.port, "redis:6379": fleet.redis.port},
        port,
    )
    with running(contained(image, scratch), port, tmp_path / "log", image, **given) as server:
        while while_it_starts and "Kneewise answers at" not in server.printed():
            assert server.process.poll() is None, server.printed()
            time.sleep(0.1)
        if not while_it_starts:
            server.wait_for("/health")
        assert len(family(server.process.pid)) > 1
        end(server)
        assert server.process.wait(PATIENCE) == 0, server.printed()
    assert not (image / "written").exists()


def test_a_visitor_cannot_choose_an_address(fleet: Fleet) -> None:
    """Each forged address would be a bucket of its own; through nginx all are one visitor's.

    It comes last, because it leaves nothing in that bucket.
    """
    codes = set()
    for number in range(90):
        forged = {
            "X-Forwarded-For": f"198.51.100.{number}",
            "Forwarded": f"for=198.51.100.{number}",
        }
        headers = {"Origin": f"http://{HOST}:{fleet.nginx.port}", **forged}
        codes.add(request(fleet.nginx.port, "/webhooks/web/session", b"{}", headers).status)
    assert codes == {200, 429}
