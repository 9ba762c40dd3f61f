"""The check: what is taken back, and who hears of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import alerts, events, subscribers
from storage.model.alerts import AlertKind, Correction, PlaceAlert
from storage.model.control import Standing
from storage.model.reports import Claim, Report
from storage.model.times import parse_moment
from storage.tables import alerts as alerts_table
from storage.tables import deliveries
from tests.bot.watch.conftest import ANN, BORDER_DESK, PROVINCE, WORLD, feed, look, record, sent_to
from tests.builders import clock_of, step_of

if TYPE_CHECKING:
    from storage.engine import Database


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
    assert set(closed) == {"withdrawn before it was sent", "nothing to tell any more"}


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
    sent_to(told, ANN)
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
