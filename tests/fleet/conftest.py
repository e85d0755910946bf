"""Private servers that the fleet's tests share, each with its own database or keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fleet.postgres import Postgres, private_postgres
from fleet.redis_server import RedisServer, private_redis

from benchmarks.chaos_fleet import Chaos, chaos, logs_looked_through


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that nobody stops; ask it for a `fresh()` database."""
    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """A Redis that nobody stops."""
    with private_redis() as server:
        yield server


@pytest.fixture(scope="session")
def chaos_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    """Three processes to which everything is done. What they wrote down is read at the end."""
    with chaos(tmp_path_factory.mktemp("chaos")) as found:
        yield found
        outcome = logs_looked_through(found)
    assert outcome.right, outcome
