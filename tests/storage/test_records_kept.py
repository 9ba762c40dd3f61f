"""What is learned of sources, where a place is gone on with, and answers of before, as kept."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.watch import check
from storage import checkpoints, control, events, rebuild, records
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Stance
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.places import upsert_places
from storage.sources import get_sources, upsert_parties, upsert_sources
from storage.tables import checkpoints as checkpoints_table
from storage.tables import lessons, statuses

if TYPE_CHECKING:
    from storage.engine import Database

BEGINS = datetime(2020, 1, 1, 12, tzinfo=UTC)
DAYS = 90
TOWNS = [f"town-{n}" for n in range(6)]


def holder_by(source: str, town: int, day: int) -> str:
    """Two maps: each town falls once; the second map sees it a fortnight later, or never was."""
    fell = 10 + 7 * town
    if town == 5:
        return "rebels" if source == "map-1" and fell <= day < fell + 12 else "gov"
    seen = fell if source == "map-1" else fell + 14
    return "rebels" if day >= seen else "gov"


def history(until: int = DAYS) -> list[list[Report]]:
    """The reports of each day: a map says what changed, and every week what is still so."""
    days = []
    for day in range(until):
        said = Moment(BEGINS + timedelta(days=day))
        days.append(
            [
                Report(f"{source}-{town}-{day}", TOWNS[town], Claim.HOLDS, source, said, holder)
                for source in ("map-1", "map-2")
                for town in range(len(TOWNS))
                if (holder := holder_by(source, town, day)) != holder_by(source, town, day - 1)
                or day % 7 == 0
            ]
        )
    return days


@pytest.fixture
def world(db: Database) -> Database:
    """Six towns, two maps and nothing said yet."""
    with db.begin() as conn:
        upsert_places(conn, [Place(t, t.title(), "town") for t in TOWNS])
        upsert_parties(conn, [Party("gov", "the government"), Party("rebels", "rebels")])
        upsert_sources(
            conn, [Source(s, s, "media", reliability=Grade.F) for s in ("map-1", "map-2")], BEGINS
        )
    return db


def play(db: Database, days: list[list[Report]], first: int = 0) -> None:
    """Record each day's reports as live ones, and check."""
    for day, reports in enumerate(days, start=first):
        now = BEGINS + timedelta(days=day)
        with db.begin() as conn:
            events.append(conn, reports, now=now, alert=True)
            while check(conn, now=now, policy=DEFAULT_POLICY).more:
                pass


def test_what_a_map_said_first_is_counted_once_it_is_borne_out(world: Database) -> None:
    play(world, history())
    with world.connect() as conn:
        kept = records.all_records(conn)
    assert len(kept) == 1 + (DAYS - 1) // 7
    assert kept[2].tallies == {}  # nothing is old enough to teach
    learned = kept[-1].tallies["map-1", Stance.NEW, "rebels"]
    assert (learned.cases, learned.right) == (6, 5)


def test_going_on_from_checkpoints_ends_where_reading_everything_does(world: Database) -> None:
    play(world, history())
    with world.begin() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(checkpoints_table)) == len(TOWNS)
        assert rebuild.verify(conn, DEFAULT_POLICY, BEGINS + timedelta(days=DAYS)) == []


def test_what_was_learned_can_be_derived_again_from_the_reports_alone(world: Database) -> None:
    play(world, history())
    with world.begin() as conn:
        before, past = records.all_records(conn), dict(records.pasts(conn))
        made = rebuild.rebuild(conn, DEFAULT_POLICY, BEGINS + timedelta(days=DAYS))
        assert made == len(before)
        assert records.all_records(conn) == before
        assert {p: x.settlements for p, x in records.pasts(conn)} == {
            p: x.settlements for p, x in past.items()
        }


def test_a_history_taken_in_at_once_teaches_what_it_would_have_taught_day_by_day(
    world: Database,
) -> None:
    now = BEGINS + timedelta(days=DAYS)
    with world.begin() as conn:
        events.append(conn, [r for day in history() for r in day], now=now, alert=False)
        while check(conn, now=now, policy=DEFAULT_POLICY).more:
            pass
        rebuild.rebuild(conn, DEFAULT_POLICY, now)
        learned = records.all_records(conn, now - timedelta(days=1))[-1]
    tally = learned.tallies["map-1", Stance.NEW, "rebels"]
    assert (tally.cases, tally.right) == (6, 5)


