"""The tables of the database. `events` is Rasa's own, so that its tools can read it."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

_NUMBERED_ONCE = {"sqlite_autoincrement": True}
"""No number is used twice: while one message is under way it may be dropped, and another stored."""

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
    sa.Index("ix_events_conversation", "sender_id", "id"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("since", sa.Integer, nullable=False),
    sa.Column("slots", sa.Text, nullable=False),
    sa.Column("said", sa.Float, nullable=False, index=True),
)
"""One row a conversation: how many events it has, which is its version; the first event that the
tracker still needs, with the slots as they were before it; and when something was last said."""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Date, nullable=False),
    sa.Column("topic", sa.String(255), nullable=False),
    sa.Column("value", sa.String(255), nullable=False),
)
"""Whether an answer helped: what it was about, and the day. Nothing tells who thought so."""

accepted = sa.Table(
    "accepted",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mark", sa.String(64), nullable=False, unique=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("conversation", sa.String(255)),
    sa.Column("body", sa.Text),
    **_NUMBERED_ONCE,
)
"""A messenger's message that was taken on. Once it is answered, only the mark is left."""

due = sa.Table(
    "due",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    **_NUMBERED_ONCE,
)
"""An answer that is still to be delivered."""

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("claimed", sa.Float, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Index("ix_reminders_due", "channel", "at"),
)
"""When somebody is to be reminded next, where, and when a process last took that on."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
"""Which process works on what, and until when it may."""
