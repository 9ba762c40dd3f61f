"""Notices to editors, too."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Notices go to chats of owners and others."""
    op.execute("ALTER TABLE notices RENAME COLUMN owner TO chat_id")
