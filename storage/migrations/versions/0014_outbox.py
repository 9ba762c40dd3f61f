"""Which calls were begun, ids that never come again, and quick looks at what is on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Their rows are deleted, and what else is on record or under way knows them by their ids.
NEVER_AGAIN = ("subscribers", "deliveries")


def upgrade() -> None:
    """Add the column and the indexes; on SQLite have deleted ids of two tables never used again.

    Whatever is leased now counts as begun: it was, or might have been.
    """
    op.add_column("deliveries", sa.Column("begun_by", big_id, nullable=True))
    op.execute("UPDATE deliveries SET begun_by = id WHERE leased AND state = 'pending'")
    where = sa.text("finished_at IS NULL OR addressed > sent + closed")
    op.create_index(
        "ix_broadcasts_under_way",
        "broadcasts",
        ["alert_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_broadcasts_made_at", "broadcasts", ["made_at"])
    op.create_index("ix_broadcasts_last_sent_at", "broadcasts", ["last_sent_at"])
    if op.get_bind().dialect.name == "sqlite":
        for table in NEVER_AGAIN:
            _never_again(table)


def _never_again(table: str) -> None:
    # SQLite can only say so where a table is made: it is made anew, and its rows are copied.
    with op.batch_alter_table(
        table, recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ):
        pass
    if table == "subscribers":
        # Broadcasts know ids as well, that of a chat which was forgotten since among them.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'subscribers'")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'subscribers', max("
            "(SELECT coalesce(max(id), 0) FROM subscribers),"
            " (SELECT coalesce(max(up_to), 0) FROM broadcasts))"
        )
