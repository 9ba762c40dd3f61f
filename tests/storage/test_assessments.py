"""Assessments as they are kept: what is told of them later is what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.watch import check
from handlers.messages.alerts import compose
from storage import alerts, control, events, records
from storage.model.alerts import PlaceAlert
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Record, Stance, Tally
from storage.model.reports import Claim
from storage.tables import alerts as alerts_table
from storage.tables import status_history
from tests.builders import clock_of, load, report, story
from tests.handlers.messages.scenes import READER

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story()
RECORD = Tally(3.5, 1.25, 12, 9)
WORDS = "Of 12 earlier claims like this one 9 came true."


@pytest.fixture
def disputed(db: Database) -> Database:
    """An agency claims Al Waleed for militants against two that stand by the government."""
    now = clock_of(7)
    said = [
        report(source, Claim.HOLDS, "iraq", said=f"2014-06-{day:02}")
        for source in ("background", "government", "crossing-officials")
        for day in (8, 15, 23)
    ]
    with db.begin() as conn:
        load(conn, WORLD)
        records.keep_record(conn, Record(now, {("agency", Stance.NEW, "militants"): RECORD}))
        events.append(conn, said, now=now, alert=False)
        check(conn, now=now, policy=DEFAULT_POLICY)
        claim = report("agency", Claim.TOOK, "militants", said="2014-06-23", id="claim")
        events.append(conn, [claim], now=now, alert=True)
        check(conn, now=now, policy=DEFAULT_POLICY)
    return db


def learned(db: Database) -> dict[str, tuple[Tally | None, Stance | None]]:
    with db.connect() as conn:
        evidence = control.history_of(conn, "al-waleed")[0].after.evidence
    return {e.source.id: (e.record, e.stance) for e in evidence if e.weight > 0}


def the_alert(db: Database) -> str:
    with db.connect() as conn:
        of_the_place = alerts_table.c.place_id == "al-waleed"
        alert = alerts.load(
            conn, conn.scalars(sa.select(alerts_table.c.id).where(of_the_place)).one()
        )
    assert isinstance(alert, PlaceAlert)
    return compose(alert, WORLD.parties, READER).text


def forget(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Evidence as an older version of the program kept it."""
    return [{k: v for k, v in e.items() if k not in ("record", "stance")} for e in evidence]


def test_how_earlier_claims_turned_out_is_kept_and_told_with_an_alert(disputed: Database) -> None:
    assert learned(disputed)["agency"] == (RECORD, Stance.NEW)
    assert learned(disputed)["crossing-officials"] == (None, None)
    assert WORDS in the_alert(disputed)


def test_evidence_kept_by_an_older_version_is_read_without_it(disputed: Database) -> None:
    with disputed.begin() as conn:
        for row in conn.execute(sa.select(status_history)).all():
            conn.execute(
                sa.update(status_history)
                .where(status_history.c.version == row.version)
                .values(evidence=forget(row.evidence))
            )
        of_places = alerts_table.c.place_id == "al-waleed"
        for row in conn.execute(sa.select(alerts_table).where(of_places)).all():
            after = row.body["after"] | {"evidence": forget(row.body["after"]["evidence"])}
            conn.execute(
                sa.update(alerts_table)
                .where(alerts_table.c.id == row.id)
                .values(body=row.body | {"after": after})
            )
    assert learned(disputed)["agency"] == (None, None)
    assert WORDS not in the_alert(disputed)
