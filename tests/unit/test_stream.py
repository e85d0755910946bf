"""Events of turns: what is in one, and a queue that no broker can fill, stop or slow down."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from confluent_kafka import Consumer, Producer

from kneewise import brokers, metrics, stream
from kneewise.brokers import Event, Kafka, Rabbit, broker
from kneewise.channels import trying
from kneewise.settings import WrongSetting
from kneewise.stream import Stream, event_of, opened, salt
from kneewise.watching import Turn

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "events.schema.json").read_text("utf-8"))
KEY = b"key"


def turn(conversation: str = "web-ann", **given: Any) -> Turn:
    return Turn("web", conversation, **given)


# --- the event -----------------------------------------------------------------------------------

WARNED = [
    {"topic": "urgent", "urgency": "same_day", "flags": ["RF10", "RF02"], "slot": "age"},
    {"topic": "urgent", "urgency": "emergency", "flags": ["RF02"]},
    {"topic": "ice", "urgency": None, "flags": [], "sources": ["article"]},
    {"topic": "plan", "urgency": "self_care"},
]


def test_what_an_event_says() -> None:
    event = event_of(turn(intent="ask_ice", said=WARNED, seconds=0.12345), KEY)
    jsonschema.validate(event, SCHEMA)
    assert event["topics"] == ["urgent", "ice", "plan"]
    assert event["urgency"] == "emergency"
    assert event["flags"] == ["RF02", "RF10"]
    assert (event["channel"], event["intent"], event["seconds"]) == ("web", "ask_ice", 0.123)
    assert (event["fallback"], event["failed"]) == (False, False)
    assert set(event) == set(SCHEMA["properties"])


def test_an_event_of_a_turn_that_failed_at_once() -> None:
    event = event_of(turn(failed=True), KEY)
    jsonschema.validate(event, SCHEMA)
    assert (event["intent"], event["topics"], event["urgency"]) == (None, [], None)
    assert event["failed"]


def test_what_was_not_understood_is_marked() -> None:
    assert event_of(turn(said=[{"topic": "fallback"}]), KEY)["fallback"]


def test_no_channel_and_no_conversation_is_told_by_its_name() -> None:
    event = event_of(Turn("xyzzy", "xyzzy-ann\ud800"), KEY)
    jsonschema.validate(event, SCHEMA)
    assert "xyzzy" not in json.dumps(event)


def test_the_mark_of_a_conversation_depends_on_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def marks(secret: str) -> list[str]:
        monkeypatch.setenv("KNEEWISE_WEB_SECRET", secret)
        return [event_of(turn(name), salt())["conversation"] for name in ("web-a", "web-b")]

    first = marks("one")
    assert first[0] != first[1]
    assert marks("one") == first
    assert set(marks("two")).isdisjoint(first)
    assert marks("") != marks(""), "without a secret it is random"


def test_the_example_of_the_docs_is_valid() -> None:
    page = (ROOT / "docs" / "events.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    jsonschema.validate(json.loads(example), SCHEMA)


def test_the_schema_knows_our_names(kb: Any) -> None:
    flags = SCHEMA["properties"]["flags"]["items"]["pattern"]
    assert all(re.search(flags, flag.id) for flag in kb.red_flags)
    assert set(SCHEMA["properties"]["channel"]["enum"]) == {*metrics.CHANNELS, metrics.OTHER}
    assert SCHEMA["properties"]["version"]["const"] == stream.VERSION


# --- the queue -----------------------------------------------------------------------------------


class Fake:
    """A broker in memory, that is away, hangs, or takes what it is given."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.away = self.hangs = False
        self.tried = self.closed = 0

    async def send(self, events: Sequence[Event]) -> None:
        self.tried += 1
        if self.hangs:
            await asyncio.sleep(3600)
        if self.away:
            raise OSError("password")
        self.got += [event["conversation"] for event in events]

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setattr(trying, "pause", lambda _: 0.01)
    return Fake()


