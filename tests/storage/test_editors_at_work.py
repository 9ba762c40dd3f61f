"""What editors have under way: who is still to be asked, and who writes with what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage import desk, events, holds, places, report_drafts, sources
from storage.model.holds import Held
from storage.model.roles import Actor
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
