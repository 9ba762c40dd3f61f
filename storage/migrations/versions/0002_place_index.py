"""Which places have changed since, so that what is made of them is kept current."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Number the changes of places; all that are there are the first."""
    version = op.create_table(
        "place_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place_version"),
    )
    op.create_table(
        "place_changes",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", name="pk_place_changes"),
    )
    op.create_index("ix_place_changes_version", "place_changes", ["version"])
    op.bulk_insert(version, [{"id": 1, "version": 1}])
    op.execute("INSERT INTO place_changes (place_id, version) SELECT id, 1 FROM places")
