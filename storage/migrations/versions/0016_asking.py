"""Which editors are still to be asked about a report that waits for a second one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; about what waits already everybody has been asked."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("held_reports", sa.Column("to_ask", json, nullable=True))
    op.add_column("held_reports", sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True))
