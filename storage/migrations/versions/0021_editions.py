"""What each feed reads and since when, and which items the editions of collections had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.add_column("feeds", sa.Column("reads", sa.Text(), nullable=False, server_default=""))
    op.add_column("feeds", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    # One that was read to its end had begun by then.
    op.execute("UPDATE feeds SET begun_at = succeeded_at")
    op.create_table(
        "feed_editions",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "item", name="pk_feed_editions"),
    )
