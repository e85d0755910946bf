"""A RabbitMQ of its own for a test: in a folder, on free ports of the loopback, ended by its id."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from running import HOST, free_port

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The server itself: the one in the path changes the user first."""
PATIENCE = 120
USER, PASSWORD = "runner", "s3cret-of-the-broker"


def needs_rabbitmq() -> None:
    """Skip the test where RabbitMQ is not installed, except in CI, where it has to be."""
    if SERVER.is_file() and shutil.which("epmd"):
        return
    if os.environ.get("CI"):
        pytest.fail("RabbitMQ is not installed: apt-get install rabbitmq-server")
    pytest.skip("RabbitMQ is not installed")


class Rabbit:
    """One broker, which can be stopped and started again with what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.names_port = free_port(), free_port()
        self.url = f"amqp://{USER}:{PASSWORD}@{HOST}:{self.port}/"
        self._server: subprocess.Popen[bytes] | None = None
        (folder / "home").mkdir(parents=True)
        (folder / "enabled_plugins").write_text("[].\n")
        # No user guest: a test that talks to another broker by mistake must fail.
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            f"default_user = {USER}\ndefault_pass = {PASSWORD}\n"
            "log.console = true\nlog.file = false\n"
        )

    def environment(self) -> dict[str, str]:
        """What keeps it apart from any other RabbitMQ of this machine."""
        at = self.folder
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(at / "home"),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self.names_port),
            "RABBITMQ_NODENAME": f"kneewise{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none"
            ),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(at / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(at / "data"),
            "RABBITMQ_LOG_BASE": str(at / "log"),
            "RABBITMQ_PID_FILE": str(at / "pid"),
        }

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        log = (self.folder / "out.txt").open("ab")
        # In a session of its own, so that the shell around it ends together with it.
        self._server = subprocess.Popen(  # noqa: S603 - what the test is about
            [str(SERVER)],
            cwd=self.folder,
            env=self.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self._server.poll() is None, self.printed()
            with suppress(OSError, aio_pika.exceptions.AMQPError, asyncio.TimeoutError):
                asyncio.run(self._connect())
                return
            time.sleep(0.3)
        raise AssertionError(self.printed())

    def printed(self) -> str:
        """What it printed so far."""
        return (self.folder / "out.txt").read_text("utf-8", "replace")[-3000:]

    async def _connect(self) -> None:
        connection = await aio_pika.connect(self.url, timeout=5)
        await connection.close()

    def stop(self) -> None:
        """Stop it; what durable queues hold is there after the next start."""
        if self._server is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGTERM)
        try:
            self._server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(30)
        self._server = None

    def bind(self, exchange: str, queue: str, key: str = "#") -> None:
        """Make a durable queue that gets what an exchange is given."""

        async def work(channel: Any) -> None:
            source = await channel.declare_exchange(
                exchange, aio_pika.ExchangeType.TOPIC, durable=True
            )
            target = await channel.declare_queue(queue, durable=True)
            await target.bind(source, key)

        asyncio.run(self._on_channel(work))

    def take(self, queue: str, wanted: int, seconds: float = 60) -> Sequence[Any]:
        """The messages of a queue, each acknowledged: so many, or those that came in the time."""
        found: list[Any] = []

        async def work(channel: Any) -> None:
            source = await channel.declare_queue(queue, durable=True)
            end = time.monotonic() + seconds
            while len(found) < wanted and time.monotonic() < end:
                message = await source.get(fail=False)
                if message is None:
                    await asyncio.sleep(0.1)
                    continue
                await message.ack()
                found.append(message)

        asyncio.run(self._on_channel(work))
        return found

    async def _on_channel(self, work: Any) -> None:
        connection = await aio_pika.connect(self.url, timeout=10)
        try:
            await work(await connection.channel())
        finally:
            await connection.close()


@contextmanager
def rabbit(folder: Path) -> Iterator[Rabbit]:
    """A broker for a test, with a name server of its own; both are ended with it."""
    broker = Rabbit(folder)
    names = subprocess.Popen(  # noqa: S603 - what the test is about
        [str(shutil.which("epmd")), "-address", HOST, "-port", str(broker.names_port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        names.terminate()
        names.wait(20)
