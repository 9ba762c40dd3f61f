"""Alerts that are told by a notice, where a place changes hands often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Say of each alert whether a notice tells it, and which."""
    op.add_column(
        "alerts", sa.Column("folded", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("alerts", sa.Column("folded_into", big_id, nullable=True))
    op.create_index(
        "ix_alerts_waiting_for_a_notice",
        "alerts",
        ["place_id"],
        sqlite_where=sa.text("folded AND folded_into IS NULL"),
        postgresql_where=sa.text("folded AND folded_into IS NULL"),
    )
