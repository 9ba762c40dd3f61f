"""Rows that cannot be used wait, and go through once they can be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.importing import import_paths
from storage import places, rejects
from storage.model.sources import Grade, Source
from storage.sources import upsert_sources
from tests.bot.feeds.conftest import NOW
from tests.bot.feeds.test_reports import ROWA, ROWB, lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.feeds.conftest import World

pytestmark = pytest.mark.anyio
LATER = "2014-06-23T10:00:00Z"


async def test_a_row_goes_through_once_its_place_has_that_name(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves(
        "/list.csv",
        lines(
            f"a,Point Seven,took,iraq,,{LATER}",
            f"b,rawa,took,iraq,monitor,{LATER}",
            "c,rawa,took,iraq,,",
        ),
    )
    await world.run()
    feeds = world.feeds()
    await feeds.retry_mended()
    assert len(world.waiting()) == 3
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    await feeds.retry_mended()
    assert world.claims() == [("a", "rabia", "took", "iraq")]
    assert world.state().brought == 1
    with world.db.begin() as conn:
        upsert_sources(conn, [Source("monitor", "monitor", "media", None, Grade.C)], NOW)
    await feeds.retry_mended()
    assert [w.item.key for w in world.waiting()] == ["c"]
    assert world.state().rejects == 1
    assert (await world.run()).new == 0
    world.once_each()


async def test_nothing_is_tried_while_nothing_new_is_on_record(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines("a,Point Seven,took,iraq,,2014-06-23"))
    await world.run()
    feeds = world.feeds()
    await feeds.retry_mended()
    tried = world.waiting()[0].tried_at
    world.now += timedelta(hours=1)
    await feeds.retry_mended()
    assert world.waiting()[0].tried_at == tried


async def test_a_row_of_an_import_waits_and_goes_through_too(world: World, tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(
        lines("a,atlantis,took,iraq,agency,2014-06-23", "b,rawa,took,iraq,agency,never")
    )
    result = import_paths(world.db, [file], now=world.now, alert=False)
    assert result.rejected == 2
    assert world.reasons() == [("a", "place", "no place has the id 'atlantis'")]
    feeds = world.feeds()
    with world.db.begin() as conn:
        places.add_other_ids(conn, {"atlantis": "ana"})
    await feeds.retry_mended()
    assert world.claims() == [("a", "ana", "took", "iraq")]
    assert (world.waiting(), world.in_inbox()) == ([], [("a", False, False)])


async def test_a_row_of_an_import_is_let_go_when_it_was_mended_in_its_file(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(lines("a,atlantis,took,iraq,agency,2014-06-23"))
    import_paths(world.db, [file], now=world.now, alert=False)
    file.write_text(lines("a,ana,took,iraq,agency,2014-06-23"))
    import_paths(world.db, [file], now=world.now, alert=False)
    assert world.waiting() == []


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (ROWB.replace("ana", "Point Seven"), "place", "no place is surely meant by 'Point Seven'"),
        (ROWB.replace("militants", "martians"), "party", "no party is called 'martians'"),
        (ROWB.replace("2014-06-23T09", "2014-06-33T09"), "reported_at", "is not a time"),
        (ROWB.replace("2014-", "2034-"), "reported_at", "is still to come"),
        (ROWB.replace("colonel", "nobody"), "source", "no source is called 'nobody'"),
        (f"{ROWB},more", "", "has 7 fields, but the header 6"),
        (ROWB.replace("ana", "anbar"), "place", "'anbar' is an area: report on its places"),
    ],
)
async def test_a_correction_that_cannot_be_used_waits_and_what_was_said_before_stands(
    world: World, row: str, field: str, why: str
) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(row))
    outcome = await world.run()
    assert (outcome.rejected, outcome.withdrawn, outcome.corrected) == (1, 0, 0)
    assert [c[0] for c in world.claims()] == ["b"]
    ((key, column, reason),) = world.reasons()
    assert (key, column) == ("b", field)
    assert why in reason
    assert reason.endswith("; what it said before stands")
    # Once it says again what it said before, nothing waits any more.
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    await world.run()
    assert world.waiting() == []
    assert sorted(world.reports()) == ["a", "b"]


async def test_a_correction_that_waits_is_one_once_it_can_be_used(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(ROWB.replace("ana", "Point Seven")))
    await world.run()
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    await world.feeds().retry_mended()
    assert world.claims() == [
        ("b", "ana", "took", "militants"),
        ("b~2", "rabia", "took", "militants"),
        ("b~withdrawn", "ana", "retracts", None),
    ]
    assert world.waiting() == []


async def test_a_dismissed_row_waits_again_only_if_it_says_something_else(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    bad = f"a,Point Seven,took,iraq,,{LATER}"
    world.server.serves("/list.csv", lines(bad))
    await world.run()
    with world.db.begin() as conn:
        assert rejects.dismiss(conn, None, world.now) == 1
    # Another line of the list, and the same row in another line.
    world.server.serves("/list.csv", lines(ROWB, bad))
    outcome = await world.run()
    assert (outcome.new, outcome.rejected, world.waiting()) == (1, 0, [])
    assert world.state().rejects == 0
    world.server.serves("/list.csv", lines(ROWB, bad.replace("Seven", "Eight")))
    assert (await world.run()).rejected == 1
    assert [w.id for w in world.waiting()] == [1]
    world.server.serves("/list.csv", lines(ROWB, bad.replace("Point Seven", "rawa")))
    assert (await world.run()).new == 1
    assert world.waiting() == []
