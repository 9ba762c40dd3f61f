"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite: an append-only table refuses by trigger; PostgreSQL by a trigger function, TRUNCATE too.
SQLITE_APPEND_ONLY = """
CREATE TRIGGER reports_no_{what} BEFORE {what} ON reports
BEGIN SELECT RAISE(ABORT, 'reports are append-only: record a retraction instead'); END
"""
POSTGRESQL_APPEND_ONLY = """
CREATE FUNCTION reports_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'reports are append-only: record a retraction instead'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER reports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reports
FOR EACH STATEMENT EXECUTE FUNCTION reports_append_only()
"""

utc = sa.DateTime(timezone=True)
json = sa.JSON().with_variant(JSONB(), "postgresql")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, and see to it that reports are only ever added to."""
    _make_what_is_reported()
    _make_what_is_concluded()
    _make_who_is_told()
    if op.get_bind().dialect.name == "sqlite":
        for what in ("update", "delete"):
            op.execute(SQLITE_APPEND_ONLY.format(what=what))
    else:
        op.execute(POSTGRESQL_APPEND_ONLY)
        op.execute(POSTGRESQL_TRIGGER)


def _make_what_is_reported() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
    )
    op.create_table(
        "areas",
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["places.id"], name="fk_areas_area_id"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_areas_place_id"),
        sa.PrimaryKeyConstraint("area_id", "place_id", name="pk_areas"),
    )
    op.create_index("ix_areas_place_id", "areas", ["place_id"])
    op.create_table(
        "aliases",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_aliases_place_id"),
        sa.PrimaryKeyConstraint("place_id", "alias", name="pk_aliases"),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("government_of", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["part_of"], ["parties.id"], name="fk_parties_part_of"),
        sa.PrimaryKeyConstraint("id", name="pk_parties"),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=True),
        sa.Column("reliability", sa.String(length=1), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_sources_party_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("occurred_at", utc, nullable=True),
        sa.Column("occurred_precision", sa.Text(), nullable=True),
        sa.Column("reported_at", utc, nullable=False),
        sa.Column("reported_precision", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=True),
        sa.Column("credibility", sa.SmallInteger(), nullable=True),
        sa.Column("recorded_at", utc, nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_reports_party_id"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_reports_place_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_reports_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_place_id_reported_at", "reports", ["place_id", "reported_at"])
    op.create_index("ix_reports_refers_to", "reports", ["refers_to"])
    op.create_table(
        "inbox",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_inbox_place_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_inbox_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("report_id", "place_id", name="uq_inbox_report_id_place_id"),
    )
    op.create_index("ix_inbox_place_id", "inbox", ["place_id"])


def _make_what_is_concluded() -> None:
    op.create_table(
        "statuses",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=True),
        sa.Column("since_precision", sa.Text(), nullable=True),
        sa.Column("as_of", utc, nullable=True),
        sa.Column("as_of_precision", sa.Text(), nullable=True),
        sa.Column("rival_id", sa.Text(), nullable=True),
        sa.Column("last_holder_id", sa.Text(), nullable=True),
        sa.Column("evidence", json, nullable=False),
        sa.Column("assessed_at", utc, nullable=False),
        sa.Column("recheck_at", utc, nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["parties.id"], name="fk_statuses_holder_id"),
        sa.ForeignKeyConstraint(
            ["last_holder_id"], ["parties.id"], name="fk_statuses_last_holder_id"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_statuses_place_id"),
        sa.ForeignKeyConstraint(["rival_id"], ["parties.id"], name="fk_statuses_rival_id"),
        sa.PrimaryKeyConstraint("place_id", name="pk_statuses"),
    )
    op.create_index("ix_statuses_recheck_at", "statuses", ["recheck_at"])
    op.create_table(
        "status_history",
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=True),
        sa.Column("since_precision", sa.Text(), nullable=True),
        sa.Column("as_of", utc, nullable=True),
        sa.Column("as_of_precision", sa.Text(), nullable=True),
        sa.Column("rival_id", sa.Text(), nullable=True),
        sa.Column("last_holder_id", sa.Text(), nullable=True),
        sa.Column("evidence", json, nullable=False),
        sa.Column("changed_at", utc, nullable=False),
        sa.Column("reports", json, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["parties.id"], name="fk_status_history_holder_id"),
        sa.ForeignKeyConstraint(
            ["last_holder_id"], ["parties.id"], name="fk_status_history_last_holder_id"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_status_history_place_id"),
        sa.ForeignKeyConstraint(["rival_id"], ["parties.id"], name="fk_status_history_rival_id"),
        sa.PrimaryKeyConstraint("place_id", "version", name="pk_status_history"),
    )


def _make_who_is_told() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("joined_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("chat_id", name="uq_subscribers_chat_id"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscriber_id", big_id, nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_subscriptions_place_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_subscriptions_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "place_id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_place_id", "subscriptions", ["place_id"])
    op.create_table(
        "alerts",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("about_id", big_id, nullable=True),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", utc, nullable=True),
        sa.Column("body", json, nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["alerts.id"], name="fk_alerts_about_id"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_alerts_place_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_about_id", "alerts", ["about_id"])
    op.create_index("ix_alerts_place_id", "alerts", ["place_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("alert_id", big_id, nullable=False),
        sa.Column("subscriber_id", big_id, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("visible_at", utc, nullable=False),
        sa.Column("leased", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", utc, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_deliveries_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "alert_id", "subscriber_id", name="uq_deliveries_alert_id_subscriber_id"
        ),
    )
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["visible_at"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_pending_by_chat",
        "deliveries",
        ["subscriber_id", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
