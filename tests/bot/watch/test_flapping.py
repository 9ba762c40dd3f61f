"""The check: a place that changes hands often is told of once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import often
from bot.watch import check
from storage import alerts as kept
from storage import control, events, subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment
from storage.tables import alerts, deliveries, statuses
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.model.alerts import PlaceAlert

START = datetime(2014, 6, 1, 12, tzinfo=UTC)
SIDES = ("iraq", "militants")


@pytest.fixture
def fought_over(db: Database) -> Database:
    """Rawa, held by the government by all accounts; of its neighbours one is, one is not."""
    set_up(db)
    say(db, 0, "militants", "al-qaim")
    return db


def set_up(db: Database) -> None:
    """Somebody hears of Rawa, somebody of its province."""
    with db.begin() as conn:
        load(conn, story())
        for chat, place in ((1, "rawa"), (2, "anbar")):
            one = subscribers.ensure(conn, chat, is_group=False, now=START)
            subscribers.subscribe(conn, one.id, place, START)
    say(db, 0, "iraq", "ana")
    say(db, 0, "iraq")


def say(db: Database, day: float, party: str, place: str = "rawa") -> None:
    """Two good sources say that a party took a place."""
    now = START + timedelta(days=day)
    with db.begin() as conn:
        reports = [
            Report(f"{s}-{day}{place[1:]}", place, Claim.TOOK, s, Moment(now), party)
            for s in ("agency", "background")
        ]
        events.append(conn, reports, now=now, alert=True)
        check(conn, now=now, policy=DEFAULT_POLICY)


def look(db: Database, day: float) -> None:
    with db.begin() as conn:
        check(conn, now=START + timedelta(days=day), policy=DEFAULT_POLICY)


def flap(db: Database, *days: float) -> None:
    """The place changes hands at each of these days, to the militants first."""
    for number, day in enumerate(days, start=1):
        say(db, day, SIDES[number % 2])


def sent(db: Database) -> list[tuple[str, bool, int]]:
    """The alerts that chats are sent: kind, whether silent, and to how many."""
    with db.connect() as conn:
        rows = conn.execute(
            sa.select(alerts.c.kind, alerts.c.silent, sa.func.count())
            .join(deliveries, deliveries.c.alert_id == alerts.c.id)
            .group_by(alerts.c.id)
            .order_by(alerts.c.id)
        )
        return [(kind, silent, number) for kind, silent, number in rows]


def folded(db: Database) -> list[int | None]:
    with db.connect() as conn:
        return list(
            conn.scalars(
                sa.select(alerts.c.folded_into).where(alerts.c.folded).order_by(alerts.c.id)
            )
        )


def latest(db: Database) -> PlaceAlert:
    with db.connect() as conn:
        found = kept.latest_sent(conn, "rawa")
    assert found is not None
    return found


THREE = [("holder", False, 2)] * 3


def test_the_fourth_change_is_told_as_a_notice_with_the_number_of_changes(
    fought_over: Database,
) -> None:
    flap(fought_over, 1, 2, 3, 4)
    assert sent(fought_over) == [*THREE, ("often", False, 2)]
    notice = latest(fought_over)
    assert notice.after.holder == "iraq"
    assert notice.often is not None
    assert notice.often.changes == 4
    assert folded(fought_over) == [notice.id]


def test_further_changes_come_once_a_day_and_without_a_sound(fought_over: Database) -> None:
    flap(fought_over, 1, 2, 3, 4, 4.2, 4.4, 4.6)
    assert len(sent(fought_over)) == 4
    assert folded(fought_over)[1:] == [None] * 3
    look(fought_over, 4.9)
    assert len(sent(fought_over)) == 4
    look(fought_over, 5)
    assert sent(fought_over)[4:] == [("often", True, 2)]
    assert latest(fought_over).after.holder == "militants"
    assert set(folded(fought_over)[1:]) == {latest(fought_over).id}


def test_a_day_that_ends_as_it_began_is_not_told(fought_over: Database) -> None:
    flap(fought_over, 1, 2, 3, 4, 4.2, 4.4)
    notice = latest(fought_over)
    look(fought_over, 5)
    assert len(sent(fought_over)) == 4
    assert folded(fought_over) == [notice.id] * 3


def test_every_change_is_on_record_and_in_the_history(fought_over: Database) -> None:
    flap(fought_over, 1, 2, 3, 4, 4.2, 4.4)
    with fought_over.connect() as conn:
        entries = control.history_of(conn, "rawa")
    assert [e.after.holder for e in entries] == [
        "iraq",
        "militants",
        "iraq",
        "militants",
        "iraq",
        "militants",
        "iraq",
    ]


def test_the_changes_that_are_told_in_notices_are_known(fought_over: Database) -> None:
    flap(fought_over, 1, 2, 3, 4, 4.2, 4.4)
    with fought_over.connect() as conn:
        told = kept.told_in_notices(conn, ["rawa", "ana"])
        found = [e.changed_at for e in control.history_of(conn, "rawa")]
    assert told == {("rawa", at) for at in found[:3]}


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(sa.update(alerts).values(folded=True), id="nothing was told before"),
        pytest.param(sa.delete(statuses).where(statuses.c.place_id == "rawa"), id="no status"),
    ],
)
def test_changes_that_wait_where_none_was_told_are_refused_and_named(
    fought_over: Database, broken: sa.UpdateBase
) -> None:
    flap(fought_over, 1, 2, 3, 4, 4.2)
    now = START + timedelta(days=5)
    with fought_over.begin() as conn:
        conn.execute(broken)
        with pytest.raises(RuntimeError, match="changes of rawa wait for a notice"):
            often.tell_waiting(conn, ["rawa"], now, DEFAULT_POLICY, {})


def test_after_three_calm_days_changes_are_told_by_themselves(fought_over: Database) -> None:
    flap(fought_over, 1, 2, 3, 4, 7)
    assert sent(fought_over)[4:] == [("holder", False, 2)]


def test_areas_are_told_of_a_place_that_changes_often_by_its_notices(db: Database) -> None:
    set_up(db)
    flap(db, 1, 2, 3, 4, 4.2)
    kinds = [kind for kind, _, _ in sent(db)]
    assert kinds.count("area-first") == 2  # on the first and the third day, not on the fifth
    assert kinds[-1] == "often"


def test_a_change_that_is_withdrawn_is_corrected_even_if_it_was_told_in_a_notice(
    fought_over: Database,
) -> None:
    flap(fought_over, 1, 2, 3, 4)
    now = START + timedelta(days=4.1)
    with fought_over.begin() as conn:
        conn.execute(sa.update(deliveries).values(state="sent"))
        taken = latest(fought_over).new
        reports = [
            Report(f"back-{r}", "rawa", Claim.RETRACTS, r.split("-")[0], Moment(now), refers_to=r)
            for r in taken
        ]
        events.append(conn, reports, now=now, alert=True)
        check(conn, now=now, policy=DEFAULT_POLICY)
    assert ("correction", False, 2) in sent(fought_over)
