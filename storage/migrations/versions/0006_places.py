"""Where places come from, their other ids and order; what chats chose, asked and wished for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what finding a place needs; every place on record so far is an operator's own."""
    op.add_column("places", sa.Column("origin", sa.Text(), nullable=False, server_default=""))
    op.add_column("areas", sa.Column("number", sa.Integer(), nullable=True))
    op.create_table(
        "other_ids",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_other_ids_place_id"),
        sa.PrimaryKeyConstraint("id", name="pk_other_ids"),
    )
    op.create_index("ix_other_ids_place_id", "other_ids", ["place_id"])
    _make_what_a_chat_asked()


def _make_what_a_chat_asked() -> None:
    op.create_table(
        "questions",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("does", sa.Text(), nullable=False),
        sa.Column("asked_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint(
            "chat_id", "spelling", "does", name="uq_questions_chat_id_spelling_does"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "choices",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("chosen_at", utc, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_choices_place_id"),
        sa.PrimaryKeyConstraint("chat_id", "spelling", name="pk_choices"),
    )
    op.create_table(
        "recent",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("asked_at", utc, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_recent_place_id"),
        sa.PrimaryKeyConstraint("chat_id", "place_id", name="pk_recent"),
    )
    op.create_table(
        "wishes",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("wished_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "spelling", name="pk_wishes"),
    )
