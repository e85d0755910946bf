"""A server as its operator sees it: what it counts, what it logs, and when it is ready."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from running import SERVE, Running, free_port, request, run, serving

from kneewise.privacy import hashed

WORDS = "xyzzy"
NAME = "annabel"
TOKEN = "sesame-open"  # noqa: S105 - of this test


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seeing")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Running]:
    settings = {"KNEEWISE_LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}
    with serving(folder, KNEEWISE_METRICS_TOKEN=TOKEN, **settings) as found:
        yield found


def counted(server: Running) -> dict[tuple[str, str], float]:
    """The series of the counters, by name and labels without the one of the channel."""
    text = request(server.port, "/metrics").text
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value and not sample.name.endswith("_bucket")
    }


def test_conversations_are_counted_and_nobody_is_quoted(server: Running) -> None:
    said = [
        *server.say(NAME, f"should i ice it, {WORDS}"),
        *server.say(NAME, f"it is locked solid and i can't get it straight, {WORDS}"),
        *server.say("bob", f"{WORDS} qwe rtz"),
        *server.say("bob", f"{WORDS} uio asd"),
        *server.say("cat", "hello"),
    ]
    assert server.rest({"sender": NAME}).status == 400
    assert server.rest(b"x" * 70_000).status == 413
    assert request(server.port, f"/{WORDS}").status == 404
    topics = [message["metadata"]["topic"] for message in said]
    warnings = [m["metadata"]["urgency"] for m in said if m["metadata"]["flags"]]
    assert warnings
    assert {"clarify", "fallback"} & set(topics)
    found = counted(server)
    assert found["kneewise_messages_total", "rest"] == 5
    assert found["kneewise_turn_seconds_count", "rest"] == 5
    for stage in ("wait", "read", "understand", "decide", "store"):
        assert found["kneewise_stage_seconds_count", stage] == 5
    for topic in set(topics):
        assert found["kneewise_answers_total", topic] == topics.count(topic)
    for urgency in set(warnings):
        assert found["kneewise_warnings_total", urgency] == warnings.count(urgency)
    assert found["kneewise_refused_total", "rest bad_request"] == 1
    assert found["kneewise_refused_total", "rest too_long"] == 1
    assert found["kneewise_refused_total", "other not_found"] == 1
    assert found["kneewise_store_up", ""] == 1
    assert found["process_resident_memory_bytes", ""] > 1e7
    absent = ("kneewise_failed_turns_total", "kneewise_silent_turns_total", "kneewise_redis_up")
    assert not {name for name, _ in found} & set(absent)
    text = request(server.port, "/metrics").text
    for secret in (WORDS, NAME, hashed(f"rest-{NAME}"), TOKEN, "ice it"):
        assert secret not in text
    assert re.search(r'kneewise_build_info\{model="kneewise-\w+\.tar\.gz",version="\d', text)


def test_it_is_ready_and_says_who_may_look(server: Running) -> None:
    assert request(server.port, "/ready").json == {"status": "ready"}
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert request(server.port, "/metrics", headers=proxied).status == 401
    proxied["Authorization"] = f"Bearer {TOKEN}"
    assert request(server.port, "/metrics", headers=proxied).status == 200


def rename(file: Path, table: str, name: str) -> None:
    """Take a table of a database away, or bring it back."""
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")


def test_a_database_that_goes_away_is_seen(server: Running, folder: Path) -> None:
    rename(folder / "talk.db", "conversations", "elsewhere")
    try:
        answer = request(server.port, "/ready")
        assert (answer.status, answer.json["missing"]) == (503, ["database"])
        assert ("kneewise_store_up", "") not in counted(server)
        assert request(server.port, "/health").status == 200
        failed = server.say("dan", "hello")
        assert failed[0]["metadata"]["topic"] == "fallback"
    finally:
        rename(folder / "talk.db", "elsewhere", "conversations")
    assert request(server.port, "/ready").status == 200
    assert counted(server)["kneewise_failed_turns_total", "rest"] == 1


def test_every_line_is_json_to_the_end(server: Running) -> None:
    server.process.terminate()
    assert server.process.wait(30) == 0
    printed = server.printed()
    lines = [json.loads(line) for line in printed.splitlines()]
    for line in lines:
        assert {"time", "level", "logger", "message"} <= set(line), line
    assert any("Kneewise answers at http" in line["message"] for line in lines)
    (failed,) = [line for line in lines if line["message"].startswith("turn failed")]
    assert failed["conversation"] == hashed("rest-dan")
    assert re.match(r"OperationalError at \w+\.py:\d+", failed["error"])
    assert {"sanic.root", "kneewise.probes"} <= {line["logger"] for line in lines}
    for secret in (WORDS, NAME, TOKEN, "Traceback", "rest-dan"):
        assert secret not in printed


@pytest.mark.parametrize(
    ("setting", "value"),
    [("KNEEWISE_LOG_FORMAT", "xml"), ("KNEEWISE_STREAM", "amqp://a:secret-word@host:port/")],
)
def test_a_wrong_setting_ends_the_start_in_a_sentence(setting: str, value: str) -> None:
    done = run(SERVE, PORT=str(free_port()), **{setting: value})
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()
    assert len(last) == 1
    assert last[0].startswith(f"{setting} must ")
    assert "secret-word" not in done.stderr
