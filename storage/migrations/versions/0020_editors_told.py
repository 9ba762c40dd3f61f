"""Notices to editors, other grades of sources that they have asked for, and whose menus are set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Notices go to chats of owners and others; buttons under older questions are over."""
    op.execute("ALTER TABLE notices RENAME COLUMN owner TO chat_id")
    op.create_table(
        "menus",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_menus"),
    )
    op.execute("INSERT INTO menus (user_id) SELECT user_id FROM editors")
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "regradings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("to_ask", json, nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regradings"),
        sqlite_autoincrement=True,
    )
