"""A whole fleet of our own: Kneewise processes behind nginx, with PostgreSQL and Redis.

Each part can be stopped, killed and started again by itself. Nothing stands in for anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from fleet.nginx import Nginx, private_nginx
from fleet.postgres import Postgres, private_postgres
from fleet.program import Program
from fleet.redis_server import RedisServer, private_redis
from fleet.visitor import Visitor
from running import PATIENCE, ROOT, SERVE, free_port, request


@dataclass
class Kneewise(Program):
    """A process of the fleet; it keeps its port when it is started again."""

    port: int = 0

    def ready(self) -> bool:
        """True if it and all that it needs answers."""
        try:
            return request(self.port, "/ready").json == {"status": "ready"}
        except (OSError, HTTPException, ValueError):
            return False

    def memory(self, which: str = "VmRSS") -> float:
        """Megabytes: `VmRSS` as it is, `VmHWM` as it was at most; 0 if it does not run."""
        if self.process is None:
            return 0.0
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(which))


@dataclass
class Fleet:
    """All that runs."""

    kneewise: list[Kneewise]
    nginx: Nginx
    postgres: Postgres
    redis: RedisServer
    folder: Path
    secrets: list[str] = field(default_factory=list)

    def visitor(self) -> Visitor:
        """Somebody who opened the page."""
        return Visitor(self.nginx.port)

    def ready(self) -> bool:
        """True if every process is."""
        return all(each.ready() for each in self.kneewise)

    def alive(self) -> list[Kneewise]:
        """The processes that run."""
        return [each for each in self.kneewise if each.process is not None]

    def logs(self) -> dict[str, str]:
        """All that was written down by anything that a visitor's words pass through."""
        found = {f"kneewise {each.port}": each.log for each in self.kneewise}
        for name in ("access.log", "error.log", "log.txt"):
            path = self.nginx.folder / name
            found[f"nginx {name}"] = path.read_text("utf-8", "replace") if path.exists() else ""
        return {**found, "redis": self.redis.log, "postgres": self.postgres.log}


@contextmanager
def private_fleet(
    folder: Path, size: int = 3, command: Sequence[str] = SERVE, **settings: str
) -> Iterator[Fleet]:
    """So many processes behind nginx, running.

    Args:
        folder: where the logs of Kneewise go.
        command: what each process runs.
        settings: of each Kneewise, beside those that a fleet needs.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(private_postgres())
        redis = stack.enter_context(private_redis(keeps=True, password=True))
        hidden = [secrets.token_hex(32), secrets.token_hex(16)]
        given = {
            "KNEEWISE_DB": postgres.url,
            "KNEEWISE_REDIS": redis.url,
            "KNEEWISE_WEB_SECRET": hidden[0],
            "KNEEWISE_METRICS_TOKEN": hidden[1],
            "SANIC_PROXIES_COUNT": "1",
            "LOG_LEVEL": "INFO",
            **settings,
        }
        places = [(folder / f"kneewise-{n}", free_port()) for n in range(size)]
        found = [made(*place, given, command) for place in places]
        with ThreadPoolExecutor(size) as together:
            for each in found:
                stack.callback(each.stop)
            list(together.map(Kneewise.start, found))
        nginx = stack.enter_context(private_nginx([each.port for each in found]))
        hidden += [postgres.password, redis.password]
        yield Fleet(found, nginx, postgres, redis, folder, hidden)


def made(
    folder: Path, port: int, settings: dict[str, str], command: Sequence[str] = SERVE
) -> Kneewise:
    """A Kneewise that is not started yet, with its log in a folder of its own."""
    folder.mkdir()
    return Kneewise(
        command,
        folder,
        lambda: answers(port),
        settings={**settings, "PORT": str(port)},
        cwd=ROOT,
        patience=PATIENCE,
        port=port,
    )


def answers(port: int) -> bool:
    """True if a Kneewise at this port has its model."""
    try:
        return request(port, "/health").status == 200
    except (OSError, HTTPException):
        return False