def test_an_answer_of_before_is_given_again_exactly(world: Database) -> None:
    days = history()
    said = {}
    for day in range(DAYS):
        play(world, [days[day]], first=day)
        now = BEGINS + timedelta(days=day)
        with world.connect() as conn:
            said[now] = control.assess_place(conn, TOWNS[3], DEFAULT_POLICY, now)
    with world.begin() as conn:
        fresh = [replace(s, reliability=Grade.A) for s in get_sources(conn, ["map-1"]).values()]
        assert upsert_sources(conn, fresh, BEGINS + timedelta(days=DAYS))
        for now, answer in said.items():
            again = control.assess_place(conn, TOWNS[3], DEFAULT_POLICY, now, known_at=now)
            assert again == answer


def test_what_we_now_believe_of_then_may_differ_from_what_we_said(world: Database) -> None:
    days = history(20)
    play(world, days)
    then, now = BEGINS + timedelta(days=12), BEGINS + timedelta(days=20)
    backfilled = Report("late", TOWNS[5], Claim.TOOK, "map-2", Moment(then), "rebels", Moment(then))
    with world.begin() as conn:
        events.append(conn, [backfilled], now=now, alert=True)
        believed = control.assess_place(conn, TOWNS[5], DEFAULT_POLICY, then)
        said = control.assess_place(conn, TOWNS[5], DEFAULT_POLICY, then, known_at=then)
    assert (believed.holder, said.holder) == ("rebels", "gov")


def test_another_grade_of_a_source_has_every_place_looked_at_again(world: Database) -> None:
    play(world, history(10))
    now = BEGINS + timedelta(days=10)
    with world.begin() as conn:
        before = control.statuses_of(conn, TOWNS)
        fresh = [replace(s, reliability=Grade.E) for s in get_sources(conn, ["map-1"]).values()]
        assert upsert_sources(conn, fresh, now)
        checkpoints.forget_all(conn, now)
        check(conn, now=now, policy=DEFAULT_POLICY)
        after = control.statuses_of(conn, TOWNS)
    assert all(after[t].confidence < before[t].confidence for t in TOWNS)


def test_a_checkpoint_of_another_policy_is_not_gone_on_from(world: Database) -> None:
    play(world, history(30))
    other = replace(DEFAULT_POLICY, calm_base=0.0)
    with world.connect() as conn:
        assert checkpoints.load(conn, TOWNS, DEFAULT_POLICY).keys() == set(TOWNS)
        assert checkpoints.load(conn, TOWNS, other) == {}


def test_a_report_that_reaches_back_has_the_place_looked_at_as_a_whole(world: Database) -> None:
    days = history(60)
    play(world, days)
    now = BEGINS + timedelta(days=60)
    first = next(r for day in days for r in day if r.source == "map-1" and r.party == "rebels")
    taken_back = Report(
        "back", first.place, Claim.RETRACTS, "map-1", Moment(now), refers_to=first.id
    )
    late = Report("late", TOWNS[1], Claim.HOLDS, "map-2", Moment(BEGINS), "gov")
    with world.begin() as conn:
        events.append(conn, [taken_back, late], now=now, alert=True)
        check(conn, now=now, policy=DEFAULT_POLICY)
        assert rebuild.verify(conn, DEFAULT_POLICY, now) == []


def test_the_audit_finds_what_does_not_follow_and_has_it_made_anew(world: Database) -> None:
    play(world, history(30))
    now = BEGINS + timedelta(days=30)
    with world.begin() as conn:
        conn.execute(
            sa.update(statuses).where(statuses.c.place_id == TOWNS[4]).values(holder_id="rebels")
        )
        conn.execute(
            sa.update(lessons)
            .where(lessons.c.place_id == TOWNS[1])
            .values(body={"lessons": [], "settlements": []})
        )
        assert rebuild.verify(conn, DEFAULT_POLICY, now) == [TOWNS[1], TOWNS[4]]
        check(conn, now=now, policy=DEFAULT_POLICY)
        assert rebuild.verify(conn, DEFAULT_POLICY, now) == []


def test_checkpoints_outlive_the_process_that_made_them() -> None:
    code = (
        "from storage import checkpoints; from storage.model.policy import DEFAULT_POLICY; "
        "print(checkpoints.basis_of(DEFAULT_POLICY))"
    )
    made_by = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(made_by) == 1
