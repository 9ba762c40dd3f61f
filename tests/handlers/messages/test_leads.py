"""What an editor reads of one lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.messages.leads import no_such_lead, one_lead
from handlers.messages.message import plain
from handlers.messages.words import Telling
from storage.model.feeds import KeptLead, Lead
from tests.handlers.messages.scenes import READER, lines

NOW = datetime(2014, 6, 23, 12, 0, tzinfo=UTC)
LEAD = KeptLead(12, "wire", Lead("x", "A <headline>", "", "https://example.org/1", NOW))


def telling() -> Telling:
    return Telling(READER, {}, NOW)


def test_a_lead_is_told_with_what_can_be_done_with_it() -> None:
    shown = one_lead(LEAD, telling(), taken=False)
    assert lines(shown.text) == [
        "Lead 12: A <headline>",
        "wire, Mon 23 Jun 15:00 (Baghdad time)",
    ]
    assert 'href="https://example.org/1"' in shown.text
    assert [[b.label for b in row] for row in shown.buttons] == [["Begin a report", "Dismiss"]]


def test_what_was_withdrawn_or_dismissed_says_so() -> None:
    ago = NOW - timedelta(hours=1)
    lead = replace(LEAD.lead, summary="Some <b>fell")
    shown = one_lead(KeptLead(12, "wire", lead, ago, ago), telling(), taken=False)
    assert lines(shown.text)[2:] == [
        "“Some <b>fell”",
        "⚠️ It was withdrawn where it came from on Mon 23 Jun 14:00.",
        "It was dismissed or put on record on Mon 23 Jun 14:00.",
    ]
    assert [b.label for row in shown.buttons for b in row] == ["Begin a report"]


@given(st.text())
def test_whatever_a_lead_says_fits_a_message(text: str) -> None:
    lead = replace(LEAD.lead, title=text * 50, summary=text * 90, url=text)
    assert plain(one_lead(replace(LEAD, feed=text * 9, lead=lead), telling(), taken=True))
    assert plain(no_such_lead(text * 90, READER))
