"""The tables of delivery: what waits, how far alerts have come, and what each chat was told."""

from __future__ import annotations

import sqlalchemy as sa

from storage.column_types import BigId, Json, UtcDateTime
from storage.metadata import metadata

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("alert_id", sa.ForeignKey("alerts.id"), nullable=False),
    sa.Column(
        "subscriber_id",
        sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("state", sa.Text, nullable=False),
    # When it is due, and while it is being sent, when somebody else may try (the lease).
    sa.Column("visible_at", UtcDateTime, nullable=False),
    # As its alert: what rings goes first.
    sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()),
    # Whether it changes a message that was sent before: see `storage.outbox`.
    sa.Column("edit", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("leased", sa.Boolean, nullable=False),
    # The delivery whose call is about to be made or under way: this one, or one whose message tells
    # of this one's place as well. No foreign key: it means nothing any more when that has gone.
    sa.Column("begun_by", BigId),
    sa.Column("attempts", sa.Integer, nullable=False),
    # How often it was tried without learning whether Telegram took it: it may have come twice.
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("reason", sa.Text, nullable=False),
    # After this it is no fresh news any more; empty: it always is.
    sa.Column("deadline_at", UtcDateTime),
    # How it was told, if not as the alert itself tells it: see `storage.outbox`.
    sa.Column("told", Json),
    sa.UniqueConstraint("alert_id", "subscriber_id"),
    # A sender has it in mind by its id; owners name a dead letter by it.
    sqlite_autoincrement=True,
)
sa.Index(
    "ix_deliveries_pending",
    deliveries.c.silent,
    deliveries.c.edit,
    deliveries.c.visible_at,
    deliveries.c.id,
    sqlite_where=deliveries.c.state == "pending",
    postgresql_where=deliveries.c.state == "pending",
)
sa.Index(
    "ix_deliveries_pending_by_alert",
    deliveries.c.silent,
    deliveries.c.edit,
    deliveries.c.alert_id,
    deliveries.c.id,
    sqlite_where=deliveries.c.state == "pending",
    postgresql_where=deliveries.c.state == "pending",
)
# Not one of what waits alone, beside one of all: SQLite would take that, and read everything that
# a chat was ever sent for the one delivery that is its oldest.
sa.Index("ix_deliveries_by_chat", deliveries.c.subscriber_id, deliveries.c.state, deliveries.c.id)
sa.Index(
    "ix_deliveries_dead",
    deliveries.c.alert_id,
    sqlite_where=deliveries.c.state == "dead",
    postgresql_where=deliveries.c.state == "dead",
)
sa.Index(
    "ix_deliveries_in_doubt",
    deliveries.c.alert_id,
    sqlite_where=deliveries.c.doubts > 0,
    postgresql_where=deliveries.c.doubts > 0,
)

# How far each alert has been addressed and sent: see `storage.addressing`.
broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("alert_id", sa.ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    # Whom it is for.
    sa.Column("audience", Json, nullable=False),
    # The chats up to this one have been addressed; those up to that one will be.
    sa.Column("cursor", BigId, nullable=False),
    sa.Column("up_to", BigId, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("deadline_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("last_sent_at", UtcDateTime),
    # Its deliveries: how many there are, and how many of them have ended; dead ones are counted.
    sa.Column("addressed", BigId, nullable=False),
    sa.Column("sent", BigId, nullable=False),
    sa.Column("closed", BigId, nullable=False),
)
sa.Index(
    "ix_broadcasts_unfinished",
    broadcasts.c.alert_id,
    sqlite_where=broadcasts.c.finished_at.is_(None),
    postgresql_where=broadcasts.c.finished_at.is_(None),
)
# With dead letters it has not ended either.
UNDER_WAY = broadcasts.c.finished_at.is_(None) | (
    broadcasts.c.addressed > broadcasts.c.sent + broadcasts.c.closed
)
sa.Index(
    "ix_broadcasts_under_way",
    broadcasts.c.alert_id,
    sqlite_where=UNDER_WAY,
    postgresql_where=UNDER_WAY,
)
sa.Index("ix_broadcasts_made_at", broadcasts.c.made_at)
sa.Index("ix_broadcasts_last_sent_at", broadcasts.c.last_sent_at)

# What each chat was last told of each place.
ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column(
        "subscriber_id", sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("status", Json, nullable=False),
    # The newest alert of the place by then: of the older ones there is nothing left to tell.
    sa.Column("up_to", BigId, nullable=False),
    # Empty: nobody told the chat, but so it was when it began to be told.
    sa.Column("told_at", UtcDateTime),
    # Whether a message went out since that tells otherwise, and may have arrived.
    sa.Column("doubted", sa.Boolean, nullable=False),
)

# The pictures that Telegram has: a file id serves the bot that got it, and no other.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("bot_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # The SHA-256 of the picture's bytes, in hexadecimal digits.
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("file_id", sa.Text, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)
