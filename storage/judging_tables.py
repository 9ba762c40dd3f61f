"""The tables of judging: how sources turned out, who is suspected or silent, by which policy."""

from __future__ import annotations

import sqlalchemy as sa

from storage.column_types import BigId, Json, UtcDateTime
from storage.metadata import metadata

# What can be learned from a place about its sources: see `storage.records`.
lessons = sa.Table(
    "lessons",
    metadata,
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    # Whether somebody contradicts what was last settled there.
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("body", Json, nullable=False),
)

# What had been learned from all places by a time; never changed.
records = sa.Table(
    "records",
    metadata,
    sa.Column("at", UtcDateTime, primary_key=True),
    sa.Column("body", Json, nullable=False),
)

# Where looking at a place goes on from; can be derived: see `storage.checkpoints`.
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("place_id", sa.ForeignKey("places.id"), primary_key=True),
    # By which policy it was made, and its shape: with another it is of no use.
    sa.Column("basis", sa.Text, nullable=False),
    # It has in it what the reports about the time before this say.
    sa.Column("cut", UtcDateTime, nullable=False),
    sa.Column("body", Json, nullable=False),
)

# Sources suspected of an outage: what they move meanwhile is held aside.
suspicions = sa.Table(
    "suspicions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("source_id", sa.ForeignKey("sources.id"), nullable=False),
    # The side that the source moves places from.
    sa.Column("side_id", sa.ForeignKey("parties.id"), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    # How many places it moved, and of how many it had said the same.
    sa.Column("moved", sa.Integer, nullable=False),
    sa.Column("backed", sa.Integer, nullable=False),
    # Whether people may hear of what was held aside, as in the inbox.
    sa.Column("alert", sa.Boolean, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ending", sa.Text),
)
sa.Index(
    "ix_suspicions_open",
    suspicions.c.source_id,
    suspicions.c.side_id,
    unique=True,
    sqlite_where=suspicions.c.ended_at.is_(None),
    postgresql_where=suspicions.c.ended_at.is_(None),
)

# When each source was heard of last, and its last moments of saying something: its rhythm.
hearings = sa.Table(
    "hearings",
    metadata,
    sa.Column("source_id", sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("heard_at", UtcDateTime),
    sa.Column("moments", Json, nullable=False),
    # The newest time of saying that was looked at, and when to look again anyway.
    sa.Column("said_at", UtcDateTime),
    sa.Column("look_at", UtcDateTime, nullable=False),
)

# Sources whose reports no longer came in.
silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("source_id", sa.ForeignKey("sources.id"), nullable=False),
    # When it was heard of last, and how often it was until then.
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("rhythm_seconds", sa.Float, nullable=False),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
sa.Index(
    "ix_silences_open",
    silences.c.source_id,
    unique=True,
    sqlite_where=silences.c.ended_at.is_(None),
    postgresql_where=silences.c.ended_at.is_(None),
)

# By which numbers the bot has decided, since when; never changed.
policies = sa.Table(
    "policies",
    metadata,
    sa.Column("since", UtcDateTime, primary_key=True),
    # Values by name: see `storage.policies`.
    sa.Column("body", Json, nullable=False),
)
