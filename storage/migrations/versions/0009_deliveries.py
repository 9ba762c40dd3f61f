"""How far alerts have been addressed, deadlines, and what each chat was last told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

utc = sa.DateTime(timezone=True)
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add what a delivery needs to tell what is true when it goes out, and who has been told.

    What chats were told before is not known: each begins with what its next alert says was before.
    """
    op.add_column("subscribers", sa.Column("left_after", big_id, nullable=True))
    op.add_column("deliveries", sa.Column("deadline_at", utc, nullable=True))
    op.add_column("deliveries", sa.Column("told", json, nullable=True))
    op.add_column(
        "deliveries", sa.Column("silent", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE deliveries SET silent = true WHERE state = 'pending'"
        " AND alert_id IN (SELECT id FROM alerts WHERE silent)"
    )
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("source_id", existing_type=sa.Text(), nullable=True)
    _index()
    _make_broadcasts()
    op.create_table(
        "ledger",
        sa.Column("subscriber_id", big_id, nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("status", json, nullable=False),
        sa.Column("up_to", big_id, nullable=False),
        sa.Column("told_at", utc, nullable=True),
        sa.Column("doubted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_ledger_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_ledger_place_id"),
        sa.PrimaryKeyConstraint("subscriber_id", "place_id", name="pk_ledger"),
    )


def _index() -> None:
    op.drop_index("ix_subscriptions_place_id", "subscriptions")
    op.create_index(
        "ix_subscriptions_place_id_subscriber_id", "subscriptions", ["place_id", "subscriber_id"]
    )
    op.drop_index("ix_deliveries_pending", "deliveries")
    for name, columns, where in (
        ("pending", ["silent", "visible_at", "id"], "state = 'pending'"),
        ("dead", ["alert_id"], "state = 'dead'"),
        ("in_doubt", ["alert_id"], "doubts > 0"),
    ):
        op.create_index(
            f"ix_deliveries_{name}",
            "deliveries",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _make_broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("alert_id", big_id, autoincrement=False, nullable=False),
        sa.Column("audience", json, nullable=False),
        sa.Column("cursor", big_id, nullable=False),
        sa.Column("up_to", big_id, nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("deadline_at", utc, nullable=True),
        sa.Column("finished_at", utc, nullable=True),
        sa.Column("last_sent_at", utc, nullable=True),
        sa.Column("addressed", big_id, nullable=False),
        sa.Column("sent", big_id, nullable=False),
        sa.Column("closed", big_id, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_broadcasts_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_broadcasts"),
    )
    where = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_broadcasts_unfinished",
        "broadcasts",
        ["alert_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.execute(
        """
        INSERT INTO broadcasts (alert_id, audience, cursor, up_to, made_at, finished_at,
            last_sent_at, addressed, sent, closed)
        SELECT a.id, '{}', 0, 0, a.made_at, a.made_at, max(d.sent_at), count(*),
            sum(CASE WHEN d.state = 'sent' THEN 1 ELSE 0 END),
            sum(CASE WHEN d.state = 'closed' THEN 1 ELSE 0 END)
        FROM deliveries d JOIN alerts a ON a.id = d.alert_id
        GROUP BY a.id, a.made_at
        """
    )
