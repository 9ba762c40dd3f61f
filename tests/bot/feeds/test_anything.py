"""Whatever a server answers, a parser gives items and leads that can be kept, or says why not.

More examples than usual: WHOHOLDS_TEST_EXAMPLES=100000 deploy/run test tests/bot/feeds -k anything
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds import events, maps
from bot.feeds.fetching import Answer, FeedTrouble
from bot.feeds.keeping import How, keep_batch
from bot.feeds.kinds import acled, arcgis, cap, gdelt, geojson, news, reliefweb, reports, ucdp
from bot.feeds.naming import Names
from bot.feeds.parsing import read_object
from bot.feeds.unpacking import unpacked
from bot.feeds.xml import read_xml
from storage.engine import open_database, sqlite_url
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Edition, Gone, Item, Lead
from storage.place_index import PlaceIndex
from tests.bot.feeds.test_acled import TOOK
from tests.bot.feeds.test_cap import alert, refers
from tests.bot.feeds.test_maps import RABIA, box, drawn, feature
from tests.bot.feeds.test_news import ATOM, ENTRY, JSON, RSS
from tests.bot.feeds.test_reports import ROWA, ROWB, lines
from tests.bot.feeds.test_ucdp import event
from tests.builders import load, story
from tests.fuzzing import bent, many, torn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.engine import Database

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
LARGEST = 100_000
MAP = geojson.GeoJsonBlock(
    kind="geojson", url="http://x", party_property="side", date_property="date"
)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("anything") / "whoholds.db"
    opened = open_database(sqlite_url(Path(shutil.copy(migrated_file, path))))
    with opened.begin() as conn:
        load(conn, story())
    yield opened
    opened.close()


def kept(
    database: Database,
    items: tuple[Item, ...] = (),
    leads: tuple[Lead, ...] = (),
    gone: tuple[Gone, ...] = (),
    **more: Any,
) -> None:
    """Keep it, and undo that: whatever it is, the database takes it."""
    with database.begin() as conn, conn.begin_nested() as undone:
        how = How("feed", Names(source="agency"), NOW, timedelta(hours=48))
        outcome = keep_batch(conn, Batch({}, items, leads, gone, **more), how, PlaceIndex())
        ended = outcome.new + outcome.rejected + outcome.unchanged
        assert ended >= len({i.key for i in items})
        undone.rollback()


@many
@given(torn(lines(ROWA, ROWB)), st.booleans())
def test_anything_as_a_list(database: Database, body: bytes, is_json: bool) -> None:
    try:
        found = reports.parse(body, "the list", is_json=is_json)
    except FeedTrouble:
        return
    assert len({item.key for item in found}) == len(found)
    kept(database, tuple(found))


@many
@given(bent(drawn(feature(box(*RABIA), side="iraq", date="2014-06-22"))))
def test_anything_as_a_map(database: Database, value: Any) -> None:
    places = list(story().places.values())
    try:
        areas, at = geojson.parse(Answer(dumped(value), {}, is_whole=True), MAP)
    except (FeedTrouble, BadInput):
        return
    parties = maps.parties_at(areas, places)
    words = maps.words("feed", MAP, at, parties, {})
    kept(database, tuple(word.item for word in words if word.item is not None))


@many
@given(bent({"editingInfo": {"lastEditDate": 1_403_510_400_000}, "error": None}))
def test_anything_as_a_layer(value: Any) -> None:
    try:
        layer = arcgis.checked(read_object(dumped(value), "the layer"))
        assert arcgis.edited_at(layer) is not None
        arcgis.has_more(layer)
    except FeedTrouble:
        return


@many
@given(bent({"success": True, "data": [TOOK]}), st.sampled_from([None, "actor1"]))
def test_anything_as_events(database: Database, value: Any, gains: str | None) -> None:
    answer = Answer(dumped(value), {}, is_whole=True)
    try:
        rows = acled.rows_of(answer, "acled")
        items, over, newest = acled.parse_events(rows, 0, 2_000_000_000, gains)
        gone, latest = acled.parse_deleted(rows, 0, 2_000_000_000)
    except FeedTrouble:
        return
    assert min(newest, latest) >= 0
    kept(database, items, gone=gone, over=over)
    assert all(events.is_about_control(row) or not items for row in rows)


@many
@given(bent({"Result": [event(1)], "NextPageUrl": "http://x/?page=2"}))
def test_anything_as_a_page_of_ucdp(database: Database, value: Any) -> None:
    try:
        page = read_object(dumped(value), "the page")
        items, leads = ucdp.parse(page)
        days = ucdp.days_of(page)
    except FeedTrouble:
        return
    ucdp.next_page(page)
    seen = ucdp.NOTHING.and_of(days.values(), len(days))
    covers = ucdp.covered("14.0.6", seen)
    kept(
        database,
        items,
        leads,
        edition=Edition("x", "14.0.6", "first", len(days), days),
        covers=covers,
    )


@many
@given(
    torn(RSS.format(more=""))
    | torn(ATOM.format(entries=ENTRY.format(title="Open", updated="2014-06-23T06:00:00Z")))
    | bent(JSON).map(dumped)
)
def test_anything_as_news(database: Database, body: bytes) -> None:
    try:
        items, leads, gone = news.parse(body, NOW)
    except FeedTrouble:
        return
    kept(database, items, leads, gone)


@many
@given(torn(f"<x>{alert(5)}{alert(6, 'Update', references=refers(5))}</x>"))
def test_anything_as_alerts(database: Database, body: bytes) -> None:
    try:
        found = list(cap.alerts_in(read_xml(body, "the feed")))
    except FeedTrouble:
        return
    kept(database, *cap.sorted_alerts(found, NOW))


REPORT = {
    "id": "1",
    "fields": {
        "title": "A crossing",
        "url": "https://example.org",
        "date": {"created": "2014-06-20T00:00:00+00:00", "changed": "2014-06-21T00:00:00+00:00"},
        "source": [{"shortname": "OCHA"}],
    },
}


@many
@given(bent({"data": [REPORT]}))
def test_anything_as_a_page_of_reliefweb(database: Database, value: Any) -> None:
    try:
        page = read_object(dumped(value), "the page")
        items, leads, latest = reliefweb.parse(page, "2014-06-01T00:00:00+00:00", NOW)
    except FeedTrouble:
        return
    assert latest <= NOW.isoformat()
    kept(database, items, leads)


ARTICLE = {
    "url": "https://example.org/1",
    "title": "A crossing",
    "domain": "example.org",
    "seendate": "20140623T110000Z",
}


@many
@given(bent({"articles": [ARTICLE]}).map(dumped) | st.binary(max_size=50))
def test_anything_as_an_answer_of_gdelt(database: Database, body: bytes) -> None:
    try:
        items, leads, latest = gdelt.parse(body, "20140620000000", NOW)
    except FeedTrouble:
        return
    assert "20140620000000" <= latest <= "20140623120000"
    kept(database, items, leads)


@many
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08", b"PK\x03\x04"]))
def test_anything_that_is_packed(body: bytes, start: bytes) -> None:
    try:
        found = unpacked(start + body, LARGEST)
    except BadInput:
        return
    assert len(found) <= LARGEST
