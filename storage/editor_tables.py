"""The tables of editors: who they are, what they are writing, and the log of what was done."""

from __future__ import annotations

import sqlalchemy as sa

from storage.column_types import BigId, Json, UtcDateTime
from storage.metadata import metadata

# Who brings reports in, and who let them; the bot's owners are named in its settings.
editors = sa.Table(
    "editors",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("invited_by", sa.BigInteger, nullable=False),
    sa.Column("invited_by_name", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

# Whose private chats may have a menu of their own: it has to go when their role does.
menus = sa.Table(
    "menus",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
)

# Invitations that nobody has followed yet, by a hash of what the link holds.
invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("made_by", sa.BigInteger, nullable=False),
    sa.Column("made_by_name", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

# What owners and editors did. Append-only: triggers made by the migration refuse all else.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.BigInteger, nullable=False),
    # No keys into other tables: it tells what was so then.
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("about", Json, nullable=False),
)

# Reports that editors are writing.
report_drafts = sa.Table(
    "report_drafts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # Grows with each step: buttons under earlier questions are known by it.
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    # What is known so far, and what is asked: see `storage.report_drafts`.
    sa.Column("body", Json, nullable=False),
    sa.UniqueConstraint("chat_id", "user_id"),
    sqlite_autoincrement=True,  # the id of the report comes of it, and must not come again
)

# News texts that editors gave to be read.
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    # The text, and what was drafted from it: see `storage.articles`.
    sa.Column("body", Json, nullable=False),
    sqlite_autoincrement=True,  # old buttons have the id, and must not come upon another text
)

# Other grades of sources that editors have asked for.
regradings = sa.Table(
    "regradings",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # No key: a source that is gone is graded no more.
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    # Whether a second editor has to do it, and who could not be asked yet, as below.
    sa.Column("waits", sa.Boolean, nullable=False),
    sa.Column("to_ask", Json),
    sa.Column("ask_at", UtcDateTime),
    # What is to be done, and what was shown: see `storage.regradings`.
    sa.Column("body", Json, nullable=False),
    sqlite_autoincrement=True,  # old buttons have the id, and must not come upon another one
)

# Reports that wait for a second editor, or for their time.
held_reports = sa.Table(
    "held_reports",
    metadata,
    sa.Column("draft_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False, index=True),
    sa.Column("body", Json, nullable=False),
    # Who could not be asked yet, and when they are tried again; no time where nobody is left.
    sa.Column("to_ask", Json),
    sa.Column("ask_at", UtcDateTime),
)
