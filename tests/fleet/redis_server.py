"""A private Redis: a temporary folder, a free port of the loopback, and a password if wanted."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import redis
from fleet.program import Program, find, own_folder
from running import HOST, free_port

CONFIG = """bind {host}
port {port}
dir {folder}
daemonize no
save ""
appendonly {keeps}
appendfsync always
{password}
"""


@dataclass
class RedisServer(Program):
    """A running Redis, at `url`."""

    port: int = 0
    password: str = ""

    @property
    def url(self) -> str:
        """The server as `KNEEWISE_REDIS` names it."""
        given = f":{self.password}@" if self.password else ""
        return f"redis://{given}{HOST}:{self.port}/0"

    def client(self) -> redis.Redis[bytes]:
        """A client that gives up after two seconds; close it."""
        return redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)


@contextmanager
def private_redis(
    port: int | None = None, keeps: bool = False, password: bool = False
) -> Iterator[RedisServer]:
    """A running Redis; `keeps` lets its data outlive a restart, `password` makes it ask for one."""
    server = find("redis-server", "redis-server")
    port, secret = port or free_port(), secrets.token_hex(16) if password else ""
    with own_folder("redis", None) as folder:
        (folder / "redis.conf").write_text(
            CONFIG.format(
                host=HOST,
                port=port,
                folder=folder,
                keeps="yes" if keeps else "no",
                password=f"requirepass {secret}" if secret else "",
            )
        )
        command = [server, str(folder / "redis.conf")]
        made = RedisServer(command, folder, lambda: _answers(made), port=port, password=secret)
        with made.started():
            yield made


def _answers(server: RedisServer) -> bool:
    try:
        with closing(server.client()) as client:
            return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
