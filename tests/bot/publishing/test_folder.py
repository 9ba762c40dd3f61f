"""The bot's alerts in a folder, and as others read them there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from structlog.testing import capture_logs

from bot.publishing.cap import CAP
from bot.publishing.folder import INDEX, Publisher
from bot.watch import check
from storage import events, published
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from tests.bot.feeds.conftest import World as Reading
from tests.bot.feeds.server import serving
from tests.builders import clock_of, load, report, story

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database
    from storage.model.reports import Report

pytestmark = pytest.mark.anyio
NOW = clock_of(7)
TOOK = report("agency", Claim.TOOK, "militants", place="rabia", id="took")


def told(db: Database, minute: int, *reports: Report) -> None:
    now = NOW + timedelta(minutes=minute)
    with db.begin() as conn:
        events.append(conn, reports, now=now, alert=True)
        check(conn, now=now, policy=DEFAULT_POLICY)


@pytest.fixture
def changed(db: Database) -> Database:
    """Rabia was the government's, and was taken: an alert of it and one of its province."""
    with db.begin() as conn:
        load(conn, story())
    told(db, 0, report("background", Claim.HOLDS, "iraq", place="rabia", said="2014-06-20"))
    told(db, 1, TOOK)
    return db


def said(message: bytes) -> dict[str, str]:
    root = ElementTree.fromstring(message)  # noqa: S314 - we have written it
    return {e.tag.removeprefix(f"{{{CAP}}}"): e.text or "" for e in root.iter() if e.text}


def in_folder(path: Path) -> dict[str, bytes]:
    """What is in a folder, by name; the test's database may lie there, too."""
    return {p.name: p.read_bytes() for p in path.iterdir() if p.suffix in (".xml", ".atom")}


async def test_a_change_is_an_alert_the_next_an_update_and_a_correction_a_cancel(
    changed: Database, tmp_path: Path
) -> None:
    publisher = Publisher(changed, tmp_path / "cap", "whoholds_bot")
    await publisher.publish()
    before = in_folder(tmp_path / "cap")
    index = before.pop(INDEX)
    (alert,) = [m for m in map(said, before.values()) if m["areaDesc"] == "Rabia"]
    assert alert["identifier"].encode() in index
    assert (alert["msgType"], alert["status"], alert["scope"]) == ("Alert", "Actual", "Public")
    assert alert["sender"] == "whoholds_bot"
    assert alert["headline"] == "⚫ Rabia crossing: now reported held by MILITANTS"
    assert "a news agency" in alert["description"]
    assert (alert["certainty"], alert["circle"]) == ("Likely", "36.81,42.07 0")
    assert alert["sent"].endswith("-00:00")
    told(
        changed,
        2,
        report("agency", Claim.TOOK, "kurdish", place="rabia", said="2014-06-23T15:01:00Z"),
    )
    await publisher.publish()
    after = in_folder(tmp_path / "cap")
    fresh = [said(after[name]) for name in after.keys() - before.keys() - {INDEX}]
    updates = [m for m in fresh if m["msgType"] == "Update" and m["areaDesc"] == "Rabia"]
    assert [m["references"].split(",")[1] for m in updates] == [alert["identifier"]]
    assert {name: after[name] for name in before} == before


async def test_what_others_read_there_follows_each_correction(
    changed: Database, tmp_path: Path
) -> None:
    publisher = Publisher(changed, tmp_path, "whoholds_bot")
    async with serving() as server:

        def offer() -> None:
            for name, content in in_folder(tmp_path).items():
                server.serves(f"/{name}", content)

        reading = Reading(changed, server, now=NOW + timedelta(hours=1))
        reading.has("feed", "cap", url=f"/{INDEX}")
        await publisher.publish()
        offer()
        assert (await reading.run()).leads > 0
        assert not any(kept.withdrawn_at for kept in reading.leads())
        taken_back = report("agency", Claim.RETRACTS, place="rabia", refers_to="took")
        told(changed, 3, taken_back)
        await publisher.publish()
        offer()
        outcome = await reading.run()
        assert outcome.withdrawn > 0
        withdrawn = [k.lead.title for k in reading.leads() if k.withdrawn_at]
        assert "⚫ Rabia crossing: now reported held by MILITANTS" in withdrawn
        assert reading.waiting() == []


async def test_a_folder_that_was_emptied_fills_again(changed: Database, tmp_path: Path) -> None:
    publisher = Publisher(changed, tmp_path, "whoholds_bot")
    await publisher.publish()
    before = in_folder(tmp_path)
    for name in before:
        (tmp_path / name).unlink()
    await publisher.publish()
    assert in_folder(tmp_path) == before
    assert INDEX in before


async def test_a_folder_that_cannot_be_written_is_told_of(
    changed: Database, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with capture_logs() as logs:
        await Publisher(changed, tmp_path / "file", "whoholds_bot").publish()
    assert [entry["event"] for entry in logs] == ["alerts cannot be written"]


async def test_no_message_is_left_out_however_many_came_at_once(
    changed: Database, tmp_path: Path
) -> None:
    publisher = Publisher(changed, tmp_path, "whoholds_bot", newest=1)
    await publisher.publish()
    before = in_folder(tmp_path).keys()
    with changed.connect() as conn:
        last = published.newest(conn, 1)[0].id
    for minute, party in enumerate(("kurdish", "iraq", "militants"), start=2):
        said_at = f"2014-06-23T15:0{minute}:00Z"
        told(changed, minute, report("agency", Claim.TOOK, party, place="rabia", said=said_at))
    await publisher.publish()
    with changed.connect() as conn:
        since = {f"whoholds-{p.id}.xml" for p in published.newest(conn, 100) if p.id > last}
    after = in_folder(tmp_path)
    assert len(since) > 1
    assert after.keys() - before == since
    assert after[INDEX].count(b"whoholds_bot:whoholds-") == 1
