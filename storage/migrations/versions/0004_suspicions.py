"""Sources suspected of an outage, and what owners are told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and an index for what a source has said lately."""
    op.create_index("ix_reports_source_id_reported_at", "reports", ["source_id", "reported_at"])
    op.create_table(
        "suspicions",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("side_id", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=False),
        sa.Column("until", utc, nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("backed", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("ended_at", utc, nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_suspicions_source_id"),
        sa.ForeignKeyConstraint(["side_id"], ["parties.id"], name="fk_suspicions_side_id"),
        sa.PrimaryKeyConstraint("id", name="pk_suspicions"),
    )
    op.create_index(
        "ix_suspicions_open",
        "suspicions",
        ["source_id", "side_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "notices",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("visible_at", utc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", utc, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_notices_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index(
        "ix_notices_pending",
        "notices",
        ["visible_at"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
