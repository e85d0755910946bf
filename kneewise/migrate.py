"""Brings the database to the tables of this version, whatever version it is from.

The steps are in `kneewise/migrations/versions`, for Alembic. Several processes may start at once:
one takes the steps, the others wait for it.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from kneewise.database import Database, WrongDatabase
from kneewise.tables import metadata

NEWEST = "0003"
STEPS = Path(__file__).parent / "migrations"
_ALL_WAIT = 0x6B6E6565
"""A number that means "the steps are being taken" to PostgreSQL."""


def migrate(database: Database) -> bool:
    """Bring a database to the newest version; true if there was something to do.

    Raises:
        WrongDatabase: it is of a version that came after this one.
    """
    if database.in_memory:
        database.write_now(metadata.create_all)
        return True
    if database.write_now(_version) == NEWEST:
        return False
    return database.write_now(_steps)


def _version(connection: Connection) -> str | None:
    """The version of a database; None if it has none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def _steps(connection: Connection) -> bool:
    """Take the steps that are missing, in one transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ALL_WAIT)))
    # Another process may have taken them meanwhile.
    before = _version(connection)
    if before == NEWEST:
        return False
    # Here, because a database of the newest version does not need it, and it takes a while.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, NEWEST)
    except CommandError as error:
        raise WrongDatabase(
            f"The database is of version {before}, which came after {NEWEST}: use the Kneewise "
            "that wrote it, or a copy of the database from before."
        ) from error
    return True
