"""Which of several processes works on what: a lease in the database, renewed while it works.

With one process there is nothing to agree on, and no lease is written. A lease is kept by the
clock of the database, so the clocks of the machines need not agree.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from kneewise.channels.trying import until_done
from kneewise.database import Database
from kneewise.tables import leases

HELD = 30.0
"""Seconds that a lease lasts unless it is renewed: so long what a dead process did lies still."""
RENEWED = HELD / 3
LOOKS = (0.1, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between two looks whether a lease is free. An answer may be tried for a day elsewhere."""


class Leases:
    """The leases of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = uuid.uuid4().hex

    @property
    def needed(self) -> bool:
        """True if other processes may serve too."""
        return self._database.shared

    async def take(self, name: str) -> bool:
        """Take a lease, or renew it; false if another process has it."""
        if not self.needed:
            return True
        return await self._database.write(partial(_take, name, self._me))

    async def give_back(self, name: str) -> None:
        """Let another process have it at once."""
        if self.needed:
            await self._database.write(partial(_give_back, name, self._me))

    @asynccontextmanager
    async def held(self, name: str, *, wait: bool = True) -> AsyncIterator[bool]:
        """Hold a lease while work is done; without waiting, false if another process has it.

        A database that is away is waited for.
        """
        if not self.needed:
            yield True
            return
        taken, looks = await self._taken(name), 0
        while wait and not taken:
            await asyncio.sleep(LOOKS[min(looks, len(LOOKS) - 1)])
            taken, looks = await self._taken(name), looks + 1
        renewing = asyncio.create_task(self._renew(name)) if taken else None
        try:
            yield taken
        finally:
            if renewing is not None:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)
                await until_done("returning a lease", partial(self.give_back, name), most=2)

    async def _taken(self, name: str) -> bool:
        return bool(await until_done("taking a lease", partial(self.take, name)))

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(RENEWED)
            await until_done("renewing a lease", partial(self.take, name))


def _take(name: str, me: str, connection: Connection) -> bool:
    now = sa.func.extract("epoch", sa.func.clock_timestamp())
    until = sa.cast(now, sa.Float) + HELD
    given = postgresql.insert(leases).values(name=name, holder=me, until=until)
    free = (leases.c.holder == me) | (leases.c.until < sa.cast(now, sa.Float))
    taken = given.on_conflict_do_update(
        index_elements=[leases.c.name], set_={"holder": me, "until": until}, where=free
    )
    return bool(connection.execute(taken).rowcount == 1)


def _give_back(name: str, me: str, connection: Connection) -> None:
    mine = (leases.c.name == name) & (leases.c.holder == me)
    connection.execute(sa.delete(leases).where(mine))
