"""The pictures that were uploaded to Telegram, so that none is uploaded twice.

A picture is known by the SHA-256 of its bytes, in hexadecimal digits. Telegram's id of a file is
good for the bot that got it only (https://core.telegram.org/bots/api#sending-files).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import insert
from storage.tables import uploads

if TYPE_CHECKING:
    from datetime import datetime

KEPT = timedelta(days=30)


def find(conn: sa.Connection, bot_id: int, digest: str) -> str | None:
    """The file id under which a bot can send a picture again; None where there is none."""
    return conn.scalar(sa.select(uploads.c.file_id).where(*_of(bot_id, digest)))


def keep(conn: sa.Connection, bot_id: int, digest: str, file_id: str, now: datetime) -> None:
    """A bot has uploaded a picture, at the time `now` (UTC); the newest file id is kept, and those
    of before `KEPT` go: a picture that ended then is hardly asked for again.
    """
    conn.execute(sa.delete(uploads).where(uploads.c.noted_at < now - KEPT))
    new = {"file_id": file_id, "noted_at": now}
    conn.execute(
        insert(conn, uploads)
        .values(bot_id=bot_id, digest=digest, **new)
        .on_conflict_do_update(index_elements=["bot_id", "digest"], set_=new)
    )


def forget(conn: sa.Connection, bot_id: int, digest: str, file_id: str) -> None:
    """Telegram no longer knows this file id; a newer one of the same picture stays."""
    conn.execute(sa.delete(uploads).where(*_of(bot_id, digest), uploads.c.file_id == file_id))


def _of(bot_id: int, digest: str) -> tuple[sa.ColumnElement[bool], ...]:
    return uploads.c.bot_id == bot_id, uploads.c.digest == digest
