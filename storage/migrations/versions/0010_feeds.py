"""Feeds and where each goes on, what cannot be used, leads, and reports that come late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; nothing that waits in the inbox so far is late."""
    op.add_column(
        "inbox", sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _make_feeds()
    _make_rejects_and_leads()


def _make_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", json, nullable=False),
        sa.Column("tried_at", utc, nullable=True),
        sa.Column("succeeded_at", utc, nullable=True),
        sa.Column("item_at", utc, nullable=True),
        sa.Column("brought", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("not_before", utc, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_feeds"),
    )
    op.create_table(
        "feed_items",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_feed_items_report_id"),
        sa.PrimaryKeyConstraint("feed", "item", name="pk_feed_items"),
    )


def _make_rejects_and_leads() -> None:
    op.create_table(
        "rejects",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("body", json, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("tried_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejects"),
        sa.UniqueConstraint("origin", "item", name="uq_rejects_origin_item"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leads",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("said_at", utc, nullable=False),
        sa.Column("changed_at", utc, nullable=True),
        sa.Column("withdrawn_at", utc, nullable=True),
        sa.Column("made_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("feed", "item", name="uq_leads_feed_item"),
    )
    op.create_index("ix_leads_said_at", "leads", ["said_at"])
