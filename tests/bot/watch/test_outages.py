"""The check: one source that moves many places at once, alone, is suspected itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.watch import Checked, check
from storage import control, events, outbox, subscribers, suspicions
from storage.model.control import Standing
from storage.model.outages import Ending
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.model.words import Reason
from storage.rebuild import verify
from storage.tables import alerts, notices
from tests.builders import World, load

if TYPE_CHECKING:
    from storage.engine import Database

START = datetime(2022, 5, 1, 12, tzinfo=UTC)
TOWNS = [f"town-{n:02}" for n in range(40)]
WORLD = World(
    {t: Place(t, t, "town", ("UA",), None, None, (), ()) for t in TOWNS},
    {p.id: p for p in (Party("red", "Red"), Party("tan", "Tan"))},
    {
        s.id: s
        for s in (
            Source("map", "a map", "analyst", None, Grade.B),
            Source("other", "another map", "media", None, Grade.B),
        )
    },
    (),
)
OWNERS = (7, 8)


@pytest.fixture
def mapped(db: Database) -> Database:
    """Two maps have said for a week that red holds all towns; somebody hears of each."""
    with db.begin() as conn:
        load(conn, WORLD)
        chat = subscribers.ensure(conn, 1, is_group=False, now=START)
        for town in TOWNS:
            subscribers.subscribe(conn, chat.id, town, START)
    for day in (0, 7):
        tell(db, day, "map", "red", alert=False)
        tell(db, day, "other", "red", alert=False)
    return db


def tell(
    db: Database,
    day: float,
    source: str,
    party: str | None,
    towns: list[str] = TOWNS,
    *,
    claim: Claim = Claim.HOLDS,
    alert: bool = True,
) -> Checked:
    """Record what a source says of some towns, in one batch, and check until nothing waits."""
    now = START + timedelta(days=day)
    reports = [
        Report(
            f"{source}-{day}-{town}",
            town,
            claim,
            source,
            Moment(now),
            party,
            refers_to=f"{source}-7-{town}" if claim is Claim.RETRACTS else None,
        )
        for town in towns
    ]
    with db.begin() as conn:
        events.append(conn, reports, now=now, alert=alert)
    return look(db, day)


def look(db: Database, day: float) -> Checked:
    with db.begin() as conn:
        now = START + timedelta(days=day)
        return check(conn, now=now, policy=DEFAULT_POLICY, owners=OWNERS)


def told(db: Database) -> list[tuple[str, str]]:
    with db.connect() as conn:
        return [(r.kind, r.place_id) for r in conn.execute(sa.select(alerts).order_by(alerts.c.id))]


def holders(db: Database) -> set[tuple[str | None, Standing]]:
    with db.connect() as conn:
        return {(s.holder, s.standing) for s in control.statuses_of(conn, TOWNS).values()}


def noticed(db: Database) -> list[tuple[int, str, str]]:
    with db.connect() as conn:
        rows = conn.execute(sa.select(notices).order_by(notices.c.id))
        return [(r.chat_id, r.kind, r.source_id) for r in rows]


@pytest.mark.parametrize(
    ("claim", "party"),
    [(Claim.HOLDS, "tan"), (Claim.FIGHTING, None), (Claim.RETRACTS, None), (Claim.LEFT, "red")],
)
def test_an_outage_is_no_news_and_neither_is_its_end(
    mapped: Database, claim: Claim, party: str | None
) -> None:
    before = holders(mapped)
    checked = tell(mapped, 8, "map", party, claim=claim)
    (suspicion,) = checked.suspicions
    assert (suspicion.source, suspicion.side, suspicion.moved) == ("map", "red", 40)
    assert (told(mapped), holders(mapped)) == ([], before)
    (ended,) = tell(mapped, 10, "map", "red").suspicions
    assert ended.ending is Ending.RETURNED
    assert (told(mapped), holders(mapped)) == ([], before)
    look(mapped, 12)
    assert told(mapped) == []


def test_owners_are_told_once_when_it_begins_and_once_when_it_ends(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan", TOWNS[:30])
    tell(mapped, 8.1, "map", "tan", TOWNS[30:])
    tell(mapped, 9, "map", "tan")
    assert noticed(mapped) == [(7, "suspected", "map"), (8, "suspected", "map")]
    tell(mapped, 10, "map", "red")
    assert noticed(mapped)[2:] == [(7, "cleared", "map"), (8, "cleared", "map")]
    look(mapped, 20)
    assert len(noticed(mapped)) == 4


def test_what_is_held_aside_is_on_record_with_the_reason(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    with mapped.connect() as conn:
        at = START + timedelta(days=9)
        found = control.assess_place(conn, "town-03", DEFAULT_POLICY, at)
    reasons = {e.report.id: e.reasons for e in found.evidence}
    assert reasons["map-8-town-03"] == (Reason.HELD,)
    assert found.holder == "red"


def test_a_batch_that_comes_in_parts_is_taken_back_as_soon_as_it_is_too_much(
    mapped: Database,
) -> None:
    tell(mapped, 8, "map", "tan", TOWNS[:15])
    assert {kind for kind, _ in told(mapped)} == {"disputed"}
    checked = tell(mapped, 8.01, "map", "tan", TOWNS[15:])
    assert [s.moved for s in checked.suspicions] == [40]
    assert {p for _, p in told(mapped)} == set(TOWNS[:15])
    assert len(holders(mapped)) == 1


def test_a_few_places_are_news_at_once(mapped: Database) -> None:
    checked = tell(mapped, 8, "map", "tan", TOWNS[:19])
    assert checked.suspicions == ()
    assert len(told(mapped)) == 19


def test_a_real_offensive_is_told_as_soon_as_another_source_confirms_it(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    assert told(mapped) == []
    tell(mapped, 9, "other", "tan", TOWNS[:3])
    assert set(told(mapped)) == {("holder", t) for t in TOWNS[:3]}
    (ended,) = tell(mapped, 10, "other", "tan", TOWNS[3:8]).suspicions
    assert ended.ending is Ending.CONFIRMED
    # The moves that nobody else has made yet are its own word against the other's again.
    assert {t for kind, t in told(mapped) if kind == "holder"} == set(TOWNS[:8])
    assert {t for kind, t in told(mapped) if kind == "disputed"} == set(TOWNS[8:])


def test_a_source_that_follows_others_is_not_suspected(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    for day, towns in ((8.1, TOWNS[:10]), (8.2, TOWNS[10:25]), (8.3, TOWNS[25:])):
        tell(mapped, day, "other", "tan", towns)
    with mapped.connect() as conn:
        assert suspicions.open_ones(conn) == []
    assert holders(mapped) == {("tan", Standing.CONFIRMED)}


def test_what_a_source_stands_by_for_a_week_counts_then(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    tell(mapped, 14, "map", "tan")
    assert told(mapped) == []
    (ended,) = look(mapped, 15).suspicions
    assert ended.ending is Ending.LAPSED
    assert {kind for kind, _ in told(mapped)} == {"disputed"}
    assert len(told(mapped)) == 40


def test_a_source_that_returns_after_more_than_a_week_is_not_suspected_for_it(
    mapped: Database,
) -> None:
    tell(mapped, 8, "map", "tan")
    tell(mapped, 14, "other", "red")
    look(mapped, 15)
    checked = tell(mapped, 17, "map", "red")
    assert checked.suspicions == ()
    assert {standing for _, standing in holders(mapped)} == {Standing.CONFIRMED}


def test_an_outage_in_an_old_archive_holds_nothing_aside_any_more(mapped: Database) -> None:
    now = START + timedelta(days=60)
    reports = [
        Report(f"old-{t}", t, Claim.HOLDS, "map", Moment(START + timedelta(days=8)), "tan")
        for t in TOWNS
    ]
    with mapped.begin() as conn:
        events.append(conn, reports, now=now, alert=False)
    assert look(mapped, 60).suspicions == ()


def test_looking_back_gives_the_answers_of_the_time(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    look(mapped, 15)
    with mapped.connect() as conn:
        during, after, known = (
            control.assess_place(
                conn, "town-01", DEFAULT_POLICY, START + timedelta(days=day), known_at
            )
            for day, known_at in ((9, None), (16, None), (9, START + timedelta(days=9)))
        )
    assert during.standing is known.standing is Standing.CONFIRMED
    assert after.standing is Standing.DISPUTED


def test_what_is_kept_follows_from_the_reports_all_through_an_outage(mapped: Database) -> None:
    for day, party in ((8, "tan"), (10, "red"), (14, "red"), (30, "red")):
        tell(mapped, day, "map", party)
        with mapped.begin() as conn:
            assert verify(conn, DEFAULT_POLICY, START + timedelta(days=day)) == []


def test_an_outage_raises_no_deliveries(mapped: Database) -> None:
    tell(mapped, 8, "map", "tan")
    with mapped.connect() as conn:
        assert outbox.counts(conn).pending == 0
