"""What recording something would change and tell, without recording it; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import watch
from bot.rehearsal import rehearse
from storage import (
    audience,
    audit,
    control,
    desk,
    events,
    report_drafts,
    sqlite,
    subscribers,
    tables,
)
from storage.audience import count
from storage.engine import open_database
from storage.model.changes import Kind
from storage.model.effects import Effect, is_as_shown
from storage.model.policy import DEFAULT_POLICY
from storage.model.report_drafts import KEPT_FOR, Asks
from storage.model.reports import Claim
from storage.model.roles import Actor
from storage.model.sources import Source
from storage.model.times import Moment
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.audience import Calls
    from storage.engine import Connection, Database
    from storage.model.reports import Report

NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)
WORLD = story(what_if=True)
KEPT = (
    tables.reports,
    tables.inbox,
    tables.statuses,
    tables.status_history,
    tables.alerts,
    tables.deliveries,
    tables.sources,
)


def of_step(number: int) -> list[Report]:
    return [r for r in WORLD.reports if int(r.id.split("-")[1]) == number]


def tell(conn: Connection, *reports: Report) -> None:
    for report in reports:
        events.append(conn, [report], now=NOW, alert=True)
        watch.check(conn, now=NOW, policy=DEFAULT_POLICY)


@pytest.fixture
def told(db: Database) -> Database:
    """The story up to its ninth step, and two chats that hear of Al Waleed."""
    with db.begin() as conn:
        load(conn, WORLD)
        for chat, place in ((1, "al-waleed"), (2, "iraq-syria-border"), (3, "rabia")):
            somebody = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            subscribers.subscribe(conn, somebody.id, place, NOW)
        tell(conn, *(r for r in WORLD.reports if int(r.id.split("-")[1]) < 10))
    return db


def rehearsal_of(conn: Connection, *reports: Report) -> Effect:
    def write(conn: Connection) -> set[str]:
        events.append(conn, reports, now=NOW, alert=True)
        return desk.places_of(conn, reports)

    return rehearse(conn, write, now=NOW, policy=DEFAULT_POLICY)


def everything(conn: Connection) -> list[int | None]:
    return [conn.scalar(sa.select(sa.func.count()).select_from(table)) for table in KEPT]


async def test_a_rehearsal_tells_what_the_check_then_does_and_keeps_nothing(
    told: Database,
) -> None:
    before = await told.reading(everything)
    effect = await told.writing(rehearsal_of, *of_step(10))
    assert await told.reading(everything) == before
    [place] = effect.places
    assert (place.kind, place.after.standing) == (Kind.DISPUTED, "disputed")
    assert (effect.alerted, effect.corrected, effect.amended) == (2, 0, 0)
    await told.writing(tell, *of_step(10))
    assert (await told.reading(everything))[-2] == (before[-2] or 0) + 2


async def test_what_was_written_before_a_rehearsal_is_written_once(told: Database) -> None:
    runs: list[int] = []

    def write_and_rehearse(conn: Connection) -> Effect:
        runs.append(subscribers.ensure(conn, 99, is_group=False, now=NOW).id)
        return rehearsal_of(conn, *of_step(10))

    assert (await told.writing(write_and_rehearse)).alerted == 2
    assert len(runs) == 2
    with told.connect() as conn:
        chats = sa.select(tables.subscribers.c.id).where(tables.subscribers.c.chat_id == 99)
        assert conn.scalars(chats).all() == runs[1:]


async def test_a_rehearsal_that_tells_nobody_needs_no_count(told: Database) -> None:
    with told.begin() as conn:
        conn.execute(sa.delete(tables.subscribers))
        effect = rehearsal_of(conn, *of_step(10))
        assert effect.places[0].kind is Kind.DISPUTED
        assert (effect.alerted, effect.corrected, effect.amended) == (0, 0, 0)


async def test_more_evidence_amends_and_a_retraction_corrects(told: Database) -> None:
    await told.writing(tell, *of_step(10))
    effect = await told.writing(rehearsal_of, *of_step(11))
    assert (effect.alerted, effect.corrected, effect.amended) == (0, 0, 2)
    # Nobody has been told yet.
    assert (await told.writing(rehearsal_of, *of_step(15))).corrected == 0
    with told.begin() as conn:
        conn.execute(sa.update(tables.deliveries).values(state="sent", sent_at=NOW))
    effect = await told.writing(rehearsal_of, *of_step(15))
    assert (effect.corrected, effect.amended) == (2, 0)


async def test_every_chat_is_counted_however_many_there_are(told: Database) -> None:
    many = 5_000
    with told.begin() as conn:
        rows = [
            {"chat_id": 1_000 + n, "is_group": False, "active": True, "joined_at": NOW}
            for n in range(many)
        ]
        conn.execute(sa.insert(tables.subscribers), rows)
        new = sa.select(
            tables.subscribers.c.id,
            sa.literal("al-waleed"),
            sa.literal(NOW, tables.subscriptions.c.since.type),
        ).where(tables.subscribers.c.chat_id >= 1_000)
        names = ["subscriber_id", "place_id", "since"]
        conn.execute(sa.insert(tables.subscriptions).from_select(names, new))
    assert (await told.writing(rehearsal_of, *of_step(10))).alerted == many + 2


async def test_others_check_the_place_while_the_chats_are_counted(
    told: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    other, meanwhile = open_database(database_url), []

    def counted(conn: Connection, calls: Calls) -> tuple[int, int, int]:
        # Locked out, it fails at once, on either database.
        with other.begin() as checking:
            if not other.is_sqlite:
                checking.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
            meanwhile.append(dict(control.lock_statuses(checking, ["al-waleed"], NOW)))
        return count(conn, calls)

    monkeypatch.setattr(audience, "count", counted)
    assert (await told.writing(rehearsal_of, *of_step(10))).alerted == 2
    assert [list(locked) for locked in meanwhile] == [["al-waleed"]]
    other.close()


async def test_what_changed_while_the_chats_were_counted_is_counted_again(
    told: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[Calls] = []

    def counted(conn: Connection, calls: Calls) -> tuple[int, int, int]:
        if not counts:
            # Somebody else brings the same report in meanwhile.
            with told.begin() as quicker:
                tell(quicker, *of_step(10))
        counts.append(calls)
        return count(conn, calls)

    monkeypatch.setattr(audience, "count", counted)
    effect = await told.writing(rehearsal_of, *of_step(11))
    assert (effect.alerted, effect.amended) == (0, 2)
    assert len(counts) == len(set(counts)) == 2


def test_the_effect_is_as_shown_while_the_chats_are_about_as_many() -> None:
    shown = Effect((), alerted=100, corrected=2).shown()
    assert is_as_shown(shown, Effect((), alerted=110, corrected=2))
    assert is_as_shown(shown, Effect((), alerted=90, corrected=2))
    assert not is_as_shown(shown, Effect((), alerted=111, corrected=2))
    assert not is_as_shown(shown, Effect((), alerted=100, corrected=3))
    assert not is_as_shown(Effect(()).shown(), Effect((), amended=1))
    with pytest.raises(TypeError):
        is_as_shown(shown | {"alerted": []}, Effect(()))


def test_a_draft_is_kept_whole(told: Database) -> None:
    new = Source("", "a shepherd", "witness", "militants")
    with told.begin() as conn:
        draft = report_drafts.begin(conn, -5, 7, NOW)
        assert report_drafts.find(conn, -5, 7, NOW) == draft
        filled = replace(
            draft,
            place="rawa",
            claim=Claim.DENIES,
            party="iraq",
            denied="jun14-04-rawa",
            named="a shepherd",
            source="colonel",
            new_source=new,
            occurred=of_step(10)[0].occurred,
            reported=Moment(NOW + timedelta(microseconds=5)),
            via="radio",
            url="https://example.org",
            quote="“no”",
            asks=(Asks.GRADE, Asks.WHEN),
            offers=("a", ""),
            shown=Effect(()).shown(),
        )
        kept = report_drafts.keep(conn, filled, NOW)
        assert report_drafts.find(conn, -5, 7, NOW) == kept == replace(filled, version=1)
        assert report_drafts.find(conn, -5, 8, NOW) is None
        assert report_drafts.find(conn, -5, 7, NOW + KEPT_FOR) is None
        with pytest.raises(RuntimeError):
            kept.report(NOW)


def test_a_correction_takes_back_and_the_log_knows_whose_it_was(told: Database) -> None:
    ann = Actor(7, "Ann")
    with told.begin() as conn:
        [wrong] = of_step(8)
        draft = replace(report_drafts.begin(conn, 7, 7, NOW), asks=(Asks.CORRECTED,))
        draft = replace(draft.correcting(wrong), via="radio")
        made = desk.record(conn, draft, ann, NOW)
        assert (made.source, made.via, made.reported) == (wrong.source, "radio", wrong.reported)
        assert desk.taken_back(conn, [wrong.id, made.id]) == {wrong.id}
        assert audit.recorded_by(conn, 7, 5) == [made.id]
        assert audit.recorded_by(conn, 8, 5) == []
        undone = replace(report_drafts.begin(conn, 7, 7, NOW), asks=(Asks.TAKEN_BACK,))
        [taking] = events.get_reports(conn, [f"{made.id}-retracts"]).values()
        desk.record(conn, undone.retracting(taking), ann, NOW)
        assert desk.taken_back(conn, [wrong.id]) == set()
        assert audit.recorded_by(conn, 7, 5) == [made.id]


def test_the_id_of_a_draft_does_not_come_again(told: Database) -> None:
    with told.begin() as conn:
        first = report_drafts.begin(conn, 1, 7, NOW)
        report_drafts.drop(conn, first)
        assert report_drafts.begin(conn, 1, 7, NOW).id > first.id


def test_a_group_that_moves_takes_its_drafts_along(told: Database) -> None:
    with told.begin() as conn:
        for person in (7, 8):
            report_drafts.begin(conn, -5, person, NOW)
        there = report_drafts.begin(conn, -6, 8, NOW)
        report_drafts.migrate_chat(conn, -5, -6)
        assert report_drafts.find(conn, -6, 7, NOW) is not None
        assert report_drafts.find(conn, -6, 8, NOW) == there
        assert report_drafts.find(conn, -5, 8, NOW) is None
        assert report_drafts.forget(conn, -6)
        assert not report_drafts.forget(conn, -6)
