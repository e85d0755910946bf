"""The event stream with a real RabbitMQ: events arrive, it may be away, nobody's words are told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from rabbit import PASSWORD, Rabbit, needs_rabbitmq, rabbit
from running import ROOT, Running, request, serving

from kneewise.brokers import EXCHANGE

SCHEMA = json.loads((ROOT / "docs" / "events.schema.json").read_text("utf-8"))
KEY = "a secret of the web channel, long enough"
WORDS = "xyzzy"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    needs_rabbitmq()
    with rabbit(tmp_path_factory.mktemp("rabbit") / "broker") as found:
        yield found


@pytest.fixture(scope="module")
def server(broker: Rabbit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"KNEEWISE_STREAM": broker.url, "KNEEWISE_WEB_SECRET": KEY}
    broker.bind(EXCHANGE, "analysis", "turn.#")
    with serving(tmp_path_factory.mktemp("rabbit_server"), **settings) as found:
        yield found


def events(broker: Rabbit, wanted: int) -> list[dict[str, Any]]:
    """So many events, each once: one that comes twice has the same id."""
    found = {m.message_id: json.loads(m.body) for m in broker.take("analysis", wanted)}
    for key, event in found.items():
        jsonschema.validate(event, SCHEMA)
        assert event["id"] == key
    return list(found.values())


def counted(server: Running, metric: str) -> float:
    text = request(server.port, "/metrics").text
    found = re.search(rf"^{re.escape(metric)} (\S+)$", text, re.MULTILINE)
    assert found, metric
    return float(found[1])


def test_an_event_of_each_turn_arrives(broker: Rabbit, server: Running) -> None:
    server.say("annabel", "should i put ice on it")
    server.say("annabel", f"it is locked solid and i can't get it straight, {WORDS}")
    server.say("bob", "forget me")
    ice, locked, gone = events(broker, 3)
    assert (ice["intent"], ice["topics"][0], ice["urgency"]) == ("ask_ice", "ice", None)
    assert locked["urgency"] == "same_day"
    assert "urgent" in locked["topics"]
    assert locked["flags"]
    assert gone["intent"] == "forget_me"
    assert ice["conversation"] == locked["conversation"] != gone["conversation"]
    assert {event["channel"] for event in (ice, locked, gone)} == {"rest"}
    text = json.dumps([ice, locked, gone])
    assert WORDS not in text
    assert "annabel" not in text


def test_turns_go_on_while_the_broker_is_away(broker: Rabbit, server: Running) -> None:
    sent = counted(server, "kneewise_stream_sent_total")
    broker.stop()
    for n in range(3):
        messages = server.say(f"away{n}", "is ice any use for that?")
        assert messages[0]["metadata"]["topic"] == "ice"
    assert request(server.port, "/ready").status == 200
    broker.start()
    server.say("back", "can i still run")
    found = events(broker, 4)
    assert [event["intent"] for event in found] == ["ask_ice"] * 3 + ["ask_can_i_run"]
    assert len({event["conversation"] for event in found}) == 4
    assert counted(server, "kneewise_stream_dropped_total") == 0
    assert counted(server, "kneewise_stream_sent_total") == sent + 4


def test_what_waits_is_sent_at_the_end_and_the_log_is_discreet(
    broker: Rabbit, server: Running
) -> None:
    server.say("last", "hello")
    server.process.terminate()
    assert server.process.wait(30) == 0
    assert [event["topics"][0] for event in events(broker, 1)] == ["greeting"]
    printed = server.printed()
    assert "event stream: sending failed" in printed
    assert PASSWORD not in printed
    assert WORDS not in printed
    assert "Traceback" not in printed
