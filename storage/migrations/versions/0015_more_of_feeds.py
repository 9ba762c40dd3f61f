"""Whose turn it is to ask a server, what feeds took back, and rows that were dismissed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the column; no row that waits is dismissed so far."""
    op.create_table(
        "feed_servers",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("next_at", utc, nullable=True),
        sa.Column("held_until", utc, nullable=True),
        sa.PrimaryKeyConstraint("server", name="pk_feed_servers"),
    )
    op.create_table(
        "feed_gone",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("gone_at", utc, nullable=True),
        sa.PrimaryKeyConstraint("feed", "item", name="pk_feed_gone"),
    )
    op.add_column("rejects", sa.Column("dismissed_at", utc, nullable=True))
