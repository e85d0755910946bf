"""Work that one process has begun is not done by another, and goes on when that one is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet.postgres import Postgres

from kneewise import leases as module
from kneewise.database import Database
from kneewise.leases import Leases
from kneewise.migrate import migrate


@pytest.fixture
def databases(shared_postgres: Postgres) -> Iterator[list[Database]]:
    """One database, as two processes have it."""
    place = shared_postgres.fresh()
    made = [Database(place) for _ in range(2)]
    migrate(made[0])
    yield made
    for each in made:
        each.close()


def test_one_of_two_has_it_until_it_is_given_back(databases: list[Database]) -> None:
    one, two = map(Leases, databases)

    async def run() -> None:
        assert await one.take("turns:me")
        assert await one.take("turns:me")
        assert not await two.take("turns:me")
        assert await two.take("turns:you")
        await two.give_back("turns:me")  # not its own
        assert not await two.take("turns:me")
        await one.give_back("turns:me")
        assert await two.take("turns:me")

    asyncio.run(run())


def test_what_a_dead_process_held_is_free_after_a_while(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 0.5)
    one, two = map(Leases, databases)

    async def run() -> None:
        assert await one.take("turns:me")
        assert not await two.take("turns:me")
        async with two.held("turns:me") as mine:  # waits
            assert mine
            assert not await one.take("turns:me")

    asyncio.run(asyncio.wait_for(run(), 30))


def test_who_works_for_long_keeps_it(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 0.6)
    monkeypatch.setattr(module, "RENEWED", 0.1)
    one, two = map(Leases, databases)

    async def run() -> None:
        async with one.held("turns:me"):
            await asyncio.sleep(1.5)
            async with two.held("turns:me", wait=False) as mine:
                assert not mine
        async with two.held("turns:me", wait=False) as mine:
            assert mine

    asyncio.run(asyncio.wait_for(run(), 30))


def test_one_process_alone_writes_no_leases(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "talk.db"))
    migrate(database)

    async def run() -> int:
        async with Leases(database).held("turns:me") as mine:
            assert mine
        count = "SELECT COUNT(*) FROM leases"
        return int(await database.read(lambda c: c.exec_driver_sql(count).scalar()))

    assert asyncio.run(run()) == 0
    database.close()
