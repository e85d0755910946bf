"""RabbitMQ and Kafka as the event stream sees them: send a batch, or fail within seconds."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

import aio_pika
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from kneewise.settings import WrongSetting

SETTING = "KNEEWISE_STREAM"
EXCHANGE = "kneewise"
"""The topic exchange of RabbitMQ; an event's routing key is `turn.<channel>`."""
PATIENCE = 5.0
"""Seconds for a connection, and for the confirmation of a batch."""
FORM = (
    "amqp://user:password@host:port/vhost, amqps://user:password@host:port/vhost, "
    "or kafka://host:port/topic"
)
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_SLICE = 0.2
"""Seconds between two looks of the Kafka thread whether it shall end."""

Event = Mapping[str, Any]

silent = logging.getLogger(f"{__name__}.silent")
"""For librdkafka, which would print lines of its own; what matters is logged by the stream."""
silent.setLevel(logging.CRITICAL + 1)


class Broker(Protocol):
    """Where events go."""

    async def send(self, events: Sequence[Event]) -> None:
        """Hand a batch over, and return once all of it is confirmed. Raises whatever fails."""

    async def close(self) -> None:
        """Let go of the connection, quickly, also of one that is broken. Raises nothing."""


def broker(url: str) -> Broker:
    """The broker that the setting `KNEEWISE_STREAM` names; nothing is connected yet.

    Raises:
        WrongSetting: it has not the form of one. Its value is not repeated: it holds a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if host and parts.scheme in ("amqp", "amqps"):
        return Rabbit(url)
    topic = parts.path.removeprefix("/")
    if host and port and parts.scheme == "kafka" and _TOPIC.fullmatch(topic):
        return Kafka(parts.netloc.rpartition("@")[2], topic)
    raise WrongSetting(f"{SETTING} must have the form {FORM}.")


class Rabbit:
    """RabbitMQ: persistent messages to a durable topic exchange, each confirmed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._exchange: Any = None
        # Their lines can hold the address with its password.
        for name in ("aio_pika", "aiormq.connection", "aiormq.channel"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    async def send(self, events: Sequence[Event]) -> None:
        """Publish a batch."""
        if self._exchange is None:
            await asyncio.wait_for(self._connect(), PATIENCE)
        published = (self._publish(event) for event in events)
        await asyncio.wait_for(asyncio.gather(*published), PATIENCE)

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                await asyncio.wait_for(connection.close(), 1)

    async def _connect(self) -> None:
        self._connection = await aio_pika.connect(self._url, timeout=PATIENCE)
        channel = await self._connection.channel(publisher_confirms=True)
        self._exchange = await channel.declare_exchange(
            EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
        )

    async def _publish(self, event: Event) -> None:
        message = aio_pika.Message(
            _body(event),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=str(event["id"]),
        )
        # Not mandatory: where no queue is bound yet, nobody wants the events, and that is no error.
        await self._exchange.publish(message, f"turn.{event['channel']}", mandatory=False)


class Kafka:
    """Kafka: acknowledged by all replicas; the events of a conversation stay in order."""

    def __init__(self, servers: str, topic: str, **options: Any) -> None:
        self._topic = topic
        self._settings = {
            "bootstrap.servers": servers,
            "acks": "all",
            "message.timeout.ms": int(PATIENCE * 1000),
            "socket.connection.setup.timeout.ms": int(PATIENCE * 1000),
            "logger": silent,
            **options,
        }
        self._producer: Producer | None = None
        self._closing = False

    async def send(self, events: Sequence[Event]) -> None:
        """Produce a batch, in a thread: the client of Kafka waits in its own way."""
        self._closing = False
        await asyncio.to_thread(self._send, events)

    async def close(self) -> None:
        """Drop the producer; a batch that is under way is given up."""
        self._closing, self._producer = True, None

    def _send(self, events: Sequence[Event]) -> None:
        if self._producer is None:
            self._producer = Producer(self._settings)
        producer = self._producer
        errors: list[KafkaError] = []

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                errors.append(error)

        for event in events:
            key = str(event["conversation"])
            producer.produce(self._topic, _body(event), key, on_delivery=delivered)
        end = time.monotonic() + PATIENCE
        while (left := producer.flush(_SLICE)) and time.monotonic() < end and not self._closing:
            pass
        if left:
            # Else they would go out beside the next try, which sends them too.
            producer.purge()
        if left or errors:
            raise KafkaException(errors[0] if errors else KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its public name


def _body(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()
