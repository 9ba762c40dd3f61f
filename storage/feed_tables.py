"""The tables of what comes in by itself: how each feed is doing, what it brought, what waits."""

from __future__ import annotations

import sqlalchemy as sa

from storage.column_types import BigId, Json, UtcDateTime
from storage.metadata import metadata

# What comes in by itself, feed by feed: where each goes on, and how it has been going.
feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # Written together with the items up to there: see `bot.feeds`.
    sa.Column("cursor", Json, nullable=False),
    # What it reads, as a fingerprint: by that it is known under another name.
    sa.Column("reads", sa.Text, nullable=False, server_default=""),
    # When it brought something first, the whole of it or a part.
    sa.Column("begun_at", UtcDateTime),
    sa.Column("tried_at", UtcDateTime),
    sa.Column("succeeded_at", UtcDateTime),
    # When it last brought something new, and how much it has brought in all.
    sa.Column("item_at", UtcDateTime),
    sa.Column("brought", sa.Integer, nullable=False),
    # How often in a row it could not be read, and why the last time.
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    # It has asked to be left alone until then.
    sa.Column("not_before", UtcDateTime),
)

# Items of feeds that were taken: what each said, and the report that stands for it now.
feed_items = sa.Table(
    "feed_items",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    # Empty where the item was taken back.
    sa.Column("report_id", sa.ForeignKey("reports.id")),
    # How often it has been put on record: a corrected item is another report.
    sa.Column("revision", sa.Integer, nullable=False),
)

# Items that were taken back where they came from, also such as never came: whatever their order, an
# item that comes later, or again, is known to be gone.
feed_gone = sa.Table(
    "feed_gone",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    # Empty where nobody says when: it is gone for good.
    sa.Column("gone_at", UtcDateTime),
)

# Which items the editions of collections had, where what a later edition lacks was taken out: of
# each item the last reading of an edition that it was in.
feed_editions = sa.Table(
    "feed_editions",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("collection", sa.Text, nullable=False),
    sa.Column("edition", sa.Text, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
    # The day that the item is about, where it tells that.
    sa.Column("day", sa.Date),
)

# The servers that feeds are read from: when each may be asked next, by any feed and any process.
feed_servers = sa.Table(
    "feed_servers",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    # The next turn that nobody has taken.
    sa.Column("next_at", UtcDateTime),
    # It has asked to be left alone until then.
    sa.Column("held_until", UtcDateTime),
)

# What came from a feed or a file and cannot be used as it is, whole, with the reason.
rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    # The feed, or "import".
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    # As a row to import, and as it came: see `storage.rejects`.
    sa.Column("body", Json, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("tried_at", UtcDateTime, nullable=False),
    # When somebody found that it can never be used; it comes back when it says something else.
    sa.Column("dismissed_at", UtcDateTime),
    sa.UniqueConstraint("origin", "item"),
    sqlite_autoincrement=True,  # whoever names a row by its number must not mean another one
)

# What a feed points to and editors may look into; no claims.
leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("said_at", UtcDateTime, nullable=False, index=True),
    sa.Column("changed_at", UtcDateTime),
    sa.Column("withdrawn_at", UtcDateTime),
    # When an editor had no use for it; it comes back when it says something else.
    sa.Column("dismissed_at", UtcDateTime),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("feed", "item"),
)
