"""Sources that have gone silent, and by which policy the bot has decided since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; each source is looked at by the next checks."""
    op.create_table(
        "hearings",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("heard_at", utc, nullable=True),
        sa.Column("moments", json, nullable=False),
        sa.Column("said_at", utc, nullable=True),
        sa.Column("look_at", utc, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_hearings_source_id"),
        sa.PrimaryKeyConstraint("source_id", name="pk_hearings"),
    )
    op.create_table(
        "silences",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=False),
        sa.Column("rhythm_seconds", sa.Float(), nullable=False),
        sa.Column("found_at", utc, nullable=False),
        sa.Column("ended_at", utc, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_silences_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index(
        "ix_silences_open",
        "silences",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "policies",
        sa.Column("since", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.PrimaryKeyConstraint("since", name="pk_policies"),
    )