async def until(true: Callable[[], Any]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")


def mark(name: str) -> str:
    return str(event_of(turn(name), KEY)["conversation"])


def total(counter: Any) -> float:
    return float(counter._value.get())


def test_events_are_sent_in_order_and_counted(fake: Fake) -> None:
    async def run() -> None:
        events = Stream(fake, KEY)
        events.start()
        for n in range(250):
            events.hear(turn(str(n)))
        await events.stop()

    before = total(metrics.STREAM_SENT)
    asyncio.run(run())
    assert fake.got == [mark(str(n)) for n in range(250)]
    assert total(metrics.STREAM_SENT) == before + 250
    assert fake.tried == 3, "in batches"
    assert fake.closed == 1


def test_what_waits_while_the_broker_is_away_is_sent_later(
    fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        fake.away = True
        events = Stream(fake, KEY)
        events.start()
        events.hear(turn("a"))
        await until(lambda: fake.tried > 2)
        events.hear(turn("b"))
        assert not fake.got
        fake.away = False
        await until(lambda: len(fake.got) == 2)
        events.hear(turn("c"))
        await events.stop()

    asyncio.run(run())
    assert fake.got == [mark("a"), mark("b"), mark("c")]
    assert fake.closed > 2, "a broken connection is let go of"
    assert "event stream: sending failed" in caplog.text
    assert "password" not in caplog.text


def test_the_oldest_are_dropped_and_counted(fake: Fake) -> None:
    async def run() -> None:
        events = Stream(fake, KEY, most=3)
        for n in range(5):
            events.hear(turn(str(n)))
        events.start()
        await events.stop()

    before = total(metrics.STREAM_DROPPED)
    asyncio.run(run())
    assert fake.got == [mark("2"), mark("3"), mark("4")]
    assert total(metrics.STREAM_DROPPED) == before + 2


def test_an_event_that_is_dropped_while_it_is_sent_takes_no_other_along(fake: Fake) -> None:
    async def run() -> None:
        events = Stream(fake, KEY, most=2)

        class Slow(Fake):
            async def send(self, batch: Sequence[Event]) -> None:
                if not fake.got:
                    events.hear(turn("c"))  # and with it goes "a", which is under way
                await fake.send(batch)

        events._broker = Slow()
        events.hear(turn("a"))
        events.hear(turn("b"))
        events.start()
        await events.stop()

    asyncio.run(run())
    assert fake.got == [mark("a"), mark("b"), mark("c")]


@pytest.mark.parametrize("fault", ["away", "hangs"])
def test_it_ends_though_the_broker_does_not_answer(
    fault: str, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    setattr(fake, fault, True)

    async def run() -> None:
        events = Stream(fake, KEY)
        events.start()
        events.hear(turn())
        events.hear(turn())
        await events.stop(within=0.05)

    before = total(metrics.STREAM_DROPPED)
    asyncio.run(asyncio.wait_for(run(), 30))
    assert total(metrics.STREAM_DROPPED) == before + 2
    assert "events never sent: events=2" in caplog.text


def test_ten_thousand_events_fit() -> None:
    async def run() -> Stream:
        return Stream(Fake(), KEY)

    assert asyncio.run(run())._most == 10_000


# --- settings ------------------------------------------------------------------------------------


def test_the_setting_chooses_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(broker("amqp://a:b@127.0.0.1:5672/"), Rabbit)
    assert isinstance(broker("amqps://a:b@broker.example/vhost"), Rabbit)
    assert isinstance(broker("kafka://127.0.0.1:9092/knee.turns"), Kafka)
    monkeypatch.delenv("KNEEWISE_STREAM", raising=False)
    assert opened() is None
    monkeypatch.setenv("KNEEWISE_STREAM", "")
    assert opened() is None
    monkeypatch.setenv("KNEEWISE_STREAM", "kafka://127.0.0.1:9092/turns")
    assert isinstance(opened(), Stream)


@pytest.mark.parametrize(
    "url",
    [
        "secret-word",
        "http://secret-word@host:1/",
        "amqp://",
        "amqp:///vhost",
        "amqp://a:secret-word@host:notaport/",
        "amqp://[::1:secret-word",
        "kafka://host/topic-without-port",
        "kafka://host:9092",
        "kafka://host:9092/",
        "kafka://host:9092/two/topics",
        "kafka://host:9092/with blank",
    ],
)
def test_a_wrong_setting_is_a_sentence_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNEEWISE_STREAM", url)
    with pytest.raises(WrongSetting, match=r"^KNEEWISE_STREAM must have the form") as error:
        opened()
    assert "secret-word" not in str(error.value)


def test_the_libraries_of_the_brokers_print_nothing() -> None:
    broker("amqp://a:b@127.0.0.1:5672/")
    for name in ("aio_pika", "aiormq.connection", "aiormq.channel", brokers.silent.name):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL), name


# --- Kafka, whose client brings a cluster to test with -------------------------------------------


@pytest.fixture
def cluster() -> Any:
    """The address of a cluster inside librdkafka, which speaks Kafka's own protocol."""
    owner = Producer(
        {"bootstrap.servers": "none", "test.mock.num.brokers": 1, "logger": brokers.silent}
    )
    (found,) = owner.list_topics(timeout=10).brokers.values()
    yield f"{found.host}:{found.port}"
    del owner


def read(address: str, topic: str, wanted: int) -> list[tuple[bytes, dict[str, Any]]]:
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "test",
            "auto.offset.reset": "earliest",
            "logger": brokers.silent,
        }
    )
    consumer.subscribe([topic])
    found: list[tuple[bytes, dict[str, Any]]] = []
    for _ in range(300):
        message = consumer.poll(0.1)
        if message is not None and not message.error():
            found.append((message.key(), json.loads(message.value())))
        if len(found) == wanted:
            break
    consumer.close()
    return found


def test_kafka_gets_the_events_in_order(cluster: str) -> None:
    async def run() -> None:
        events = Stream(broker(f"kafka://{cluster}/turns"), KEY)
        events.start()
        for n in range(5):
            events.hear(turn("web-ann", seconds=n))
        await events.stop(within=20)

    before = total(metrics.STREAM_SENT)
    asyncio.run(run())
    found = read(cluster, "turns", 5)
    assert [event["seconds"] for _, event in found] == [0, 1, 2, 3, 4]
    assert {key.decode() for key, _ in found} == {mark("web-ann")}
    for _, event in found:
        jsonschema.validate(event, SCHEMA)
    assert total(metrics.STREAM_SENT) == before + 5


def test_a_kafka_that_is_not_there_fails_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "PATIENCE", 0.5)
    monkeypatch.setattr(trying, "pause", lambda _: 0.01)

    async def run() -> None:
        events = Stream(broker("kafka://127.0.0.1:1/turns"), KEY)
        events.start()
        events.hear(turn())
        await events.stop(within=1)

    before = total(metrics.STREAM_DROPPED)
    asyncio.run(asyncio.wait_for(run(), 60))
    assert total(metrics.STREAM_DROPPED) == before + 1
