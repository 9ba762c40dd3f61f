"""An index of what waits by its alert, so that alerts take turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    """Add it."""
    op.create_index(
        "ix_deliveries_pending_by_alert",
        "deliveries",
        ["silent", "edit", "alert_id", "id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
