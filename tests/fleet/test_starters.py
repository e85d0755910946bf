"""The private servers of the fleet's tests do what they are made for: end, freeze and come back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis
from fleet.postgres import Postgres, private_postgres
from fleet.program import family
from fleet.redis_server import private_redis


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with private_postgres() as server:
        yield server


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_postgres_comes_back_with_what_was_committed(postgres: Postgres, end: str) -> None:
    postgres.ask("CREATE TABLE IF NOT EXISTS kept (value int)")
    postgres.ask("DELETE FROM kept")
    postgres.ask("INSERT INTO kept VALUES (42)")
    getattr(postgres, end)()
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        postgres.ask("SELECT 1")
    postgres.start()
    assert postgres.ask("SELECT value FROM kept") == [(42,)]


def test_a_frozen_postgres_answers_nobody_and_goes_on(postgres: Postgres) -> None:
    with closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
        postgres.pause()
        with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
            psycopg2.connect(postgres.url, connect_timeout=2)
        postgres.resume()
        cursor.execute("SELECT 7")
        assert cursor.fetchone() == (7,)


def test_databases_of_one_postgres_know_nothing_of_each_other(postgres: Postgres) -> None:
    postgres.ask("CREATE TABLE IF NOT EXISTS here (value int)")
    assert postgres.ask("SELECT to_regclass('here') IS NULL") == [(False,)]
    with closing(psycopg2.connect(postgres.fresh())) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('here') IS NULL")
        assert cursor.fetchone() == (True,)


def test_postgres_asks_for_the_password(postgres: Postgres) -> None:
    wrong = postgres.url.replace(postgres.password, "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


@pytest.mark.parametrize("keeps", [True, False])
def test_redis_keeps_what_it_is_told_to(keeps: bool) -> None:
    with private_redis(keeps=keeps) as server, closing(server.client()) as client:
        client.set("here", "yes")
        server.kill()
        with pytest.raises(redis.exceptions.ConnectionError):
            client.ping()
        server.start()
        assert client.get("here") == (b"yes" if keeps else None)


def test_redis_asks_for_the_password_and_freezes() -> None:
    with private_redis(password=True) as server, closing(server.client()) as client:
        stranger = redis.Redis(port=server.port)
        with closing(stranger), pytest.raises(redis.exceptions.AuthenticationError):
            stranger.ping()
        server.pause()
        with pytest.raises(redis.exceptions.TimeoutError):
            client.ping()
        server.resume()
        assert client.ping()


def test_nothing_is_left_behind() -> None:
    with private_postgres() as server:
        assert server.process is not None
        pids, folder = family(server.process.pid), server.folder
        assert len(pids) > 1
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not folder.exists()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
