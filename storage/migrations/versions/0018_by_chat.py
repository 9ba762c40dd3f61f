"""One index of a chat's deliveries by their state, in place of one of all and one of what waits."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it, and drop the others."""
    op.create_index("ix_deliveries_by_chat", "deliveries", ["subscriber_id", "state", "id"])
    op.drop_index("ix_deliveries_pending_by_chat", "deliveries")
    op.drop_index("ix_deliveries_subscriber_id", "deliveries")
