"""How lists of reports are read: packed, from a folder, broken off, in batches, by two at once."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from storage import feeds
from tests.bot.feeds.server import Response
from tests.bot.feeds.test_reports import ROWA, ROWB, lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio


async def test_a_list_that_breaks_off_is_not_taken(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    body = lines(ROWA, ROWB).encode()
    world.server.paths["/list.csv"] = lambda _: Response(body, cut=len(body) - 5)
    assert "broke off" in await world.fails()
    world.server.paths["/list.csv"] = lambda _: Response(body[:-5], framed=False)
    assert await world.fails() == "the list breaks off in the middle of a line"
    assert world.reports() == {}
    world.server.paths["/list.csv"] = lambda _: Response(body, framed=False)
    assert (await world.run()).new == 2


async def test_lists_may_be_packed_and_be_json_lines(world: World) -> None:
    fields = {"id": "a", "place": "rawa", "claim": "holds", "party": "iraq"}
    row = json.dumps({**fields, "reported_at": "2014-06-23"}) + "\n"
    world.has("feed", "reports", url="/list.jsonl.gz")
    world.server.serves("/list.jsonl.gz", gzip.compress(row.encode()))
    assert (await world.run()).new == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("list.csv", lines(ROWB))
    world.has("other", "reports", url="/export", format="csv")
    world.server.serves("/export", packed.getvalue())
    assert (await world.run("other")).new == 1


async def test_a_small_file_that_unpacks_to_much_is_refused(world: World) -> None:
    world.has("feed", "reports", url="/list.csv", largest_mb=1)
    bomb = gzip.compress(b"0" * 30_000_000)
    world.server.serves("/list.csv", bomb)
    assert "more than 1 MB" in await world.fails()
    world.server.serves("/list.csv", bomb, Content_Encoding="gzip")
    assert "more than 1 MB" in await world.fails()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", b"0" * 30_000_000)
    world.server.serves("/list.csv", packed.getvalue())
    assert "more than 1 MB" in await world.fails()
    world.server.serves("/list.csv", b"0" * 1_000_001)
    assert "more than 1 MB" in await world.fails()


async def test_a_folder_is_read_file_by_file_as_they_change(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    world.has("feed", "reports", folder=str(folder))
    (folder / "1.csv").write_text(lines(ROWA))
    (folder / "notes.txt").write_text("not a list")
    assert (await world.run()).new == 1
    (folder / "2.csv.gz").write_bytes(gzip.compress(lines(ROWB).encode()))
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (1, 0)
    assert (await world.run()).unchanged == 0


async def test_a_file_that_is_still_written_does_not_keep_the_others_back(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    world.has("feed", "reports", folder=str(folder))
    (folder / "1.csv").write_text(lines(ROWA)[:-5])
    (folder / "2.csv").write_text(lines(ROWB))
    assert "1.csv: its last line has no end" in await world.fails()
    assert list(world.reports()) == ["b"]
    (folder / "1.csv").write_text(lines(ROWA))
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (1, 0)


async def test_a_fault_between_two_batches_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"r{n},rawa,holds,iraq,,2014-06-23T0{n % 9}:00:00Z" for n in range(1200)]
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(*rows))
    writing, turns = world.db.writing, iter(range(100))

    async def fails_once(fn: Any, *args: Any, **kwargs: Any) -> Any:
        if next(turns) == 1:
            raise RuntimeError("the disk is full")
        return await writing(fn, *args, **kwargs)

    monkeypatch.setattr(world.db, "writing", fails_once)
    with pytest.raises(RuntimeError):
        await world.run()
    monkeypatch.undo()
    assert len(world.reports()) == 500
    assert "validators" not in world.state().cursor
    assert world.state().error == "RuntimeError: the disk is full"
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (700, 500)
    world.once_each()


async def test_another_address_is_read_from_its_beginning(world: World) -> None:
    modified = {"Last-Modified": "Mon, 23 Jun 2014 06:00:00 GMT"}
    world.has("feed", "reports", url="/old.csv")
    world.server.paths["/old.csv"] = lambda _: Response(lines(ROWA).encode(), headers=modified)
    await world.run()
    world.has("feed", "reports", url="/new.csv")

    def unchanged_since(request: Request) -> Response:
        known = "if-modified-since" in request.headers
        return Response(status=304) if known else Response(lines(ROWB).encode())

    world.server.paths["/new.csv"] = unchanged_since
    assert (await world.run()).new == 1


async def test_what_another_process_has_read_meanwhile_is_not_overwritten(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")

    def overtaken(_: Request) -> Response:
        with world.db.begin() as conn:
            feeds.lock(conn, "feed")
            feeds.move(conn, "feed", {"validators": {"etag": "newer"}}, 0, world.now)
        return Response(lines(ROWA).encode())

    world.server.paths["/list.csv"] = overtaken
    assert (await world.run()).news == 0
    assert (world.reports(), world.state().error) == ({}, "")
    assert world.state().cursor == {"validators": {"etag": "newer"}}
