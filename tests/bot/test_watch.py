"""The check: what reports change, whom that is told, and what is told to nobody."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.watch import Checked, check
from storage import alerts, control, events, outbox, subscribers
from storage.engine import open_database
from storage.model.alerts import AlertKind, AreaAlert, Correction, PlaceAlert
from storage.model.changes import Kind
from storage.model.control import Standing
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import parse_moment
from storage.tables import alerts as alerts_table
from storage.tables import deliveries, inbox
from storage.tables import reports as reports_table
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story(what_if=True)
ANN, BORDER_DESK, PROVINCE = 1, 2, 3


@pytest.fixture
def told(db: Database) -> Database:
    """The story's places, and three chats: Al Waleed, the border, and its province."""
    with db.begin() as conn:
        load(conn, WORLD)
        for chat, place in (
            (ANN, "al-waleed"),
            (BORDER_DESK, "iraq-syria-border"),
            (PROVINCE, "anbar"),
        ):
            subscriber = subscribers.ensure(conn, chat, is_group=False, now=clock_of(1))
            subscribers.subscribe(conn, subscriber.id, place, clock_of(1))
    return db


def feed(db: Database, *steps: int, alert: bool = True) -> Checked:
    """Record the reports of these steps and check, as at the last step's time."""
    reports = [r for r in WORLD.reports if step_of(r) in steps]
    now = clock_of(max(steps))
    with db.begin() as conn:
        events.append(conn, reports, now=now, alert=alert)
    return look(db, now)


def look(db: Database, now: datetime) -> Checked:
    with db.begin() as conn:
        return check(conn, now=now, policy=DEFAULT_POLICY)


def sent_to(db: Database, chat: int, *, and_mark: bool = True) -> list[tuple[str, str]]:
    """What is due to a chat, in order, as (kind, place); it is marked as sent."""
    found = []
    now = datetime(2014, 7, 1, tzinfo=UTC)
    while True:
        with db.begin() as conn:
            leased = outbox.lease(conn, now=now, limit=50, lease_for=timedelta(minutes=1))
            for delivery in leased:
                alert = alerts.load(conn, delivery.alert_id)
                if delivery.subscriber.chat_id == chat:
                    found.append((delivery.kind.value, subject(alert)))
                outbox.sent(conn, delivery, 100 + delivery.id, now)
        if not leased:
            return found


def subject(alert: PlaceAlert | AreaAlert | Correction) -> str:
    if isinstance(alert, Correction):
        return subject(alert.wrong)
    return alert.area.id if isinstance(alert, AreaAlert) else alert.place.id


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


def test_reports_fed_twice_change_nothing(told: Database) -> None:
    for step in range(1, 15):
        feed(told, step)
    sent_to(told, ANN)
    for step in range(1, 15):
        assert feed(told, step) == Checked(0, (), 0, 0, more=False)
    assert sent_to(told, ANN) == []


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival_ends_in_the_same_statuses(told: Database, seed: int) -> None:
    reports = list(WORLD.reports)
    random.Random(seed).shuffle(reports)
    for report in reports:
        with told.begin() as conn:
            events.append(conn, [report], now=clock_of(15), alert=True)
        look(told, clock_of(15))
    with told.connect() as conn:
        found = control.statuses_of(conn, list(WORLD.places))
    assert {p: (s.holder, s.standing.value) for p, s in found.items()} == {
        "al-waleed": ("militants", "likely"),
        "al-qaim": ("militants", "likely"),
        "rabia": ("kurdish", "likely"),
        "trebil": ("iraq", "likely"),
        "tal-afar": ("militants", "disputed"),
        "tal-afar-airport": ("militants", "likely"),
        "rawa": ("militants", "confirmed"),
        "ana": ("militants", "confirmed"),
    }


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


def test_a_correction_goes_to_exactly_those_who_were_told(told: Database) -> None:
    for step in range(1, 12):
        feed(told, step)
    for chat in (ANN, BORDER_DESK, PROVINCE):
        sent_to(told, chat)
    with told.begin() as conn:
        late = subscribers.ensure(conn, 9, is_group=False, now=clock_of(12))
        subscribers.subscribe(conn, late.id, "al-waleed", clock_of(12))
    feed(told, 15)
    with told.connect() as conn:
        by_chat = conn.execute(
            sa.select(alerts_table.c.kind, sa.func.count())
            .join(deliveries, deliveries.c.alert_id == alerts_table.c.id)
            .where(deliveries.c.state == "pending")
            .group_by(alerts_table.c.kind)
        ).all()
    assert dict(map(tuple, by_chat)) == {"correction": 3, "withdrawal": 3, "settled": 1}
    assert sent_to(told, 9) == [("settled", "al-waleed")]


