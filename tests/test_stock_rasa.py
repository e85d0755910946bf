"""Stock `rasa run` and `rasa run actions` say what the in-process harness says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from running import HOST, ROOT, Answer, Running, free_port, request, running

from kneewise.testing import Assistant
from kneewise.wording import said

APOLOGY = said("utter_failed", topic="fallback")["text"]
RASA = (sys.executable, "-m", "rasa")
TALKS = {
    "topic": ["hello", "is ice any use for that?", "and would heat be better?", "Tell me more"],
    "red flag": [
        "my knee is locked solid, i can't get it straight",
        "is it ok to go for a jog with it?",
        "thanks",
    ],
    "form": [
        "it aches around my left kneecap whenever i jog",
        "what makes you ask me that?",
        "None of these",
        "about three weeks now",
        "little by little over several runs",
        "skip",
        "7ish",
        "i am 34",
        "start again",
    ],
}


@dataclass(frozen=True)
class Stock:
    """Both stock servers."""

    server: Running
    actions: Running


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """Both servers, from the repository root, with the repository's own files."""
    folder = tmp_path_factory.mktemp("stock")
    port, actions_port = free_port(), free_port()
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://{HOST}:{actions_port}/webhook"
    (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    act = (*RASA, "run", "actions", "--port", str(actions_port))
    chat = (
        *(*RASA, "run", "--interface", HOST, "--port", str(port)),
        *("--endpoints", str(folder / "endpoints.yml")),
    )
    settings = {"KNEEWISE_DB": str(folder / "talk.db")}
    with (
        running(act, actions_port, folder / "actions.txt", SANIC_HOST=HOST) as actions,
        running(chat, port, folder / "log.txt", **settings) as server,
    ):
        actions.wait_for("/health")
        server.wait_for("/webhooks/rest/")
        yield Stock(server, actions)


def plain(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages as far as a runner, or a widget, can tell them apart."""
    keys = ("text", "buttons", "custom", "image", "metadata")
    return [{key: message[key] for key in keys if message.get(key)} for message in messages]


@pytest.mark.parametrize("talk", TALKS)
def test_both_ways_say_the_same(talk: str, stock: Stock, assistant: Assistant) -> None:
    chat = assistant.conversation()
    for number, text in enumerate(TALKS[talk]):
        here = plain(chat.say(text))
        there = plain(stock.server.say(talk.replace(" ", "-"), text))
        assert there == here, f"turn {number + 1}, {text!r}"
        assert APOLOGY not in [message["text"] for message in here]


def test_the_talks_go_where_they_should(assistant: Assistant) -> None:
    found: dict[str, set[str]] = {}
    for name, lines in TALKS.items():
        chat = assistant.conversation()
        replies = [reply for line in lines for reply in chat.say(line)]
        found[name] = {reply["metadata"]["topic"] for reply in replies}
    assert found["topic"] >= {"greeting", "ice", "heat"}
    assert found["red flag"] >= {"urgent"}
    assert found["form"] >= {"question", "plan", "restart"}


def test_the_web_channel_is_there_too(stock: Stock) -> None:
    port = stock.server.port

    def post(name: str, body: Any, method: str = "POST", **headers: str) -> Answer:
        origin = {"Origin": f"http://{HOST}:{port}", **headers}
        return request(port, f"/webhooks/web/{name}", json.dumps(body).encode(), origin, method)

    token = {"Authorization": f"Bearer {post('session', {}).json['token']}"}
    first = post("message", {"id": "message-1", "text": "hello"}, **token)
    assert '"topic":"greeting"' in first.text
    assert post("message", {"id": "message-1", "text": "hello"}, **token).text == first.text
    assert post("conversation", {}, "DELETE", **token).status == 204
    assert post("message", {"id": "message-1"}, "OPTIONS").status == 204
    assert request(port, "/webhooks/web/kneewise.js").status == 200


def test_when_the_action_server_is_gone_the_runner_is_told(stock: Stock) -> None:
    stock.actions.process.terminate()
    stock.actions.process.wait(20)
    messages = stock.server.say("late", "is ice any use for that?")
    assert [m["text"] for m in messages] == [APOLOGY]
    assert stock.server.process.poll() is None
