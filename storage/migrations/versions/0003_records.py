"""What is learned of sources, where looking at a place goes on from, and what was known when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the tables, and to reports and sources what they need."""
    # Empty for reports from before this revision: they were known when they were recorded.
    op.add_column("reports", sa.Column("known_at", utc, nullable=True))
    op.create_index("ix_reports_place_id_occurred_at", "reports", ["place_id", "occurred_at"])
    op.add_column(
        "sources", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "source_versions",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("until", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_source_versions_source_id"),
        sa.PrimaryKeyConstraint("source_id", "until", name="pk_source_versions"),
    )
    op.create_table(
        "lessons",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("body", json, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_lessons_place_id"),
        sa.PrimaryKeyConstraint("place_id", name="pk_lessons"),
    )
    op.create_table(
        "records",
        sa.Column("at", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.PrimaryKeyConstraint("at", name="pk_records"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("cut", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_checkpoints_place_id"),
        sa.PrimaryKeyConstraint("place_id", name="pk_checkpoints"),
    )
