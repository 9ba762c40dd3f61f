"""What may be answered to each question about a report: by a button, or by what is typed.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from handlers.asked import Asked, reader_in
from handlers.claims import find_party, read_claim
from handlers.messages import offers as labels
from handlers.messages import reporting as texts
from handlers.messages.looking_back import BadTime, what_is_wrong
from handlers.messages.message import MAX_URL, clean
from handlers.messages.words import Telling
from handlers.report_line import without_time
from handlers.when import read_moment
from storage import audit, desk, events, places
from storage.model.control import Evidence
from storage.model.report_drafts import ABOUT_SOURCE, Asks
from storage.model.reports import CREDIBILITY, Claim
from storage.model.source_names import NoSource, OneSource, SeveralSources, find_source
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, Precision
from storage.sources import all_parties, all_sources, get_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.engine import Connection
    from storage.model.report_drafts import ReportDraft
    from storage.model.reports import Report

LONGEST_NAME = 200
LONGEST_KIND = 20
LONGEST_QUOTE = 4000
OFFERED = 6
MOST_PARTIES = 12
NONE, NEW = "", "+"  # offers that are no id
TODAY, YESTERDAY, SAID = "today", "yesterday", "said"
CLAIMS = (Claim.HOLDS, Claim.TOOK, Claim.LEFT, Claim.FIGHTING, Claim.DENIES)
KINDS = ("officer", "official", "spokesman", "witness", "resident", "media", "agency", "analyst")


class Refused(Exception):
    """What was typed is no answer; `why` says so."""

    def __init__(self, why: Markup) -> None:
        super().__init__(why)
        self.why = why


Offers = list[tuple[str, str]]  # what a button stands for, and its label


def offers_of(conn: Connection, asked: Asked, draft: ReportDraft) -> Offers:
    """The buttons under the open question of a draft."""
    reader = reader_in(conn, asked)
    match draft.open:
        case Asks.CLAIM:
            return [(c.value, labels.claim_label(c, reader)) for c in CLAIMS]
        case Asks.PARTY | Asks.SIDE:
            return _parties(conn, draft, reader)
        case Asks.DENIED:
            return _reports(conn, asked, draft)
        case Asks.SOURCE:
            return _sources(conn, draft, reader)
        case Asks.KIND:
            return [(k, labels.kind_label(k, reader)) for k in KINDS]
        case Asks.POSITION:
            return [(p.value, labels.position_label(p, reader)) for p in Position]
        case Asks.GRADE:
            return [(g.value, labels.grade_label(g, reader)) for g in Grade]
        case Asks.WHEN:
            said = [(SAID, labels.said_label(reader))] if draft.reported else []
            return [
                *said,
                (TODAY, labels.today_label(reader)),
                (YESTERDAY, labels.yesterday_label(reader)),
                (NONE, labels.not_said_label(reader)),
            ]
        case Asks.VIA:
            return _ways(draft, reader)
        case Asks.CREDIBILITY:
            grades = [(str(n), labels.credibility_label(n, reader)) for n in CREDIBILITY]
            return [*grades, (NONE, labels.not_graded_label(reader))]
        case Asks.LINK | Asks.QUOTE:
            return [(NONE, labels.none_label(reader))]
        case Asks.TAKEN_BACK if draft.place:
            return _reports(conn, asked, draft)
        case Asks.TAKEN_BACK | Asks.CORRECTED:
            return _own_reports(conn, asked)
    return []


def _ways(draft: ReportDraft, reader: Reader) -> Offers:
    if not draft.person:
        return [(NONE, labels.told_us_label(reader))]
    return [
        (NONE, labels.nameless_label(reader)),
        (draft.person, labels.person_label(draft.person, reader)),
    ]


def _parties(conn: Connection, draft: ReportDraft, reader: Reader) -> Offers:
    # Others are typed: a keyboard of all of them would be none to choose from.
    known = list(all_parties(conn).values())[:MOST_PARTIES]
    named = [(p.id, labels.named_label(p.name, reader)) for p in known]
    may_be_none = draft.open is Asks.SIDE or draft.claim in (Claim.FIGHTING, Claim.DENIES)
    return [*named, (NONE, labels.no_party_label(reader))] if may_be_none else named


def _reports(conn: Connection, asked: Asked, draft: ReportDraft) -> Offers:
    found = desk.latest_at(conn, draft.place or "", OFFERED)
    known = evidence(conn, found)
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    return [(e.report.id, labels.report_label(e, known, telling)) for e in known]


def _own_reports(conn: Connection, asked: Asked) -> Offers:
    """The reports that this person put on record last, but for those taken back."""
    ids = audit.recorded_by(conn, asked.user_id, OFFERED)
    found = events.get_reports(conn, set(ids) - desk.taken_back(conn, ids))
    known = evidence(conn, [found[i] for i in ids if i in found])
    where = places.get_places(conn, {r.place for r in found.values()})
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    return [
        (e.report.id, labels.own_report_label(where[e.report.place], e, known, telling))
        for e in known
    ]


def _sources(conn: Connection, draft: ReportDraft, reader: Reader) -> Offers:
    known = all_sources(conn)
    if not draft.named:
        lately = [r.source for r in desk.latest_at(conn, draft.place or "", 4 * OFFERED)]
        ids = list(dict.fromkeys(lately))[:OFFERED]
        return [(i, labels.named_label(known[i].name, reader)) for i in ids]
    found = find_source(draft.named, known.values())
    # One may have come on record since the name was typed.
    near = [found.source] if isinstance(found, OneSource) else _near(found)
    old = [(s.id, labels.named_label(s.name, reader)) for s in near]
    return [*old, (NEW, labels.new_source_label(draft.named, reader))]


def _near(found: SeveralSources | NoSource) -> Sequence[Source]:
    match found:
        case SeveralSources(candidates):
            return candidates[:OFFERED]
        case NoSource(near):
            return near


def evidence(conn: Connection, some: Sequence[Report]) -> list[Evidence]:
    """Reports with their sources, as they are told; what they weigh is not asked here."""
    sources = get_sources(conn, {r.source for r in some})
    return [
        Evidence(r, sources[r.source], None, None, fighting=False, weight=0.0, reasons=())
        for r in some
    ]


# ---------------------------------------------------------------------------------- by a button


def pressed(conn: Connection, asked: Asked, draft: ReportDraft, value: str) -> ReportDraft:
    """The draft after one of the offers under its open question was chosen."""
    match draft.open:
        case Asks.CLAIM:
            return draft.claims(Claim(value), told=False)
        case Asks.PARTY:
            return draft.answered(party=value or None)
        case Asks.DENIED:
            return draft.answered(denied=value)
        case Asks.SOURCE:
            return _new_source(draft) if value == NEW else with_source(draft, value)
        case Asks.WHEN:
            return happened(conn, asked, draft, _day(conn, asked, draft, value))
        case Asks.VIA:
            return draft.answered(via=value)
        case Asks.LINK:
            return draft.answered(url="")
        case Asks.QUOTE:
            return draft.answered(quote="")
        case Asks.CREDIBILITY:
            return draft.answered(credibility=int(value) if value else None)
        case Asks.TAKEN_BACK | Asks.CORRECTED:
            return _undoing(conn, asked, draft, value)
    return _about_source(draft, value)


def _undoing(conn: Connection, asked: Asked, draft: ReportDraft, report_id: str) -> ReportDraft:
    """The draft with the report that it takes back or corrects; raises Refused."""
    reader = reader_in(conn, asked)
    target = events.get_reports(conn, [report_id]).get(report_id)
    if target is None:
        raise Refused(texts.no_such_report(report_id, reader))
    if desk.taken_back(conn, [report_id]):
        raise Refused(texts.taken_back_already(report_id, reader))
    if draft.open is Asks.TAKEN_BACK:
        return draft.retracting(target)
    if target.claim is Claim.RETRACTS:
        raise Refused(texts.not_to_be_corrected(reader))
    return draft.correcting(target)


def with_source(draft: ReportDraft, source_id: str) -> ReportDraft:
    """The draft with a source that is on record."""
    return draft.answered(source=source_id, new_source=None, named="")


def _new_source(draft: ReportDraft) -> ReportDraft:
    told = draft.new_source
    if told is None or told.name != draft.named:
        new = Source("", draft.named, "")
        return draft.answered(*ABOUT_SOURCE, source=None, new_source=new)
    # A text tells some of it; the preview shows that, and it can be changed.
    known = {
        Asks.KIND: told.kind,
        Asks.SIDE: told.party,
        Asks.POSITION: told.position is not Position.UNKNOWN,
    }
    asks = [part for part in ABOUT_SOURCE if not known.get(part)]
    return draft.answered(*asks, source=None, new_source=told)


def _about_source(draft: ReportDraft, value: str) -> ReportDraft:
    new = draft.new_source
    if new is None:
        raise RuntimeError(f"a draft asks for the {draft.open} of a source that is not new")
    match draft.open:
        case Asks.KIND:
            new = replace(new, kind=value)
        case Asks.SIDE:
            new = replace(new, party=value or None)
        case Asks.POSITION:
            new = replace(new, position=Position(value))
        case Asks.GRADE:
            new = replace(new, reliability=Grade(value))
    return draft.answered(new_source=new)


def _day(conn: Connection, asked: Asked, draft: ReportDraft, value: str) -> Moment | None:
    if value == NONE:
        return None
    said = draft.reported if draft.reported and value == SAID else Moment(asked.now)
    if said.precision is Precision.DAY:
        return said
    day = said.at.astimezone(reader_in(conn, asked).zone).date()
    if value == YESTERDAY:
        day -= timedelta(days=1)
    return Moment(datetime.combine(day, time(), UTC), Precision.DAY)


# -------------------------------------------------------------------------------- by what is typed


def typed(conn: Connection, asked: Asked, draft: ReportDraft, text: str) -> ReportDraft:
    """The draft after an answer was typed to its open question; raises Refused.

    The place is no question for here: names of places are asked back as everywhere.
    """
    reader = reader_in(conn, asked)
    match draft.open:
        case Asks.CLAIM:
            return _claimed_then(conn, asked, draft, _line(text, LONGEST_NAME, reader))
        case Asks.PARTY:
            return draft.answered(party=_party(conn, text, reader))
        case Asks.SOURCE:
            return source_called(conn, draft, _line(text, LONGEST_NAME, reader))
        case Asks.KIND:
            return _about_source(draft, _line(text, LONGEST_KIND, reader).casefold())
        case Asks.SIDE:
            return _about_source(draft, _party(conn, text, reader))
        case Asks.WHEN:
            return happened(conn, asked, draft, _moment(text, reader, asked.now))
        case Asks.VIA:
            return draft.answered(via=_line(text, LONGEST_NAME, reader))
        case Asks.LINK:
            return draft.answered(url=web_link(text, reader))
        case Asks.QUOTE:
            return draft.answered(quote=_line(text, LONGEST_QUOTE, reader))
        case Asks.CREDIBILITY:
            return draft.answered(credibility=_credibility(text, reader))
        case Asks.TAKEN_BACK | Asks.CORRECTED:
            return _undoing(conn, asked, draft, text.strip())
    raise Refused(texts.no_offer(reader))


def claimed(conn: Connection, draft: ReportDraft, text: str, reader: Reader) -> ReportDraft:
    """The draft with the claim in a text; raises Refused where that is none."""
    read = read_claim(text, all_parties(conn))
    if read is None:
        raise Refused(texts.no_claim(text, reader))
    return draft.claims(read.claim, read.party, told=not read.names_party)


def unclear_party(conn: Connection, asked: Asked, text: str) -> Markup | None:
    """What is said of a claim that names a party which is not known, or could be several."""
    reader = reader_in(conn, asked)
    told = without_time(text, reader.zone, asked.now)
    read = read_claim(told[0] if told else text, all_parties(conn))
    unclear = read is not None and read.names_party and read.party is None
    return texts.no_party(read.named, reader) if read and unclear else None


def _claimed_then(conn: Connection, asked: Asked, draft: ReportDraft, text: str) -> ReportDraft:
    """The draft with the claim in a text, and when that was where the text ends with it."""
    reader = reader_in(conn, asked)
    told = without_time(text, reader.zone, asked.now)
    if told is None:
        return claimed(conn, draft, text, reader)
    said, when = told
    draft = claimed(conn, draft, said, reader)
    if isinstance(when, BadTime):
        raise Refused(what_is_wrong(when, reader))
    dated = happened(conn, asked, replace(draft, asks=(Asks.WHEN,)), when)
    return replace(dated, asks=tuple(a for a in draft.asks if a is not Asks.WHEN))


def source_called(conn: Connection, draft: ReportDraft, name: str) -> ReportDraft:
    """The draft with the source of this name; where that is not one, it goes on asking."""
    found = find_source(name, all_sources(conn).values())
    if isinstance(found, OneSource):
        return with_source(draft, found.source.id)
    return replace(draft, named=name, offers=())


def happened(
    conn: Connection, asked: Asked, draft: ReportDraft, occurred: Moment | None
) -> ReportDraft:
    """The draft with the time of what it tells; raises Refused where that is after it was said."""
    said = draft.reported or Moment(asked.now)
    if occurred is not None and said.surely_before(occurred):
        reader = reader_in(conn, asked)
        by_day = occurred.precision is Precision.DAY
        if not by_day or said.at.astimezone(reader.zone).date() != occurred.at.date():
            raise Refused(texts.too_late(reader))
        # Where the editor is that day had begun, in UTC it had not: it was by then.
        occurred = said
    return draft.answered(occurred=occurred)


def web_link(text: str, reader: Reader) -> str:
    """The address in a text; raises Refused where it is none of the web."""
    url = text.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    good = parts.scheme in ("http", "https") and parts.hostname and clean(url) == url
    if not good or " " in url:
        raise Refused(texts.no_link(text, reader))
    if len(url) > MAX_URL:
        raise Refused(texts.too_long(len(url), MAX_URL, reader))
    return url


def _moment(text: str, reader: Reader, now: datetime) -> Moment:
    try:
        return read_moment(text, reader.zone, now)
    except BadTime as error:
        raise Refused(what_is_wrong(error, reader)) from None


def _credibility(text: str, reader: Reader) -> int:
    typed = text.strip()
    if typed not in map(str, CREDIBILITY):
        raise Refused(texts.no_credibility(text, reader))
    return int(typed)


def _party(conn: Connection, text: str, reader: Reader) -> str:
    found = find_party(text, all_parties(conn))
    if found is None:
        raise Refused(texts.no_party(text, reader))
    return found


def _line(text: str, longest: int, reader: Reader) -> str:
    line = clean(text)
    if not any(c.isalnum() for c in line):
        raise Refused(texts.nothing_in_it(reader))
    if len(line) > longest:
        raise Refused(texts.too_long(len(line), longest, reader))
    return line
