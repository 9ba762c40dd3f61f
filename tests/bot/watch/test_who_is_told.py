"""The check: whom a change is told, and what is told to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import control, events, places, subscribers
from storage.model.changes import Kind
from storage.model.control import Standing
from storage.model.places import Place
from storage.model.reports import Claim, Report
from storage.model.times import parse_moment
from storage.tables import alerts as alerts_table
from tests.bot.watch.conftest import ANN, BORDER_DESK, PROVINCE, WORLD, feed, look, record, sent_to
from tests.builders import clock_of, step_of

if TYPE_CHECKING:
    from storage.engine import Database


ROAD = 4


def told_by_steps(db: Database, chat: int, last: int) -> dict[int, list[tuple[str, str]]]:
    by_step = {}
    for step in range(1, last + 1):
        feed(db, step)
        if step_alerts := sent_to(db, chat):
            by_step[step] = step_alerts
    return by_step


def test_a_subscriber_of_al_waleed_hears_what_the_story_says_and_nothing_else(
    told: Database,
) -> None:
    assert told_by_steps(told, ANN, 15) == {
        7: [("holder", "al-waleed")],
        8: [("amendment", "al-waleed")],
        10: [("disputed", "al-waleed")],
        11: [("amendment", "al-waleed")],
        15: [("correction", "al-waleed"), ("withdrawal", "al-waleed")],
    }


def test_a_subscriber_of_the_border_hears_of_each_crossing_and_once_that_none_is_left(
    told: Database,
) -> None:
    assert told_by_steps(told, BORDER_DESK, 15) == {
        3: [("holder", "al-qaim")],
        7: [("area-last", "iraq-syria-border")],
        10: [("disputed", "al-waleed")],
        11: [("amendment", "al-waleed")],
        15: [("correction", "al-waleed"), ("withdrawal", "al-waleed")],
    }


def test_a_road_is_no_border_and_its_subscribers_hear_of_each_place_on_it(told: Database) -> None:
    with told.begin() as conn:
        places.upsert_places(conn, [Place("road", "Border road", "corridor")])
        places.put_in_order(conn, "road", ["al-qaim", "al-waleed", "rabia"])
        chat = subscribers.ensure(conn, ROAD, is_group=False, now=clock_of(1))
        subscribers.subscribe(conn, chat.id, "road", clock_of(1))
    assert told_by_steps(told, ROAD, 14) == {
        3: [("holder", "al-qaim")],
        7: [("holder", "al-waleed")],
        8: [("amendment", "al-waleed")],
        10: [("disputed", "al-waleed")],
        11: [("amendment", "al-waleed")],
    }


def test_a_subscriber_of_a_province_hears_of_the_first_place_lost_and_of_each_other_one(
    told: Database,
) -> None:
    assert told_by_steps(told, PROVINCE, 14) == {
        3: [("area-first", "anbar")],
        4: [("holder", "rawa")],
        5: [("holder", "ana")],
        6: [("amendment", "ana"), ("amendment", "rawa")],
        7: [("holder", "al-waleed")],
        8: [("amendment", "al-waleed")],
        10: [("disputed", "al-waleed")],
        11: [("amendment", "al-waleed")],
    }


def test_the_check_says_how_many_alerts_and_deliveries_it_made(told: Database) -> None:
    feed(told, 1, 2, 3)
    checked = feed(told, 7)
    assert (checked.alerts, checked.deliveries) == (2, 3)


def test_first_knowledge_is_no_news(told: Database) -> None:
    checked = feed(told, 1, 2)
    assert {c.kind for c in checked.changes} == {Kind.FIRST}
    assert checked.alerts == 0


def test_a_backfill_changes_what_holds_and_tells_nobody(told: Database) -> None:
    feed(told, 1)
    checked = feed(told, *range(2, 15), alert=False)
    assert checked.alerts == 0
    with told.connect() as conn:
        status = control.status_of(conn, "al-waleed")
        assert status is not None
        assert status.standing is Standing.DISPUTED
        assert [e.kind for e in control.history_of(conn, "al-waleed")] == [
            Kind.DISPUTED,
            Kind.FIRST,
        ]


def test_a_live_report_that_comes_with_a_backfill_is_told(told: Database) -> None:
    feed(told, 1)
    with told.begin() as conn:
        for step, alert in ((7, False), (8, False), (10, True)):
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(10), alert=alert)
    look(told, clock_of(10))
    assert sent_to(told, ANN) == [("disputed", "al-waleed")]


def test_a_dispute_that_lapses_with_time_is_told_without_a_sound(told: Database) -> None:
    for step in range(1, 9):
        feed(told, step)
    spokesman = [r for r in WORLD.reports if step_of(r) == 10]
    with told.begin() as conn:
        events.append(conn, spokesman, now=clock_of(10), alert=True)
    look(told, clock_of(10))
    sent_to(told, ANN)
    assert look(told, clock_of(10) + timedelta(days=2)).changes == ()
    checked = look(told, clock_of(10) + timedelta(days=16))
    assert [c.kind for c in checked.changes] == [Kind.SETTLED]
    with told.connect() as conn:
        assert conn.scalars(
            sa.select(alerts_table.c.silent).where(alerts_table.c.kind == "settled")
        ).all() == [True]


def test_with_nothing_fresh_the_status_becomes_unknown_and_nobody_is_woken(
    told: Database,
) -> None:
    feed(told, 1)
    checked = look(told, datetime(2014, 9, 1, tzinfo=UTC))
    assert {c.kind for c in checked.changes} == {Kind.LAPSED}
    assert checked.alerts == 0
    with told.connect() as conn:
        status = control.status_of(conn, "al-waleed")
    assert status is not None
    assert (status.holder, status.last_holder) == (None, "iraq")


def test_a_voice_that_repeats_itself_does_not_amend_an_alert(told: Database) -> None:
    for step in (1, 7):
        feed(told, step)
    sent_to(told, ANN)
    again = replace(
        next(r for r in WORLD.reports if step_of(r) == 7),
        id="again",
        reported=parse_moment("2014-06-24"),
    )
    with told.begin() as conn:
        events.append(conn, [again], now=datetime(2014, 6, 24, 9, tzinfo=UTC), alert=True)
    look(told, datetime(2014, 6, 24, 10, tzinfo=UTC))
    assert sent_to(told, ANN) == []


def test_a_chat_that_has_left_is_told_nothing(told: Database) -> None:
    with told.begin() as conn:
        subscribers.deactivate(conn, ANN)
    for step in (1, 7):
        feed(told, step)
    assert sent_to(told, ANN) == []


def test_what_was_added_once_is_not_added_again(told: Database) -> None:
    for step in (1, 7, 8):
        feed(told, step)
    sent_to(told, ANN)
    again = replace(
        next(r for r in WORLD.reports if step_of(r) == 8),
        id="again",
        reported=parse_moment("2014-06-24"),
    )
    record(told, again, datetime(2014, 6, 24, 9, tzinfo=UTC))
    assert sent_to(told, ANN) == []


def test_a_rise_to_confirmed_is_history_though_it_is_no_news(told: Database) -> None:
    for step in (1, 4, 6):
        feed(told, step)
    with told.connect() as conn:
        entries = control.history_of(conn, "rawa")
    assert [(e.kind, e.after.standing.value) for e in entries] == [
        (Kind.EVIDENCE, "confirmed"),
        (Kind.HOLDER, "likely"),
        (Kind.FIRST, "likely"),
    ]


def test_a_report_of_tomorrow_is_told_tomorrow(told: Database) -> None:
    feed(told, 1)
    ahead = replace(
        next(r for r in WORLD.reports if step_of(r) == 7),
        occurred=None,
        reported=parse_moment("2014-06-24"),
    )
    record(told, ahead, datetime(2014, 6, 23, 22, tzinfo=UTC))
    assert sent_to(told, ANN) == []
    look(told, datetime(2014, 6, 24, 0, 1, tzinfo=UTC))
    assert sent_to(told, ANN) == [("holder", "al-waleed")]


def test_a_source_that_leaves_no_doubt_about_leaving_and_taking_is_told_of_both(
    told: Database,
) -> None:
    held, left, took = (
        Report(f"r{day}", "rawa", claim, "agency", parse_moment(f"2014-06-{day}"), party)
        for day, claim, party in (
            ("10", Claim.HOLDS, "iraq"),
            ("11", Claim.LEFT, "iraq"),
            ("12", Claim.TOOK, "militants"),
        )
    )
    heard = []
    for report in (held, left, took):
        record(told, report, report.reported.at + timedelta(hours=30))
        heard += sent_to(told, PROVINCE)
    assert heard == [("left", "rawa"), ("area-first", "anbar")]