def test_who_was_not_sent_a_withdrawn_alert_is_not_sent_it_nor_a_correction(
    told: Database,
) -> None:
    for step in range(1, 10):
        feed(told, step)
    sent_to(told, ANN)
    feed(told, 10)  # nothing of this goes out before…
    feed(told, 15)  # …it is taken back
    assert sent_to(told, ANN) == []
    with told.connect() as conn:
        closed = conn.scalars(
            sa.select(deliveries.c.reason).where(deliveries.c.state == "closed").distinct()
        ).all()
    assert closed == ["withdrawn before it was sent"]


def test_a_correction_says_what_was_wrong_and_what_holds_now(told: Database) -> None:
    for step in range(1, 11):
        feed(told, step)
    sent_to(told, ANN)
    feed(told, 15)
    with told.connect() as conn:
        number = conn.scalar(
            sa.select(alerts_table.c.id).where(alerts_table.c.kind == "correction")
        )
        assert number is not None
        correction = alerts.load(conn, number)
    assert isinstance(correction, Correction)
    assert isinstance(correction.wrong, PlaceAlert)
    assert correction.wrong.kind is AlertKind.DISPUTED
    assert correction.wrong.withdrawn_at == clock_of(15)
    assert [e.report.id for e in correction.withdrawn] == ["jun14-10-al-waleed"]
    (now,) = correction.now
    assert now.status is not None
    assert (now.status.holder, now.status.standing) == ("militants", Standing.LIKELY)


def test_taking_back_what_carried_the_last_loss_takes_the_area_alert_back_too(
    told: Database,
) -> None:
    for step in (1, 2, 3, 7):
        feed(told, step)
    sent_to(told, BORDER_DESK)
    back = Report(
        "back",
        "al-waleed",
        Claim.RETRACTS,
        "colonel",
        parse_moment("2014-06-23"),
        refers_to="jun14-07-al-waleed",
    )
    with told.begin() as conn:
        events.append(conn, [back], now=clock_of(8), alert=True)
    look(told, clock_of(8))
    assert sent_to(told, BORDER_DESK) == [
        ("correction", "iraq-syria-border"),
        ("withdrawal", "iraq-syria-border"),
    ]


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


def test_a_retraction_that_arrives_before_its_report_counts_when_that_comes(
    told: Database,
) -> None:
    feed(told, 1, 7, 8)
    sent_to(told, ANN)
    feed(told, 15)
    feed(told, 10)
    assert sent_to(told, ANN) == []


def test_a_retraction_filed_under_another_place_reaches_the_place_it_is_about(
    told: Database,
) -> None:
    for step in range(1, 11):
        feed(told, step)
    sent_to(told, ANN)
    misfiled = replace(
        next(r for r in WORLD.reports if step_of(r) == 15), id="misfiled", place="rabia"
    )
    with told.begin() as conn:
        events.append(conn, [misfiled], now=clock_of(12), alert=True)
    look(told, clock_of(12))
    assert sent_to(told, ANN) == [("correction", "al-waleed"), ("withdrawal", "al-waleed")]


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


def test_a_check_that_fails_midway_leaves_everything_for_the_next(told: Database) -> None:
    feed(told, 1, 2, 3)
    reports = [r for r in WORLD.reports if step_of(r) == 7]
    with told.begin() as conn:
        events.append(conn, reports, now=clock_of(7), alert=True)
    with pytest.raises(RuntimeError, match="cut off"):
        check_and_fail(told)
    with told.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(inbox)) == 1
    assert look(told, clock_of(7)).alerts == 2


def check_and_fail(db: Database) -> None:
    with db.begin() as conn:
        check(conn, now=clock_of(7), policy=DEFAULT_POLICY)
        raise RuntimeError("cut off")


