"""A report by hand, step by step: what is asked next, the preview, and the recording.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers import report_answers as answers
from handlers.asked import Asked, Messages, reader_in
from handlers.messages import holding, previews
from handlers.messages import reporting as texts
from handlers.messages.message import one_message
from handlers.messages.words import Telling
from handlers.report_answers import Refused
from storage import desk, events, holds, places, report_drafts, roles
from storage.model.effects import Effect, is_as_shown
from storage.model.holds import Held
from storage.model.report_drafts import CHANGEABLE, Asks, report_id
from storage.model.reports import Claim
from storage.model.times import Moment
from storage.sources import all_parties, get_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from handlers.context import Services
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.control import Evidence
    from storage.model.holds import Hold
    from storage.model.places import Place
    from storage.model.report_drafts import ReportDraft
    from storage.model.reports import Report
    from storage.model.roles import Actor


@dataclass(frozen=True)
class Done:
    """What is said to a pressed button, and whether a report was recorded; or the report that is
    held back, and which other editors (by user id) are asked what.
    """

    messages: Messages
    recorded: bool = False
    held: Held | None = None
    asks: Message | None = None
    to_ask: frozenset[int] = frozenset()


# ------------------------------------------------------------------------------------- answering


def place_meant(conn: Connection, asked: Asked, place: Place) -> Messages:
    """The place that is meant was found or chosen: the next question, or the preview."""
    draft = _mine(conn, asked)
    if draft is None:
        return (texts.not_yours(reader_in(conn, asked)),)
    if draft.open is not Asks.PLACE:
        return (show(conn, asked, draft, texts.older_button(reader_in(conn, asked))),)
    if place.is_area:
        return (show(conn, asked, draft, texts.is_area(place, reader_in(conn, asked))),)
    draft = draft.hears(asked.message_id)
    # What was denied was about another place.
    again = (Asks.DENIED,) if draft.claim is Claim.DENIES else ()
    return (show(conn, asked, draft.answered(*again, place=place.id, denied=None)),)


def typed(conn: Connection, asked: Asked, text: str) -> Messages:
    """An answer to the open question was typed."""
    draft = _mine(conn, asked)
    if draft is None or draft.open is None:
        return (texts.gone(reader_in(conn, asked)),)
    draft = draft.hears(asked.message_id)
    note = answers.unclear_party(conn, asked, text) if draft.open is Asks.CLAIM else None
    try:
        draft = answers.typed(conn, asked, draft, text)
    except Refused as refused:
        return (show(conn, asked, draft, refused.why),)
    return (show(conn, asked, draft, note),)


def heard(conn: Connection, asked: Asked) -> bool:
    """Whether what this person is writing has taken up this message of theirs: Telegram delivers
    it again where the bot died before it could confirm it.
    """
    draft = _mine(conn, asked)
    return draft is not None and asked.message_id in draft.heard


def awaits(conn: Connection, asked: Asked) -> Asks | None:
    """What this person is being asked in this chat for a report; None for nothing."""
    draft = _mine(conn, asked)
    return draft.open if draft else None


def pressed(
    conn: Connection, asked: Asked, who: Actor, draft_id: int, version: int, what: str
) -> Done:
    """A button of a draft was pressed."""
    reader = reader_in(conn, asked)
    draft = _mine(conn, asked)
    if draft is None or draft.id != draft_id:
        return Done((_what_became(conn, asked, draft_id),))
    if what == texts.CANCEL:
        return Done((cancel(conn, asked),))
    if draft.version != version:
        return Done((show(conn, asked, draft, texts.older_button(reader)),))
    if what == texts.RECORD and draft.open is None:
        return record(conn, asked, who, draft)
    if what == texts.CHANGE and draft.open is None and draft.claim is not Claim.RETRACTS:
        return Done((texts.which_part(draft, CHANGEABLE, reader),))
    if what.startswith(texts.PART) and draft.open is None and draft.claim is not Claim.RETRACTS:
        part = Asks(what.removeprefix(texts.PART))
        draft = replace(draft, asks=(part,))
        if part is Asks.SOURCE:
            # Nothing of the old one is taken for the next.
            draft = replace(draft, named="", new_source=None)
        return Done((show(conn, asked, draft),))
    if not (what.isdecimal() and int(what) < len(draft.offers)):
        return Done((show(conn, asked, draft, texts.older_button(reader)),))
    try:
        draft = answers.pressed(conn, asked, draft, draft.offers[int(what)])
    except Refused as refused:
        return Done((show(conn, asked, draft, refused.why),))
    return Done((show(conn, asked, draft),))


def _what_became(conn: Connection, asked: Asked, draft_id: int) -> Message:
    """What is said to the button of a draft that is not there any more."""
    reader = reader_in(conn, asked)
    held = holds.find(conn, draft_id)
    if held is not None:
        return holding.still_waits(held.until, Telling(reader, {}, asked.now))
    recorded = events.known_ids(conn, [report_id(draft_id)])
    return texts.already(reader) if recorded else texts.gone(reader)


def cancel(conn: Connection, asked: Asked) -> Message:
    """What this person is writing in this chat is not wanted any more."""
    draft = _mine(conn, asked)
    if draft is None:
        return texts.nothing_to_cancel(reader_in(conn, asked))
    report_drafts.drop(conn, draft)
    return texts.cancelled(reader_in(conn, asked))


# --------------------------------------------------------------------------- asking and previewing


def show_open(conn: Connection, asked: Asked, note: Markup | None = None) -> Messages:
    """The open question of what this person is writing, or its preview."""
    draft = _mine(conn, asked)
    if draft is None:
        return (texts.gone(reader_in(conn, asked)),)
    return (show(conn, asked, draft, note),)


def show(conn: Connection, asked: Asked, draft: ReportDraft, note: Markup | None = None) -> Message:
    """The open question of a draft, or where nothing is asked its preview; the step is kept."""
    reader = reader_in(conn, asked)
    if draft.open is None:
        same = _unchanged(conn, asked, draft, note)
        return same or _preview(conn, asked, draft, rehearsed(conn, asked, draft), note)
    offers = answers.offers_of(conn, asked, draft)
    draft = replace(draft, offers=tuple(value for value, _ in offers))
    draft = report_drafts.keep(conn, draft, asked.now)
    place = places.get_place(conn, draft.place) if draft.place else None
    return texts.question(draft, [label for _, label in offers], reader, place=place, note=note)


def _unchanged(
    conn: Connection, asked: Asked, draft: ReportDraft, note: Markup | None
) -> Message | None:
    """Which part is to be changed, as long as a correction says what was said before."""
    if draft.corrects is None:
        return None
    wrong = events.get_reports(conn, [draft.corrects])[draft.corrects]
    if not draft.says_the_same_as(wrong):
        return None
    reader = reader_in(conn, asked)
    view, known = _view(conn, asked, draft, Effect(()))
    so_far = previews.own_lines(view, known, Telling(reader, all_parties(conn), asked.now))
    draft = report_drafts.keep(conn, draft, asked.now)
    notes = [*([note] if note else []), *so_far, texts.nothing_changed(reader)]
    return texts.which_part(draft, CHANGEABLE, reader, Markup("\n").join(notes))


def rehearsed(conn: Connection, asked: Asked, draft: ReportDraft) -> Effect:
    """What would follow if the report of a draft were recorded now."""

    def write(conn: Connection) -> set[str]:
        return desk.places_of(conn, desk.write(conn, draft, asked.now))

    services = asked.services
    return services.rehearse(conn, write, now=asked.now, policy=services.policy)


def _preview(
    conn: Connection, asked: Asked, draft: ReportDraft, effect: Effect, note: Markup | None
) -> Message:
    draft = report_drafts.keep(conn, replace(draft, shown=effect.shown()), asked.now)
    view, known = _view(conn, asked, draft, effect)
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    return previews.preview(view, known, telling, note)


def _view(
    conn: Connection, asked: Asked, draft: ReportDraft, effect: Effect
) -> tuple[previews.Preview, Sequence[Evidence]]:
    """What a preview tells, and the reports that it speaks of."""
    report = draft.report(asked.now)
    new = draft.new_source
    sources = get_sources(conn, [report.source]) | ({new.id: new} if new else {})
    found = places.get_places(conn, {report.place, *(p.before.place for p in effect.places)})
    known = _spoken_of(conn, report, draft.takes_back)
    target = next((e for e in known if e.report.id == draft.takes_back), None)
    return previews.Preview(draft, report, sources, found, effect, target, new is not None), known


def _spoken_of(conn: Connection, report: Report, target: str | None) -> Sequence[Evidence]:
    """The reports that this one names, or that it takes the place of, and those that they name."""
    named = events.get_reports(conn, {i for i in (report.refers_to, target) if i})
    behind = events.get_reports(conn, {r.refers_to for r in named.values() if r.refers_to})
    return answers.evidence(conn, list((behind | named).values()))


# ------------------------------------------------------------------------------------- recording


def record(conn: Connection, asked: Asked, who: Actor, draft: ReportDraft) -> Done:
    """Put the report on record if what follows is what was shown; else show what would."""
    reader = reader_in(conn, asked)
    if not roles.brings_in(conn, asked.services.owners, who.id):
        return Done((holding.for_editors(reader),))  # the role was taken this moment
    gone = draft.takes_back
    if gone is not None and desk.taken_back(conn, [gone]):
        report_drafts.drop(conn, draft)
        return Done((one_message([texts.taken_back_already(gone, reader)]),))
    effect = rehearsed(conn, asked, draft)
    if draft.shown is None or not is_as_shown(draft.shown, effect):
        return Done((_preview(conn, asked, draft, effect, texts.changed_since(reader)),))
    hold = asked.services.hold
    if hold is not None and hold.holds(effect):
        return _hold_back(conn, asked, who, draft, effect, hold)
    report = desk.record(conn, draft, who, asked.now)
    report_drafts.drop(conn, draft)
    place = places.get_place(conn, report.place)
    done = previews.recorded(report, effect, place, reader, corrects=draft.corrects is not None)
    return Done((done,), recorded=True)


def _hold_back(
    conn: Connection, asked: Asked, who: Actor, draft: ReportDraft, effect: Effect, hold: Hold
) -> Done:
    """Too many chats for one editor's word: the report waits, and the others are to be asked."""
    # It was said when it was to be recorded, not when somebody lets it go.
    ready = replace(draft, reported=draft.reported or Moment(asked.now))
    held = Held(ready, who, asked.now + hold.lasts)
    to_ask = frozenset(roles.others(conn, asked.services.owners, who.id))
    holds.keep(conn, held, to_ask, asked.now)
    report_drafts.drop(conn, draft)
    return Done((), held=held, asks=_asks(conn, asked, held, effect), to_ask=to_ask)


def asks_anew(conn: Connection, services: Services, held: Held, now: datetime) -> Message:
    """What other editors are asked about a report that waits, as things are at `now` (UTC)."""
    asked = Asked(held.draft.chat_id, is_group=False, services=services, now=now)
    return _asks(conn, asked, held, rehearsed(conn, asked, held.draft))


def _asks(conn: Connection, asked: Asked, held: Held, effect: Effect) -> Message:
    view, known = _view(conn, asked, held.draft, effect)
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    return holding.asks(view, known, held, telling)


def _mine(conn: Connection, asked: Asked) -> ReportDraft | None:
    return report_drafts.find(conn, asked.chat_id, asked.user_id, asked.now)
