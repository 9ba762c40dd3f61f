"""Which deliveries change a message that was sent before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    """Add it, by the alert of each."""
    op.add_column(
        "deliveries", sa.Column("edit", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE deliveries SET edit = true WHERE alert_id IN"
        " (SELECT id FROM alerts WHERE kind IN ('amendment', 'withdrawal'))"
    )
    op.drop_index("ix_deliveries_pending", "deliveries")
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["silent", "edit", "visible_at", "id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
