"""Feeds read from a server on this machine, and what they have put on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.feeds.config import FeedsFile
from bot.feeds.kinds import KINDS
from bot.feeds.running import Feeds
from storage import events, feeds, leads, rejects
from storage.tables import inbox, reports
from tests.bot.feeds.server import Server, serving
from tests.builders import load, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.feeds.keeping import Outcome
    from storage.engine import Database
    from storage.model.feeds import FeedState, KeptLead, Waiting
    from storage.model.reports import Report

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
LATE = timedelta(hours=48)
WORLD = story()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


@dataclass
class World:
    """The story's places, parties and sources on record, a clock, and feeds to read."""

    db: Database
    server: Server
    now: datetime = NOW
    found: int = 0
    blocks: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)

    def has(self, name: str, kind: str, **keys: Any) -> None:
        """A feed of this kind; its url begins at the server."""
        if "url" in keys:
            keys["url"] = self.server.url + keys["url"]
        given = {"kind": kind, "private_addresses": True, "source": "agency", **keys}
        self.blocks[name] = KINDS[kind].block.model_validate(given, context={"env": self.env})

    def feeds(self) -> Feeds:
        """What reads the feeds; a new one is what a process that was started again has."""
        return Feeds(
            self.db,
            FeedsFile(self.blocks),
            lambda: self.now,
            LATE,
            self._found,
            first_pause=0.001,
        )

    def _found(self) -> None:
        self.found += 1

    async def run(self, name: str = "feed") -> Outcome:
        """Read a feed, which has to succeed."""
        outcome = await self.feeds().run(name)
        assert outcome is not None, self.state(name).error
        return outcome

    async def fails(self, name: str = "feed") -> str:
        """Read a feed, which has to fail; returns why."""
        assert await self.feeds().run(name) is None
        return self.state(name).error

    def state(self, name: str = "feed") -> FeedState:
        with self.db.connect() as conn:
            return feeds.state(conn, name)

    def reports(self) -> dict[str, Report]:
        """Every report on record by id, in the order they were recorded and said."""
        with self.db.connect() as conn:
            return {r.id: r for r in events.in_order(conn)}

    def claims(self) -> list[tuple[str, str, str, str | None]]:
        """What every report on record says: its id, place, claim and party."""
        return sorted((r.id, r.place, r.claim.value, r.party) for r in self.reports().values())

    def waiting(self) -> list[Waiting]:
        with self.db.connect() as conn:
            return rejects.waiting(conn)

    def reasons(self) -> list[tuple[str, str, str]]:
        return [(w.item.key, w.field, w.reason) for w in self.waiting()]

    def leads(self) -> list[KeptLead]:
        with self.db.connect() as conn:
            return leads.newest(conn, 100)

    def in_inbox(self) -> list[tuple[str, bool, bool]]:
        """What the check has not seen: id, whether it may raise alerts, whether it came late."""
        with self.db.connect() as conn:
            rows = conn.execute(
                sa.select(inbox.c.report_id, inbox.c.alert, inbox.c.late).order_by(inbox.c.id)
            )
            return [(row.report_id, row.alert, row.late) for row in rows]

    def once_each(self) -> None:
        """Every report on record is in the inbox exactly once."""
        with self.db.connect() as conn:
            kept = conn.scalar(sa.select(sa.func.count()).select_from(reports))
            waits = conn.scalar(sa.select(sa.func.count()).select_from(inbox))
        assert kept == waits == len(self.reports())


@pytest.fixture
def world(db: Database, server: Server) -> World:
    with db.begin() as conn:
        load(conn, WORLD)
    return World(db, server)
