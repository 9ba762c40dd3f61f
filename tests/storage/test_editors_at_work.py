"""What editors have under way: who is still to be asked, and who writes with what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import desk, events, holds, places, regradings, report_drafts, roles, sources
from storage.model.audit import Act
from storage.model.holds import Held
from storage.model.regradings import KEPT_FOR as DAY
from storage.model.regradings import Regrading
from storage.model.roles import Actor
from storage.model.sources import Grade
from storage.tables import regradings as table
from tests.builders import story

if TYPE_CHECKING:
    from storage.engine import Database

NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_who_was_not_asked_is_asked_again_a_minute_later(db: Database) -> None:
    with db.begin() as conn:
        draft = report_drafts.begin(conn, 5, 7, NOW)
        held = Held(replace(draft, place="rawa"), Actor(7, "Ann"), NOW + 10 * MINUTE)
        holds.keep(conn, held, {8, 9}, NOW)
        holds.asked(conn, draft.id, [8])
        assert holds.still_to_ask(conn, NOW) == []
    with db.begin() as conn:
        [(found, people)] = holds.still_to_ask(conn, NOW + MINUTE)
        assert (found.draft.place, found.who, people) == ("rawa", held.who, (9,))
        # Somebody else who looks meanwhile asks nobody twice.
        assert holds.still_to_ask(conn, NOW + MINUTE) == []
        holds.asked(conn, draft.id, [9])
        assert holds.still_to_ask(conn, NOW + 5 * MINUTE) == []


def test_about_a_report_of_the_only_editor_nobody_is_asked(db: Database) -> None:
    with db.begin() as conn:
        draft = report_drafts.begin(conn, 5, 7, NOW)
        holds.keep(conn, Held(draft, Actor(7, "Ann"), NOW + 10 * MINUTE), set(), NOW)
        assert holds.still_to_ask(conn, NOW + 5 * MINUTE) == []


def test_it_is_known_who_else_writes_with_a_lead_until_that_is_put_away(db: Database) -> None:
    with db.begin() as conn:
        draft = report_drafts.begin(conn, 5, 7, NOW)
        report_drafts.keep(conn, replace(draft, lead=12), NOW)
        report_drafts.begin(conn, 6, 8, NOW)
        assert report_drafts.others_with_lead(conn, 12, 8, NOW)
        assert not report_drafts.others_with_lead(conn, 12, 7, NOW)
        assert not report_drafts.others_with_lead(conn, 13, 8, NOW)
        assert not report_drafts.others_with_lead(conn, 12, 8, NOW + timedelta(hours=24))


def test_the_places_that_a_source_spoke_of_come_latest_first(db: Database) -> None:
    world = story(what_if=False)
    with db.begin() as conn:
        places.upsert_places(conn, world.places.values())
        sources.upsert_parties(conn, world.parties.values())
        sources.upsert_sources(conn, world.sources.values(), NOW)
        events.append(conn, world.reports, now=NOW, alert=False)
        said = [r for r in world.reports if r.source == world.reports[0].source]
        newest = sorted(said, key=lambda r: (-r.reported.at.timestamp(), r.place))
        ids = list(dict.fromkeys(r.place for r in newest))
        assert desk.places_of_source(conn, said[0].source, 50) == ids
        assert desk.places_of_source(conn, said[0].source, 2) == ids[:2]
        assert desk.places_of_source(conn, "nobody", 2) == []


ANN, BOB = Actor(7, "Ann"), Actor(8, "Bob")


def asked_for(db: Database, who: Actor, now: datetime = NOW) -> Regrading:
    """Somebody asks for a grade in their own chat."""
    effect = (1, 20, 3)
    new = Regrading(0, who.id, who, "colonel", Act.SOURCE_PINNED, Grade.A, "C", effect, now + DAY)
    with db.begin() as conn:
        return regradings.keep(conn, new, now)


def test_a_grade_that_was_asked_for_is_kept_for_its_time(db: Database) -> None:
    kept = asked_for(db, ANN)
    with db.begin() as conn:
        assert regradings.find(conn, kept.id, NOW) == kept
        assert regradings.find(conn, kept.id, NOW + DAY) is None
        assert regradings.find(conn, kept.id + 1, NOW) is None
        assert regradings.run_out(conn, NOW + DAY) == []  # it waited for nobody
    again = asked_for(db, ANN, NOW + DAY)
    assert again.id > kept.id
    with db.connect() as conn:
        assert conn.scalars(sa.select(table.c.id)).all() == [again.id]


def test_a_grade_that_waits_runs_out_once(db: Database) -> None:
    first, second = asked_for(db, ANN), asked_for(db, BOB)
    with db.begin() as conn:
        for one in (first, second):
            regradings.wait(conn, one.id, {9}, NOW)
        regradings.done(conn, second.id)
    with db.begin() as conn:
        assert [(r.id, p) for r, p in regradings.still_to_ask(conn, NOW + MINUTE)] == [
            (first.id, (9,))
        ]
        assert regradings.still_to_ask(conn, NOW + MINUTE) == []
        regradings.asked(conn, first.id, [9])
        assert regradings.still_to_ask(conn, NOW + 5 * MINUTE) == []
    asked_for(db, ANN, NOW + DAY)  # puts away nothing that waits
    with db.begin() as conn:
        assert regradings.run_out(conn, NOW + DAY) == [replace(first, waits=True)]
        assert regradings.run_out(conn, NOW + DAY) == []


def test_a_chat_that_is_forgotten_or_moves_takes_what_was_asked_with_it(db: Database) -> None:
    asked_for(db, ANN)
    waits = asked_for(db, ANN)
    with db.begin() as conn:
        regradings.wait(conn, waits.id, {9}, NOW)
        assert regradings.forget(conn, ANN.id)
        assert not regradings.forget(conn, ANN.id)
        regradings.migrate_chat(conn, ANN.id, -100)
        found = regradings.find(conn, waits.id, NOW)
    assert found is not None
    assert (found.chat_id, found.who) == (-100, ANN)


def test_what_waits_of_who_brings_in_nothing_any_more_is_due_at_once(db: Database) -> None:
    owners = {ANN.id}
    with db.begin() as conn:
        roles.invite(conn, "secret", ANN, NOW)
        roles.accept(conn, "secret", BOB, owners, NOW)
        for who in (ANN, BOB):
            draft = report_drafts.begin(conn, who.id, who.id, NOW)
            holds.keep(conn, Held(draft, who, NOW + 10 * MINUTE), set(), NOW)
        assert [roles.brings_in(conn, owners, n) for n in (ANN.id, BOB.id, 9)] == [
            True,
            True,
            False,
        ]
        assert holds.due(conn, owners, NOW) == []
        assert len(holds.due(conn, set(), NOW)) == 1
        roles.dismiss(conn, BOB.id, ANN, NOW)
        assert not roles.brings_in(conn, owners, BOB.id)
        assert len(holds.due(conn, owners, NOW)) == 1
        assert len(holds.due(conn, owners, NOW + 10 * MINUTE)) == 2


def test_all_places_that_a_source_ever_spoke_of_are_counted(db: Database) -> None:
    world = story(what_if=False)
    with db.begin() as conn:
        places.upsert_places(conn, world.places.values())
        sources.upsert_parties(conn, world.parties.values())
        sources.upsert_sources(conn, world.sources.values(), NOW)
        events.append(conn, world.reports, now=NOW, alert=False)
        for source in world.sources:
            spoken_of = {r.place for r in world.reports if r.source == source}
            assert desk.number_of_places(conn, source) == len(spoken_of)
