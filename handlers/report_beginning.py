"""A report by hand begins: with nothing, a line, a forwarded message, a lead, or another report.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from handlers import report_answers as answers
from handlers.asked import Asked, Messages, reader_in
from handlers.forwards import Forward
from handlers.messages import reporting as texts
from handlers.messages.looking_back import what_is_wrong
from handlers.messages.message import clean
from handlers.messages.words import Telling
from handlers.report_answers import LONGEST_NAME, LONGEST_QUOTE, Refused
from handlers.report_steps import show
from storage import report_drafts
from storage.model.report_drafts import NEEDED, STEP_BY_STEP, Asks
from storage.model.times import Moment

if TYPE_CHECKING:
    from handlers.messages.message import Reader
    from handlers.report_line import Line
    from storage.engine import Connection
    from storage.model.feeds import KeptLead
    from storage.model.report_drafts import ReportDraft


def begin(conn: Connection, asked: Asked, line: Line | None = None) -> list[Markup]:
    """Begin a report: step by step, or with what a line tells of it, but for its place.

    Returns what has to be said first: what of the line could not be used.
    """
    reader = reader_in(conn, asked)
    before = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    notes = [texts.put_away(reader)] if before else []
    draft = report_drafts.begin(conn, asked.chat_id, asked.user_id, asked.now)
    if line is None:
        draft = replace(draft, asks=STEP_BY_STEP).hears(asked.message_id)
    else:
        draft = _of_line(conn, asked, draft, line, notes)
    report_drafts.keep(conn, draft, asked.now)
    return notes


def begin_forwarded(conn: Connection, asked: Asked, forward: Forward) -> Messages:
    """Begin a report with a forwarded message: who relays it, its link, when it was said, quote.

    More of an album that one has begun with adds its caption, if it has any.
    """
    begun = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    if begun is None or not forward.album or begun.album != forward.album:
        return _begin_with(conn, asked, forward)
    if not clean(forward.text):
        return ()
    draft, notes = _quoting(begun, f"{begun.quote} {forward.text}", reader_in(conn, asked))
    note = Markup("\n").join(notes) if notes else None
    return (show(conn, asked, draft.hears(asked.message_id), note),)


def _quoting(draft: ReportDraft, text: str, reader: Reader) -> tuple[ReportDraft, list[Markup]]:
    """The draft with a text as its quote, and what has to be said about that."""
    quote = clean(text)
    notes = [texts.shortened(LONGEST_QUOTE, reader)] if len(quote) > LONGEST_QUOTE else []
    return replace(draft, quote=quote[:LONGEST_QUOTE]), notes


def begin_lead(conn: Connection, asked: Asked, kept: KeptLead) -> Messages:
    """Begin a report with a lead: who publishes it, its link, when it was said, and its title."""
    lead = kept.lead
    # The feed may only be where it was found, such as a search.
    publisher = _host(lead.url).removeprefix("www.") or kept.feed
    forward = Forward(publisher, lead.url, lead.said, lead.title)
    return _begin_with(conn, asked, forward, lead=kept.id)


def _host(url: str) -> str:
    """The host of an address; empty where it has none, or is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _begin_with(
    conn: Connection, asked: Asked, forward: Forward, lead: int | None = None
) -> Messages:
    telling = Telling(reader_in(conn, asked), {}, asked.now)
    before = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    notes = [texts.put_away(telling.reader)] if before else []
    # A clock that is a little ahead makes nothing that is still to come.
    said = min(forward.said, asked.now)
    notes.append(texts.forwarded(forward.publisher, said, telling))
    publisher = clean(forward.publisher)[:LONGEST_NAME]
    if forward.private:
        notes.append(texts.is_private(telling.reader))
    draft = replace(
        report_drafts.begin(conn, asked.chat_id, asked.user_id, asked.now),
        asks=(*NEEDED, Asks.VIA) if forward.private else NEEDED,
        via="" if forward.private else publisher,
        person=publisher if forward.private else "",
        url=forward.url,
        reported=Moment(said),
        album=forward.album,
        lead=lead,
    ).hears(asked.message_id)
    draft, more = _quoting(draft, forward.text, telling.reader)
    notes += more
    return (show(conn, asked, draft, Markup("\n").join(notes)),)


def begin_undoing(conn: Connection, asked: Asked, what: Asks, report_id: str) -> Messages:
    """Begin to take a report back, or to correct it (`what`): this one, or one to be asked for."""
    reader = reader_in(conn, asked)
    before = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    notes = [texts.put_away(reader)] if before else []
    draft = report_drafts.begin(conn, asked.chat_id, asked.user_id, asked.now)
    draft = replace(draft, asks=(what,)).hears(asked.message_id)
    if report_id:
        try:
            draft = answers.typed(conn, asked, draft, report_id)
        except Refused as refused:
            notes.append(refused.why)
    elif not answers.offers_of(conn, asked, draft):
        notes.append(texts.none_of_yours(reader))
    return (show(conn, asked, draft, Markup("\n").join(notes) if notes else None),)


def _of_line(
    conn: Connection, asked: Asked, draft: ReportDraft, line: Line, notes: list[Markup]
) -> ReportDraft:
    reader = reader_in(conn, asked)
    asks: list[Asks] = [Asks.PLACE]
    if line.twice:
        notes.append(texts.twice(line.twice, reader))
    if line.bad_time is not None:
        notes.append(what_is_wrong(line.bad_time, reader))
    typed: tuple[tuple[Asks, object], ...] = (
        (Asks.CLAIM, line.claim),
        (Asks.SOURCE, line.source),
        (Asks.WHEN, line.occurred),
        (Asks.VIA, line.via),
        (Asks.LINK, line.url),
        (Asks.CREDIBILITY, line.credibility),
    )
    for part, given in typed:
        draft = replace(draft, asks=(part,))
        try:
            if part is Asks.WHEN and line.occurred is not None:
                draft = answers.happened(conn, asked, draft, line.occurred)
            elif given:
                unclear = part is Asks.CLAIM and answers.unclear_party(conn, asked, str(given))
                notes += [unclear] if unclear else []
                draft = answers.typed(conn, asked, draft, str(given))
        except Refused as refused:
            notes.append(refused.why)
        asks += draft.asks if part in NEEDED else ()
    return replace(draft, asks=tuple(asks))
