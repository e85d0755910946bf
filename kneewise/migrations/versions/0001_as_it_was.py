"""The tables as they were before there were versions; what is there already stays."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables that are missing."""
    _tables().create_all(op.get_bind(), checkfirst=True)


def _tables() -> sa.MetaData:
    tables = sa.MetaData()
    once = {"sqlite_autoincrement": True}
    sa.Table(
        "events",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender_id", sa.String(255), nullable=False, index=True),
        sa.Column("type_name", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.Float),
        sa.Column("intent_name", sa.String(255)),
        sa.Column("action_name", sa.String(255)),
        sa.Column("data", sa.Text),
    )
    sa.Table(
        "feedback",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Date, nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
    )
    sa.Table(
        "accepted",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mark", sa.String(64), nullable=False, unique=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(255)),
        sa.Column("body", sa.Text),
        **once,
    )
    sa.Table(
        "due",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        **once,
    )
    return tables