def test_several_checkers_and_writers_at_once_end_in_the_same_statuses(
    told: Database, database_url: str
) -> None:
    """Other processes import and check while the bot does: none blocks another, none is lost."""
    reports = [r for r in WORLD.reports if step_of(r) > 1]
    feed(told, 1)
    failures: list[Exception] = []

    def work(mine: list[Report]) -> None:
        database = open_database(database_url)
        try:
            for report in mine:
                with database.begin() as conn:
                    events.append(conn, [report], now=clock_of(15), alert=True)
                look(database, clock_of(15))
        except Exception as error:  # noqa: BLE001 - looked at below, in the test's own thread
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(reports[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with told.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(inbox)) == 0
        status = control.status_of(conn, "al-waleed")
        versions = [e.version for e in control.history_of(conn, "al-waleed")]
    assert status is not None
    assert (status.holder, status.standing) == ("militants", Standing.LIKELY)
    assert versions == sorted(set(versions), reverse=True)
    assert look(told, clock_of(15)) == Checked(0, (), 0, 0, more=False)


def test_an_idle_check_looks_at_nothing(told: Database) -> None:
    assert look(told, clock_of(1)) == Checked(0, (), 0, 0, more=False)


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


def test_an_alert_is_judged_by_what_was_known_when_it_was_made(told: Database) -> None:
    """A report of the captain that came later does not save the colonel's alert."""
    for step in (1, 7):
        feed(told, step)
    sent_to(told, ANN)
    feed(told, 8)
    sent_to(told, ANN)
    back = Report(
        "back",
        "al-waleed",
        Claim.RETRACTS,
        "colonel",
        parse_moment("2014-06-23"),
        refers_to="jun14-07-al-waleed",
    )
    record(told, back, clock_of(9))
    assert ("correction", "al-waleed") in sent_to(told, ANN)


def test_places_whose_time_has_come_are_looked_at_oldest_first(told: Database) -> None:
    feed(told, 1)
    with told.connect() as conn:
        due = control.due_for_recheck(conn, datetime(2014, 9, 1, tzinfo=UTC), 2)
        nothing = control.due_for_recheck(conn, clock_of(1), 2)
    assert len(due) == 2
    assert nothing == []


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


def test_a_correction_about_one_place_does_not_silence_the_news_of_another(
    told: Database,
) -> None:
    with told.begin() as conn:
        ann = subscribers.ensure(conn, ANN, is_group=False, now=clock_of(1))
        subscribers.subscribe(conn, ann.id, "rawa", clock_of(1))
    for step in (1, 2, 3, 7, 10):
        feed(told, step)
    sent_to(told, ANN)
    feed(told, 4, 15)
    assert sorted(sent_to(told, ANN)) == [
        ("correction", "al-waleed"),
        ("holder", "rawa"),
        ("withdrawal", "al-waleed"),
    ]


def test_one_withdrawn_report_behind_several_alerts_is_corrected_once(told: Database) -> None:
    feed(told, 1)
    feed(told, 7)  # the colonel alone…
    feed(told, 10)  # …whom the spokesman contradicts
    sent_to(told, ANN)
    back = Report(
        "back",
        "al-waleed",
        Claim.RETRACTS,
        "colonel",
        parse_moment("2014-06-23"),
        refers_to="jun14-07-al-waleed",
    )
    record(told, back, clock_of(11))
    kinds = [kind for kind, _ in sent_to(told, ANN)]
    assert kinds.count("correction") == 1
    assert kinds.count("withdrawal") == 2


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
    for report in (held, left, took):
        record(told, report, report.reported.at + timedelta(hours=30))
    assert sent_to(told, PROVINCE) == [("left", "rawa"), ("area-first", "anbar")]


def test_a_place_that_cannot_be_assessed_does_not_keep_the_others_waiting(
    told: Database,
) -> None:
    feed(told, 1)
    with told.begin() as conn:  # as no import would leave it
        conn.execute(
            sa.insert(reports_table).values(
                id="broken",
                place_id="rawa",
                claim="unheard-of",
                source_id="agency",
                via="",
                reported_at=clock_of(7),
                reported_precision="instant",
                url="",
                quote="",
                recorded_at=clock_of(7),
            )
        )
        conn.execute(sa.insert(inbox).values(report_id="broken", place_id="rawa", alert=True))
    with capture_logs() as logged:
        feed(told, 7)
    assert [(line["event"], line["place"]) for line in logged] == [
        ("a place cannot be assessed", "rawa")
    ]
    assert sent_to(told, ANN) == [("holder", "al-waleed")]
    with told.connect() as conn:
        assert events.troubled(conn) == {"rawa": "ValueError: 'unheard-of' is not a valid Claim"}
    assert look(told, clock_of(7)) == Checked(0, (), 0, 0, more=False)


def record(db: Database, report: Report, now: datetime) -> None:
    with db.begin() as conn:
        events.append(conn, [report], now=now, alert=True)
    look(db, now)
