"""What others wait for while an editor is shown what a report would do: run by hand.

    deploy/run test tests/benchmarks/test_rehearsal.py                # both databases, a minute
    deploy/run test tests/benchmarks/test_rehearsal.py -k sqlite      # or postgresql

One process previews a report that many subscribers would be alerted by, as the bot does and by
addressing all of them in one transaction that is undone; another one writes what the bot writes,
and measures how long each of its transactions took. `WHOHOLDS_BENCH_CHATS` tells how many
subscribers there are, 200,000 where it does not.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.clock import utc_now
from bot.rehearsal import rehearse
from bot.watch import look_and_tell
from storage import addressing, suspicions
from storage.engine import Database, open_database
from storage.model.policy import DEFAULT_POLICY
from storage.tables import broadcasts, deliveries
from tests.benchmarks import million
from tests.benchmarks.side_by_side import percentile, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.timeout(1800)

CHATS = int(os.environ.get("WHOHOLDS_BENCH_CHATS", "200000"))
PREVIEWS = 5
PLACE = "al-waleed"
COLUMNS = (
    "way",
    "preview, median",
    "longest",
    "of it in a writing transaction",
    "others: transactions",
    "median",
    "longest",
)


def test_others_write_while_an_editor_is_shown_whom_a_report_would_alert(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    million.fill(empty_url, CHATS)
    waits: dict[str, float] = {}
    rows = []
    ways: dict[str, Callable[[sa.Connection], int]]
    ways = {"Who Holds: counted": _counted, "all addressed, and undone": _addressed}
    for name, way in ways.items():
        row, waits[name] = _measured(empty_url, name, way)
        rows.append(row)
    with capsys.disabled():
        kind = sa.make_url(empty_url).get_backend_name()
        print(table(f"{kind}: previews of an alert for {CHATS:,} chats", COLUMNS, rows))
    if empty_url.startswith("sqlite"):
        ours, theirs = waits.values()
        assert ours < theirs


def _measured(
    url: str, name: str, way: Callable[[sa.Connection], int]
) -> tuple[tuple[str, ...], float]:
    """A row of the table, and the longest that others took beside a preview, in seconds."""
    database = _Timed(open_database(url).engine)
    assert asyncio.run(_previewed(database, way)) == CHATS  # with statements to be compiled
    database.held.clear()
    previews: list[tuple[float, float]] = []
    with million.writer(url) as beside:
        for _ in range(PREVIEWS):
            time.sleep(0.5)
            began = time.monotonic()
            assert asyncio.run(_previewed(database, way)) == CHATS
            previews.append((began, time.monotonic()))
        written = million.stopped(beside)
    database.close()
    took = [
        whole
        for asked, _, whole in written
        if any(asked < ended and asked + whole > began for began, ended in previews)
    ]
    lasted = [ended - began for began, ended in previews]
    figures = (
        percentile(lasted, 50),
        max(lasted),
        max(database.held),
        percentile(took, 50),
        max(took),
    )
    shown = [f"{1000 * seconds:.1f} ms" for seconds in figures]
    return (name, *shown[:3], f"{len(took):,}", *shown[3:]), max(took)


async def _previewed(database: Database, way: Callable[[sa.Connection], int]) -> int:
    return await database.writing(way)


class _Timed(Database):
    """Measures how long each writing transaction could keep others waiting, in seconds."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.held: list[float] = []

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """From when it may write until it is over, however it ends."""
        with super().begin() as conn:
            began = time.monotonic()
            try:
                yield conn
            finally:
                self.held.append(time.monotonic() - began)


def _counted(conn: sa.Connection) -> int:
    now = utc_now()

    def write(conn: sa.Connection) -> list[str]:
        million.record_news(conn, PLACE, now)
        return [PLACE]

    return rehearse(conn, write, now=now, policy=DEFAULT_POLICY).alerted


def _addressed(conn: sa.Connection) -> int:
    now = utc_now()
    undo = conn.begin_nested()
    million.record_news(conn, PLACE, now)
    suspicions.review(conn, now, DEFAULT_POLICY)
    _, made = look_and_tell(conn, [PLACE], now, DEFAULT_POLICY)
    unfinished = sa.select(broadcasts.c.alert_id).where(
        broadcasts.c.alert_id.in_(list(made)), broadcasts.c.finished_at.is_(None)
    )
    while (alert_id := conn.scalar(unfinished.limit(1))) is not None:
        addressing.go_on(conn, alert_id, now)
    rows = conn.scalars(
        sa.select(deliveries.c.subscriber_id).where(deliveries.c.alert_id.in_(list(made)))
    )
    reached = len(set(rows))
    undo.rollback()
    return reached
