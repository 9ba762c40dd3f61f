"""All tables, one place. Times are UTC; a moment is two columns, the time and its precision."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.column_types import BigId, Json, UtcDateTime, Words
from storage.delivery_tables import broadcasts as broadcasts  # all of them are had from here
from storage.delivery_tables import deliveries as deliveries
from storage.delivery_tables import ledger as ledger
from storage.delivery_tables import uploads as uploads
from storage.editor_tables import articles as articles
from storage.editor_tables import audit as audit
from storage.editor_tables import editors as editors
from storage.editor_tables import held_reports as held_reports
from storage.editor_tables import invitations as invitations
from storage.editor_tables import menus as menus
from storage.editor_tables import regradings as regradings
from storage.editor_tables import report_drafts as report_drafts
from storage.feed_tables import feed_editions as feed_editions
from storage.feed_tables import feed_gone as feed_gone
from storage.feed_tables import feed_items as feed_items
from storage.feed_tables import feed_servers as feed_servers
from storage.feed_tables import feeds as feeds
from storage.feed_tables import leads as leads
from storage.feed_tables import rejects as rejects
from storage.judging_tables import checkpoints as checkpoints
from storage.judging_tables import hearings as hearings
from storage.judging_tables import lessons as lessons
from storage.judging_tables import policies as policies
from storage.judging_tables import records as records
from storage.judging_tables import silences as silences
from storage.judging_tables import suspicions as suspicions
from storage.metadata import metadata as metadata

places = sa.Table(
    "places",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("countries", Words, nullable=False),
    sa.Column("lat", sa.Float),
    sa.Column("lon", sa.Float),
    sa.Column("origin", sa.Text, nullable=False, server_default=""),
)

# Which places belong to which areas (places of the kind `area`) and corridors.
areas = sa.Table(
    "areas",
    metadata,
    sa.Column("area_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True, index=True),
    # In a corridor, the how-manieth place it is, from 1.
    sa.Column("number", sa.Integer),
)

# Ids that mean a place on record under another one: the two were found to be the same.
other_ids = sa.Table(
    "other_ids",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place_id", sa.ForeignKey("places.id"), nullable=False, index=True),
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("alias", sa.Text, primary_key=True),
)

# One row: how often places have been changed. Its lock keeps the numbers in the order of commits.
place_version = sa.Table(
    "place_version",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
)

# The version with which each place was changed last.
place_changes = sa.Table(
    "place_changes",
    metadata,
    # No foreign key: that a place has gone is a change, too.
    sa.Column("place_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, index=True),
)

parties = sa.Table(
    "parties",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("government_of", Words, nullable=False),
    sa.Column("part_of", sa.ForeignKey("parties.id")),
    sa.Column("rank", sa.Integer, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("party_id", sa.ForeignKey("parties.id")),
    sa.Column("reliability", sa.String(1), nullable=False),
    sa.Column("position", sa.Text, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
)

# What a source was taken for before it was changed, until when.
source_versions = sa.Table(
    "source_versions",
    metadata,
    sa.Column("source_id", sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("until", UtcDateTime, primary_key=True),
    sa.Column("body", Json, nullable=False),
)

# Append-only: triggers made by the migration refuse UPDATE and DELETE.
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place_id", sa.ForeignKey("places.id"), nullable=False),
    sa.Column("claim", sa.Text, nullable=False),
    sa.Column("party_id", sa.ForeignKey("parties.id")),
    sa.Column("source_id", sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("occurred_at", UtcDateTime),
    sa.Column("occurred_precision", sa.Text),
    sa.Column("reported_at", UtcDateTime, nullable=False),
    sa.Column("reported_precision", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("quote", sa.Text, nullable=False),
    # No foreign key: a denial may arrive before what it denies.
    sa.Column("refers_to", sa.Text),
    sa.Column("credibility", sa.SmallInteger),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    # A backfilled report counts as known from when it was said; empty: from when it was recorded.
    sa.Column("known_at", UtcDateTime),
    sa.Index(None, "place_id", "reported_at"),
    sa.Index(None, "source_id", "reported_at"),
)
# Few refer to another.
sa.Index(
    "ix_reports_refers_to",
    reports.c.refers_to,
    sqlite_where=reports.c.refers_to.is_not(None),
    postgresql_where=reports.c.refers_to.is_not(None),
)

# Reports that the check has not seen yet; one row for each place that a report speaks of.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("report_id", sa.ForeignKey("reports.id"), nullable=False),
    sa.Column("place_id", sa.ForeignKey("places.id"), nullable=False),
    sa.Column("alert", sa.Boolean, nullable=False),
    # Whether it was said so long ago that it is news only where it changes what holds now.
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
    # Why the check could not work with the place, if it could not.
    sa.Column("trouble", sa.Text),
    sa.UniqueConstraint("place_id", "report_id"),
)


def _assessed() -> list[sa.Column[Any]]:
    return [
        sa.Column("holder_id", sa.ForeignKey("parties.id")),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime),
        sa.Column("since_precision", sa.Text),
        sa.Column("as_of", UtcDateTime),
        sa.Column("as_of_precision", sa.Text),
        sa.Column("rival_id", sa.ForeignKey("parties.id")),
        sa.Column("last_holder_id", sa.ForeignKey("parties.id")),
        # Each report with its weight and reasons: see `storage.assessments`.
        sa.Column("evidence", Json, nullable=False),
    ]


statuses = sa.Table(
    "statuses",
    metadata,
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    *_assessed(),
    sa.Column("assessed_at", UtcDateTime, nullable=False),
    sa.Column("recheck_at", UtcDateTime, index=True),
)

status_history = sa.Table(
    "status_history",
    metadata,
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    *_assessed(),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("reports", Json, nullable=False),
)

# What the bot's owners are told: one row for each event and owner.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    # Of an owner or editor the chat id is the user id.
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # The source that it is about, if it is about one.
    sa.Column("source_id", sa.ForeignKey("sources.id")),
    sa.Column("made_at", UtcDateTime, nullable=False),
    # What it tells: see `storage.notices`.
    sa.Column("body", Json, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("visible_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("reason", sa.Text, nullable=False),
)
sa.Index(
    "ix_notices_pending",
    notices.c.visible_at,
    sqlite_where=notices.c.state == "pending",
    postgresql_where=notices.c.state == "pending",
)

subscribers = sa.Table(
    "subscribers",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("is_group", sa.Boolean, nullable=False),
    sa.Column("zone", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("joined_at", UtcDateTime, nullable=False),
    # While it is away: the newest alert when it left.
    sa.Column("left_after", BigId),
    # Broadcasts know up to whom they are, and a sender whom it tells: no chat gets another's id.
    sqlite_autoincrement=True,
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column(
        "subscriber_id", sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    # By place in the order of the chats: so an alert is addressed, some thousands at a time.
    sa.Index(None, "place_id", "subscriber_id"),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("place_id", sa.ForeignKey("places.id"), nullable=False, index=True),
    sa.Column("made_at", UtcDateTime, nullable=False),
    # The alert that an amendment, correction or withdrawal is about.
    sa.Column("about_id", sa.ForeignKey("alerts.id"), index=True),
    sa.Column("silent", sa.Boolean, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
    # Not sent itself, but told by a notice that the place changes hands often; which one.
    sa.Column("folded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("folded_into", BigId),
    # What it tells: see `storage.alerts`.
    sa.Column("body", Json, nullable=False),
)
sa.Index(
    "ix_alerts_waiting_for_a_notice",
    alerts.c.place_id,
    sqlite_where=alerts.c.folded & alerts.c.folded_into.is_(None),
    postgresql_where=alerts.c.folded & alerts.c.folded_into.is_(None),
)

# What a chat was asked back about a name: which place is meant, and what it wants to know.
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("spelling", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("does", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("chat_id", "spelling", "does"),
    sqlite_autoincrement=True,  # a button must not find another question under a number used again
)

# Which place a chat means by a name that several have.
choices = sa.Table(
    "choices",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True),
    sa.Column("spelling", sa.Text, primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("place_id", sa.ForeignKey("places.id"), nullable=False),
    sa.Column("chosen_at", UtcDateTime, nullable=False),
)

# The places that a chat has asked about lately.
recent = sa.Table(
    "recent",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True),
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

# Places that people miss.
wishes = sa.Table(
    "wishes",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True),
    sa.Column("spelling", sa.Text, primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("wished_at", UtcDateTime, nullable=False),
)
