"""One row a conversation, so that a turn reads no more than it needs; and leases."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# A session begins with empty slots, so what came before its start need not be read.
_OF_OLD = """
INSERT INTO conversations (id, events, since, slots, said)
SELECT sender_id, COUNT(*),
       COALESCE(MAX(CASE WHEN type_name = 'session_started' THEN id END), MIN(id)),
       '{}', COALESCE(MAX(timestamp), 0)
FROM events GROUP BY sender_id
"""


def upgrade() -> None:
    """Make the tables, and a row for each conversation that there is."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("slots", sa.Text, nullable=False),
        sa.Column("said", sa.Float, nullable=False, index=True),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.execute(_OF_OLD)
    op.create_index("ix_events_conversation", "events", ["sender_id", "id"])
    op.drop_index("ix_events_sender_id", "events")
