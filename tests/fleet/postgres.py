"""A private PostgreSQL: a temporary folder, a free port of the loopback, and a password."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from fleet.program import Program, User, find, own_folder, run_as
from running import HOST, free_port

NAME = "kneewise"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",  # a killed process loses nothing by that, only a machine would
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # as in deploy/: a statement holds what somebody said
    "log_error_verbosity": "terse",
}


@dataclass
class Postgres(Program):
    """A running PostgreSQL with one database, `url`, and as many more as are asked for."""

    port: int = 0
    password: str = ""

    @property
    def url(self) -> str:
        """The database as `KNEEWISE_DB` names it."""
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """A database of this server as `KNEEWISE_DB` names it."""
        return f"postgresql://{NAME}:{self.password}@{HOST}:{self.port}/{database}"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client."""
        super().stop(how)

    def fresh(self) -> str:
        """Make another, empty database; its URL."""
        name = f"t{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}", "postgres")
        return self.url_of(name)

    def ask(self, statement: str, database: str = NAME) -> list[tuple[Any, ...]]:
        """Run one SQL statement as the owner; its rows, if it has any."""
        with closing(psycopg2.connect(self.url_of(database), connect_timeout=5)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []


def newest() -> list[Path]:
    """Debian's folders of the server programs, newest version first."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


@contextmanager
def private_postgres(port: int | None = None, **settings: str) -> Iterator[Postgres]:
    """A PostgreSQL server with an empty database `kneewise`, running; settings as in its file.

    It refuses to run as root, so it then runs as `postgres` or `nobody`.
    """
    server, initdb = (find(name, "postgresql", *newest()) for name in ("postgres", "initdb"))
    user = User.ordinary("postgres", "nobody")
    with own_folder("postgres", user) as folder:
        made = _initialised(initdb, server, folder, user, port or free_port(), settings)
        with made.started():
            made.ask(f"CREATE DATABASE {NAME}", "postgres")
            yield made


def _initialised(
    initdb: str,
    server: str,
    folder: Path,
    user: User | None,
    port: int,
    settings: dict[str, str],
) -> Postgres:
    password = secrets.token_hex(16)
    given = folder / "password"
    given.write_text(password)
    if user is not None:
        os.chown(given, user.uid, user.gid)
    run_as(
        user,
        [
            *(initdb, "--pgdata", str(folder / "data"), "--username", NAME, "--no-sync"),
            *("--pwfile", str(given), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C"),
        ],
    )
    chosen = {**SETTINGS, **settings, "port": str(port)}
    arguments = [f"--{key}={value}" for key, value in chosen.items()]
    command = [server, "-D", str(folder / "data"), *arguments]
    found = Postgres(command, folder, lambda: _answers(found), user, port=port, password=password)
    return found


def _answers(server: Postgres) -> bool:
    try:
        return server.ask("SELECT 1", "postgres") == [(1,)]
    except psycopg2.OperationalError:
        return False
