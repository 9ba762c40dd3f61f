"""Editors, who invited them, what they are writing, and the log of what they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# As for the reports: SQLite refuses by triggers, PostgreSQL by one with a function.
REFUSAL = "the audit log is append-only"
SQLITE_APPEND_ONLY = """
CREATE TRIGGER audit_no_{what} BEFORE {what} ON audit
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
POSTGRESQL_APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{refusal}'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
"""

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and see to it that the log is only ever added to."""
    op.create_table(
        "editors",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=False),
        sa.Column("invited_by_name", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_editors"),
    )
    op.create_table(
        "invitations",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("until", utc, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_invitations"),
    )
    _make_audit()
    op.create_table(
        "report_drafts",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_drafts"),
        sa.UniqueConstraint("chat_id", "user_id", name="uq_report_drafts_chat_id_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "held_reports",
        sa.Column("draft_id", big_id, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", utc, nullable=False),
        sa.Column("body", json, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_held_reports"),
    )
    op.create_index("ix_held_reports_until", "held_reports", ["until"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(SQLITE_APPEND_ONLY.format(what=what, refusal=REFUSAL))
    else:
        op.execute(POSTGRESQL_APPEND_ONLY.format(refusal=REFUSAL))
        op.execute(POSTGRESQL_TRIGGER)
