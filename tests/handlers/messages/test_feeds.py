"""What owners read about what comes in by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.messages.feeds import feed_list, lead_list, reject_list
from handlers.messages.message import plain
from handlers.messages.words import Telling
from storage.model.feeds import FeedPlan, FeedState, Item, KeptLead, Lead, Waiting
from tests.handlers.messages.scenes import READER, lines

NOW = datetime(2014, 6, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = FeedPlan("desk", HOUR)
STATE = FeedState("desk", {}, NOW - HOUR / 2, NOW - HOUR / 2, NOW - 5 * HOUR, 7)
ROW = Waiting(12, "desk", Item("x1", {}), "place", "no place is called <b>", NOW, NOW)
LEAD = KeptLead(1, "wire", Lead("x1", "A <headline>", "", "https://example.org/1", NOW))


def telling() -> Telling:
    return Telling(READER, {}, NOW)


def test_owners_read_how_each_feed_is_doing_and_first_what_is_not_well() -> None:
    silent = replace(STATE, name="quiet", rejects=2)
    failing = FeedState("wire", {}, NOW, None, None, 0, 0, 2, "answered 404 <Not Found>")
    found = [
        (PLAN, STATE),
        (FeedPlan("quiet", HOUR, 2 * HOUR), silent),
        (FeedPlan("wire", HOUR), failing),
        (FeedPlan("new", HOUR), FeedState("new")),
    ]
    assert lines(feed_list(found, telling()).text) == [
        "4 feeds",
        "🔇 quiet is silent since Mon 23 Jun 10:00 (Baghdad time)",
        "Read Mon 23 Jun 14:30; 7 items so far",
        "Last news Mon 23 Jun 10:00",
        "2 rows wait: /rejects",
        "Next Mon 23 Jun 15:30",
        "⚠️ wire could not be read, 2 times in a row: answered 404 <Not Found>",
        "Not read yet",
        "Next Mon 23 Jun 16:00",
        "✅ desk",
        "Read Mon 23 Jun 14:30; 7 items so far",
        "Last news Mon 23 Jun 10:00",
        "Next Mon 23 Jun 15:30",
        "✅ new",
        "Not read yet",
        "Next Mon 23 Jun 15:00",
    ]


def test_without_feeds_owners_read_what_brings_some() -> None:
    assert lines(feed_list([], telling()).text) == [
        "No feeds are read.",
        "WHOHOLDS_FEEDS names the file that says which.",
    ]


def test_a_single_failure_is_told_without_a_number() -> None:
    failing = replace(STATE, failures=1, error="broke off", rejects=1, brought=1)
    assert lines(feed_list([(PLAN, failing)], telling()).text)[:3] == [
        "1 feed",
        "⚠️ desk could not be read: broke off",
        "Read Mon 23 Jun 14:30 (Baghdad time); 1 item so far",
    ]


def test_more_feeds_than_fit_are_counted() -> None:
    many = [(replace(PLAN, name=f"f{n}"), FeedState(f"f{n}")) for n in range(14)]
    assert (
        lines(feed_list(many, telling()).text)[-1]
        == "… and 2 more: whoholds feeds lists all of them"
    )


def test_owners_read_which_rows_wait_and_why() -> None:
    imported = replace(ROW, id=13, origin="import", field="", reason="has 7 fields")
    assert lines(reject_list([ROW, imported], 11, telling()).text) == [
        "11 rows cannot be used as they are",
        "12. desk, x1: place: no place is called <b>",
        "13. an import, x1: has 7 fields",
        "… and 1 more: whoholds rejects lists all of them",
        "A row that waits for a place, a party or a source goes through by itself once that is on "
        "record: /place adds places and names. /rejects and a number shows one, to dismiss it if "
        "it can never be used.",
    ]
    assert lines(reject_list([], 0, telling()).text) == ["No row waits."]


def test_owners_read_what_feeds_point_to() -> None:
    gone = replace(LEAD, withdrawn_at=NOW)
    assert lines(lead_list([LEAD, gone], 13, telling()).text) == [
        "13 leads",
        "1. Mon 23 Jun – wire: A <headline>",
        "1. Mon 23 Jun – wire: A <headline> (withdrawn)",
        "… and 1 more: whoholds leads lists all of them",
        "/lead and a number begins a report with one.",
    ]
    assert 'href="https://example.org/1"' in lead_list([LEAD], 1, telling()).text
    assert lines(lead_list([], 0, telling()).text) == ["No leads."]


@given(st.text(), st.integers(0, 40))
def test_whatever_feeds_bring_fits_a_message(text: str, number: int) -> None:
    plans = [(replace(PLAN, name=text), replace(STATE, failures=1, error=text * 50))] * number
    rows = [replace(ROW, origin=text, item=Item(text * 9, {}), reason=text * 50)] * number
    leads = [replace(LEAD, feed=text, lead=replace(LEAD.lead, title=text * 50, url=text))] * number
    for message in (
        feed_list(plans, telling()),
        reject_list(rows, number, telling()),
        lead_list(leads, number, telling()),
    ):
        assert plain(message)
