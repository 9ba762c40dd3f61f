"""A news text is read, and the claims drafted from it become reports one by one.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers import report_answers as answers
from handlers import report_beginning, report_steps
from handlers.asked import Asked, Messages, reader_in
from handlers.messages import articles as texts
from handlers.messages import holding
from handlers.messages import reporting as report_texts
from handlers.messages.message import clean, one_message
from handlers.messages.words import Telling
from handlers.report_answers import LONGEST_NAME, LONGEST_QUOTE, Refused
from handlers.report_line import LINK
from storage import articles, desk, events, holds, places, report_drafts
from storage.finding import find_place
from storage.lexicons import english
from storage.model.articles import Article, DraftedClaim, Given, drafted
from storage.model.drafting import drafts, foreign_part
from storage.model.report_drafts import Asks, report_id
from storage.model.reports import Claim
from storage.model.source_names import OneSource, find_source, is_name
from storage.model.sources import Source
from storage.model.times import Moment
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.forwards import Forward
    from handlers.messages.message import Message, Reader
    from storage.engine import Connection
    from storage.model.report_drafts import ReportDraft

# From so many characters on, a forwarded message may be an article and not one claim.
LIKE_AN_ARTICLE = 200


@dataclass(frozen=True)
class Begun:
    """What is said first, and the name of the place that has to be asked back; empty where the
    messages are all.
    """

    messages: Messages
    place: str = ""


# ---------------------------------------------------------------------------------- being given


def ask_for_text(conn: Connection, asked: Asked) -> Messages:
    """Ask for the text; the question stays open as one of a report does."""
    before = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    if before is not None and asked.message_id in before.heard:
        return (report_steps.show(conn, asked, before),)  # the command was delivered twice
    note = report_texts.put_away(reader_in(conn, asked)) if before else None
    draft = report_drafts.begin(conn, asked.chat_id, asked.user_id, asked.now)
    draft = replace(draft, asks=(Asks.ARTICLE,)).hears(asked.message_id)
    return (report_steps.show(conn, asked, draft, note),)


def given_by(conn: Connection, asked: Asked, text: str, sent: datetime) -> Given:
    """A text that somebody sent at a time (UTC) and that is nobody else's word; its link is the
    one that is in it.
    """
    reader = reader_in(conn, asked)
    return Given(text, sent, sent.astimezone(reader.zone).date(), url=link_in(text, reader))


def link_in(text: str, reader: Reader) -> str:
    """The address of a text: the only link in it, or the one that its first or last line is; empty
    where it has none, or it is not clear which one is.
    """
    lines = text.strip().splitlines()
    alone = {line.strip() for line in (lines[:1] + lines[-1:]) if LINK.fullmatch(line.strip())}
    links = alone or {found.rstrip(',;.)>]"”’') for found in LINK.findall(text)}
    if len(links) != 1:
        return ""
    try:
        return answers.web_link(links.pop(), reader)
    except Refused:
        return ""


def given_as(conn: Connection, asked: Asked, forward: Forward) -> Given:
    """A forwarded text."""
    # A clock that is a little ahead makes nothing that is still to come.
    given = given_by(conn, asked, forward.text, min(forward.said, asked.now))
    # The name of a private person is not kept unless an editor types it.
    publisher = "" if forward.private else clean(forward.publisher)[:LONGEST_NAME]
    return replace(given, forwarded=True, publisher=publisher, url=forward.url or given.url)


def begin_forwarded(conn: Connection, asked: Asked, forward: Forward) -> Messages:
    """Begin a report with a forwarded message; of a long one the claims can be drafted instead."""
    messages = report_beginning.begin_forwarded(conn, asked, forward)
    if not messages or len(clean(forward.text)) < LIKE_AN_ARTICLE:
        return messages
    given = given_as(conn, asked, forward)
    article = articles.add(conn, asked.chat_id, asked.user_id, given, None, asked.now)
    return (texts.offered(messages[0], article, reader_in(conn, asked)),)


def read(conn: Connection, asked: Asked, given: Given) -> tuple[DraftedClaim, ...]:
    """The claims in a text, in its order."""
    index = asked.services.place_index.current(conn)
    found = drafts(
        _without_links(given),
        given.day,
        lambda name: find_place(name, index),
        all_parties(conn),
        english(),
    )
    return tuple(map(drafted, found))


def _without_links(given: Given) -> str:
    """The text without its links, which would be taken for a part of what somebody said."""
    return LINK.sub(" ", given.text)


def keep(
    conn: Connection, asked: Asked, given: Given, claims: tuple[DraftedClaim, ...]
) -> Messages:
    """Keep a text with what was read in it, and list that; it is not waited for any more."""
    awaiting = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    if awaiting is not None and awaiting.open is Asks.ARTICLE:
        report_drafts.drop(conn, awaiting)
    article = articles.add(conn, asked.chat_id, asked.user_id, given, claims, asked.now)
    return _list(conn, asked, article)


def find(conn: Connection, asked: Asked, article_id: int) -> Article | None:
    """The text with this number that this person gave here."""
    return articles.find(conn, article_id, asked.chat_id, asked.user_id, asked.now)


def keep_read(
    conn: Connection, asked: Asked, article_id: int, claims: tuple[DraftedClaim, ...]
) -> Messages:
    """Keep what was read in a forwarded text, unless that was kept before; list it."""
    article = find(conn, asked, article_id)
    if article is None:
        return (texts.gone(reader_in(conn, asked)),)
    if article.claims is None:
        article = replace(article, claims=claims)
        articles.keep(conn, article)
        _put_away_forwarded(conn, asked, article)
    return _list(conn, asked, article)


def _put_away_forwarded(conn: Connection, asked: Asked, article: Article) -> None:
    """The report that began with the forwarded text, where nothing has been answered for it."""
    begun = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    quote = clean(article.given.text)[:LONGEST_QUOTE]
    if begun is not None and begun.quote == quote and begun.open is Asks.PLACE:
        report_drafts.drop(conn, begun)


def _list(conn: Connection, asked: Asked, article: Article) -> Messages:
    found = places.get_places(conn, {c.place for c in article.claims or () if c.place})
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    text = _without_links(article.given)
    part = None if article.claims else foreign_part(text, english())
    return texts.claim_list(article, found, telling, foreign=part and text[slice(*part)])


# ------------------------------------------------------------------------------ becoming reports


def begin(conn: Connection, asked: Asked, article_id: int, number: int) -> Begun:
    """Begin a report with the claim of a text that has this number, from 0; where one was begun
    with it already, say what became of that or go on with it.
    """
    reader = reader_in(conn, asked)
    article = find(conn, asked, article_id)
    claims = (article and article.claims) or ()
    if article is None or number >= len(claims):
        return Begun((texts.gone(reader),))
    begun = article.begun.get(number, ())
    if became := _became(conn, asked, begun, number):
        return Begun((became,))
    before = report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
    if before is not None and before.id in begun:
        return Begun((report_steps.show(conn, asked, before),))
    claim = claims[number]
    notes = [report_texts.put_away(reader)] if before else []
    notes.append(texts.begins(number + 1, claim, reader))
    draft = report_drafts.begin(conn, asked.chat_id, asked.user_id, asked.now)
    articles.keep(conn, replace(article, begun={**article.begun, number: (*begun, draft.id)}))
    draft = _filled(conn, asked, draft, article, claim, notes)
    note = Markup("\n").join(notes)
    if draft.open is Asks.PLACE:
        draft = report_drafts.keep(conn, draft, asked.now)
        return Begun((one_message(notes),), claim.place_called)
    return Begun((report_steps.show(conn, asked, draft, note),))


def _became(conn: Connection, asked: Asked, begun: tuple[int, ...], number: int) -> Message | None:
    """What is said where a claim waits or is on record; a report taken back may be given anew."""
    for draft_id in begun:
        if (held := holds.find(conn, draft_id)) is not None:
            telling = Telling(reader_in(conn, asked), {}, asked.now)
            return holding.still_waits(held.until, telling)
    if _on_record(conn, begun):
        return texts.already(number + 1, reader_in(conn, asked))
    return None


def _on_record(conn: Connection, begun: tuple[int, ...]) -> str | None:
    """The report that counts of those begun with a claim."""
    ids = [report_id(draft_id) for draft_id in begun]
    left = events.known_ids(conn, ids) - desk.taken_back(conn, ids)
    return min(left, default=None)


def _filled(
    conn: Connection,
    asked: Asked,
    draft: ReportDraft,
    article: Article,
    claim: DraftedClaim,
    notes: list[Markup],
) -> ReportDraft:
    """The draft with what a claim tells, asking for the rest."""
    reader = reader_in(conn, asked)
    reported = article.reported(claim)
    if reported is not None and Moment(asked.now).surely_before(reported):
        reported = None
        notes.append(texts.says_ahead(reader))
    if len(claim.quote) > LONGEST_QUOTE:
        notes.append(report_texts.shortened(LONGEST_QUOTE, reader))
    draft = replace(
        draft,
        place=claim.place if places.get_places(conn, {claim.place or ""}) else None,
        via=clean(claim.publisher or article.given.publisher)[:LONGEST_NAME],
        url=article.given.url,
        reported=reported,
        quote=clean(claim.quote)[:LONGEST_QUOTE],
    )
    if claim.claim is Claim.RETRACTS:
        return replace(draft, asks=(Asks.TAKEN_BACK,))
    denied = None
    if claim.denies is not None:
        denied = _on_record(conn, article.begun.get(claim.denies, ()))
    draft = replace(draft, claim=claim.claim, party=claim.party, denied=denied)
    asks: list[Asks] = []
    if draft.place is None:
        asks.append(Asks.PLACE)
    if claim.claim is Claim.DENIES and denied is None:
        asks.append(Asks.DENIED)
    if claim.lacks_party:
        asks.append(Asks.PARTY)
    draft = replace(draft, asks=(Asks.SOURCE,))
    if claim.speaker:
        draft = _said_by(conn, draft, claim)
    asks += draft.asks
    draft = replace(draft, asks=(Asks.WHEN,))
    if claim.occurred is not None:
        try:
            draft = answers.happened(conn, asked, draft, claim.occurred)
        except Refused as refused:
            notes.append(refused.why)
    return replace(draft, asks=(*asks, *draft.asks))


def _said_by(conn: Connection, draft: ReportDraft, claim: DraftedClaim) -> ReportDraft:
    """The draft with the source that is called as the text calls it; else it goes on asking which
    one is, and knows what the text tells of a new one.

    The "officials" of a text are not the only source on record whose name has that word: of what an
    editor types a part may be enough, of what a text says it is not.
    """
    speaker = clean(claim.speaker)[:LONGEST_NAME]
    found = find_source(speaker, all_sources(conn).values())
    if isinstance(found, OneSource) and is_name(speaker, found.source):
        return answers.with_source(draft, found.source.id)
    new = Source(
        "", speaker, claim.speaker_kind, claim.speaker_side, position=claim.speaker_position
    )
    return replace(draft, named=speaker, new_source=new)
