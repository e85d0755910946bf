"""The database: SQLite in a file or in memory, or PostgreSQL; always off the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import QueuePool, StaticPool

SETTING = "KNEEWISE_DB"
MEMORY = ":memory:"
BUSY = 5.0
"""Seconds to wait for a file that another process is writing to."""
CONNECT = 3
"""Seconds for PostgreSQL to take a connection; ten times that for a statement."""
THREADS = 8
AWAY = (OperationalError, InterfaceError, NoneFree)
"""How a database fails that is away, full or busy: the same work may be done later."""
REWRITTEN = 16 << 20
"""Bytes of the largest file of SQLite that is written anew to clear away what was deleted.

While it is, nobody can write: 0.2 s for this size, so that holds nobody else up for longer."""
TIDYING_WAITS = 200
"""Milliseconds that tidying waits for others; it is tried again, and they are not held up."""
TIDIED_EVERY = 1.0
"""Seconds between two tries to tidy a file that is busy."""
MOST_TIDIED = 60
"""Such tries, before it is left for the next time that something is deleted."""

logger = logging.getLogger(__name__)

_READS = {"kneewise_reads": True}
_POSTGRES = ("postgresql", "postgresql+psycopg2", "postgres")

Result = TypeVar("Result")


class WrongDatabase(ValueError):
    """Why a database cannot be used, in a sentence that says what to do."""


def url_of(where: str) -> URL:
    """The address of a database: the path of a file, `:memory:`, or `postgresql://...`.

    Raises:
        WrongDatabase: it is neither.
    """
    if "://" not in where:
        return URL.create("sqlite", database=where)
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        url = URL.create("unknown")
    if url.drivername not in _POSTGRES or not url.host or not url.database:
        # The address itself holds a password, so it is not repeated.
        raise WrongDatabase(
            f"{SETTING} must be the path of a file or postgresql://user:password@host:port/name."
        )
    return url.set(drivername="postgresql+psycopg2")


class NotTidied(RuntimeError):
    """What was deleted may still be in the log of the file."""


def inserting(table: sa.Table, connection: Connection) -> Any:
    """An insert into a table that may say what to do if the row is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


class Database:
    """A database. Work is a function of a connection; it is done whole or not at all."""

    def __init__(self, where: str) -> None:
        self.url = url_of(where)
        self.engine = _engine(self.url)
        self.in_memory = self.url.database == MEMORY
        workers = 1 if self.in_memory else THREADS
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="database")
        self._tidying: asyncio.Task[None] | None = None

    @property
    def shared(self) -> bool:
        """True if other processes may use it too."""
        return bool(self.engine.dialect.name == "postgresql")

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do some work in a transaction, in a thread."""
        return await self._in_thread(self.write_now, work)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Read in a thread. A file that another process is writing to can still be read."""
        return await self._in_thread(self._read_now, work)

    def write_now(self, work: Callable[[Connection], Result]) -> Result:
        """Do some work in a transaction, in this thread."""
        with self.engine.begin() as connection:
            return work(connection)

    async def tidy(self) -> None:
        """Have SQLite clear away what deleted words it still has, in its log and in its pages.

        It overwrites what is deleted, but not the copies that stay behind when it moves rows from
        a page to another; so a file that is not large is written anew.

        Raises:
            NotTidied: the file is read or written to without a pause.
        """
        if self.engine.dialect.name == "sqlite" and not self.in_memory:
            await self._in_thread(self._tidy_now)

    async def tidy_in_time(self) -> None:
        """The same, now if nobody is in the way, else as soon as nobody is.

        What was deleted is deleted; whoever asked for it need not wait for its traces in the log.
        """
        try:
            await self.tidy()
        except NotTidied:
            if self._tidying is None or self._tidying.done():
                self._tidying = asyncio.create_task(self._keep_tidying())

    async def _keep_tidying(self) -> None:
        for _ in range(MOST_TIDIED):
            await asyncio.sleep(TIDIED_EVERY)
            with suppress(NotTidied):
                await self.tidy()
                return
        logger.warning("what was deleted may still be in the log of the file: it is always busy")

    def close(self) -> None:
        """Close all connections."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    def _read_now(self, work: Callable[[Connection], Result]) -> Result:
        with self.engine.connect().execution_options(**_READS) as connection, connection.begin():
            return work(connection)

    def _tidy_now(self) -> None:
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {TIDYING_WAITS}")
            pages, size = (
                cursor.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "page_size")
            )
            if pages * size <= REWRITTEN:
                cursor.execute("VACUUM")
            # It does not raise that it had to give up.
            gave_up = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:  # locked, or no room for a copy
            raise NotTidied from error
        finally:
            connection.cursor().execute(f"PRAGMA busy_timeout = {1000 * BUSY:.0f}")
            connection.close()
        if gave_up:
            raise NotTidied

    async def _in_thread(self, work: Callable[..., Result], *given: Any) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *given))


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return sa.create_engine(
            url,
            pool_size=int(os.environ.get("SQL_POOL_SIZE", THREADS)),  # Rasa's own setting
            max_overflow=0,
            pool_pre_ping=True,  # a connection that the server has closed is noticed before use
            connect_args={
                "connect_timeout": CONNECT,
                "options": f"-c statement_timeout={CONNECT * 10_000}",
            },
        )
    engine = sa.create_engine(
        url,
        poolclass=StaticPool if url.database == MEMORY else QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY},
    )
    sa.event.listen(engine, "connect", _set_up)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    """Have SQLite overwrite what is deleted, write a log ahead, and wait for the disk."""
    connection.isolation_level = None  # or the driver begins transactions by itself, too late
    # In memory, so that what is sorted or written anew is in no other file.
    memory = "temp_store = MEMORY"
    for pragma in ("secure_delete = ON", "journal_mode = WAL", "synchronous = FULL", memory):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin to write at once: a transaction that begins by reading may find that it cannot."""
    reads = connection.get_execution_options().get("kneewise_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
