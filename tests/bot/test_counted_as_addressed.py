"""Whom a rehearsal counts is whom its alerts are addressed to, whatever happened before."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.rehearsal import rehearse
from bot.watch import check, look_and_tell
from storage import addressing, audience, desk, events, subscribers, suspicions
from storage.model.alerts import EDITS, AlertKind
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.tables import alerts, deliveries
from storage.tables import subscribers as chats
from tests.builders import load, report, story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.engine import Connection, Database
    from storage.model.effects import Effect
    from storage.model.reports import Report

WORLD = story()
BEGAN = datetime(2014, 6, 20, tzinfo=UTC)
PLACES = ("al-waleed", "rabia", "al-qaim", "rawa")
WISHES = (*PLACES, "iraq-syria-border")
STEPS = 25
# What may have become of a delivery, as the sender leaves it.
FATES = (
    {"state": "sent"},
    {"state": "pending", "leased": True},
    {"state": "pending", "doubts": 1},
    {"state": "dead"},
    {"state": "closed", "reason": "nothing to tell"},
)


@dataclass
class Walk:
    """A story that chance tells."""

    db: Database
    chance: random.Random
    now: datetime = BEGAN
    told: list[Report] = field(default_factory=list)
    seen: set[AlertKind] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def news(self) -> list[Report]:
        """What comes in at once: claims, and claims that are taken back."""
        self.now += timedelta(hours=self.chance.choice([1, 5, 30]))
        found = [self._claim() for _ in range(self.chance.choice([1, 1, 2, 3]))]
        if self.told and self.chance.random() < 0.6:
            wrong = self.chance.choice(self.told[-4:])
            self.told.remove(wrong)
            found.append(
                report(
                    wrong.source,
                    Claim.RETRACTS,
                    place=wrong.place,
                    said=self.now.isoformat(),
                    refers_to=wrong.id,
                    id=f"{wrong.id}-back",
                )
            )
        return found

    def _claim(self) -> Report:
        claim = self.chance.choice([Claim.TOOK, Claim.TOOK, Claim.HOLDS, Claim.FIGHTING])
        party = None if claim is Claim.FIGHTING else self.chance.choice(["iraq", "militants"])
        return report(
            self.chance.choice(sorted(WORLD.sources)),
            claim,
            party,
            place=self.chance.choice(PLACES),
            said=self.now.isoformat(),
            id=f"news-{next(self.numbers)}",
        )

    def meanwhile(self, conn: Connection) -> None:
        """Chats come, go and choose; some is addressed, some sent, some fails."""
        for number in self.chance.sample(range(1, 12), 3):
            chat = subscribers.ensure(conn, number, is_group=False, now=self.now)
            subscribers.subscribe(conn, chat.id, self.chance.choice(WISHES), self.now)
        if self.chance.random() < 0.3:
            gone = sa.select(chats.c.id).order_by(chats.c.id)
            subscribers.deactivate(conn, self.chance.choice(conn.scalars(gone).all()))
        for _ in range(self.chance.choice([0, 1, 4])):
            alert_id = addressing.next_unfinished(conn)
            if alert_id is not None:
                addressing.go_on(conn, alert_id, self.now)
        waiting = sa.select(deliveries.c.id).where(deliveries.c.state == "pending")
        for delivery in conn.scalars(waiting.order_by(deliveries.c.id)).all():
            if self.chance.random() < 0.5:
                fate = self.chance.choices(FATES, [6, 1, 1, 1, 1])[0]
                conn.execute(
                    sa.update(deliveries).where(deliveries.c.id == delivery).values(**fate)
                )

    def tell(self, conn: Connection, news: list[Report]) -> None:
        """It comes in, and the check tells of it."""
        events.append(conn, news, now=self.now, alert=True)
        check(conn, now=self.now, policy=DEFAULT_POLICY)
        self.told += [r for r in news if r.claim is not Claim.RETRACTS]

    def rehearsed(self, conn: Connection, news: list[Report]) -> Effect:
        """What would follow, as an editor is shown it."""

        def write(conn: Connection) -> set[str]:
            events.append(conn, news, now=self.now, alert=True)
            return desk.places_of(conn, news)

        return rehearse(conn, write, now=self.now, policy=DEFAULT_POLICY)

    def addressed(self, news: list[Report]) -> tuple[int, int, int]:
        """How many chats get an alert, a correction, or an edit alone: addressed, and undone."""
        with self.db.begin() as conn, conn.begin_nested() as undo:
            events.append(conn, news, now=self.now, alert=True)
            suspicions.review(conn, self.now, DEFAULT_POLICY)
            place_ids = sorted(desk.places_of(conn, news))
            _, made = look_and_tell(conn, place_ids, self.now, DEFAULT_POLICY)
            # Also what was under way before: whom an addition is for depends on it.
            while (alert_id := addressing.next_unfinished(conn)) is not None:
                addressing.go_on(conn, alert_id, self.now)
            rows = conn.execute(
                sa.select(alerts.c.kind, deliveries.c.subscriber_id)
                .join(deliveries)
                .where(alerts.c.id.in_(list(made)))
            ).all()
            undo.rollback()
        by_kind: dict[str, set[int]] = {"alert": set(), "correction": set(), "edit": set()}
        for row in rows:
            kind = AlertKind(row.kind)
            self.seen.add(kind)
            sort = "edit" if kind in EDITS else "alert"
            by_kind["correction" if kind is AlertKind.CORRECTION else sort].add(row.subscriber_id)
        alerted, corrected, edited = by_kind.values()
        return len(alerted), len(corrected), len(edited - alerted - corrected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_as_many_are_counted_as_are_addressed(
    db: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that few chats and alerts are many.
    monkeypatch.setattr(addressing, "CHUNK", 3)
    monkeypatch.setattr(addressing, "AT_ONCE", 4)
    monkeypatch.setattr(audience, "MOST_TERMS", 2)
    monkeypatch.setattr(audience, "BATCH", 2)
    with db.begin() as conn:
        load(conn, WORLD)
        held = [
            report("background", Claim.HOLDS, "iraq", place=p, said="2014-06-19", id=f"held-{p}")
            for p in PLACES
        ]
        events.append(conn, held, now=BEGAN, alert=True)
        check(conn, now=BEGAN, policy=DEFAULT_POLICY)
    walk = Walk(db, random.Random(seed))
    for _ in range(STEPS):
        with db.begin() as conn:
            walk.meanwhile(conn)
        news = walk.news()
        effect = await db.writing(walk.rehearsed, news)
        assert (effect.alerted, effect.corrected, effect.amended) == walk.addressed(news)
        with db.begin() as conn:
            walk.tell(conn, news)
    assert walk.seen >= {AlertKind.DISPUTED, AlertKind.CORRECTION, AlertKind.WITHDRAWAL}
