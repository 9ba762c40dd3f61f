"""What changed at a place, or at the places of an area, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import CHART, place_button, place_buttons
from handlers.messages.looking_back import NOW, When, not_now
from handlers.messages.message import Message, Reader, outside, split
from handlers.messages.voices import speeches
from handlers.messages.words import (
    NAME_LIMIT,
    Telling,
    brief_status,
    place_label,
    show_moment,
    status_symbol,
)
from storage.model.changes import TOLD, Kind
from storage.model.reports import Claim
from storage.model.times import Moment
from storage.model.words import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.alerts import NoticedChange
    from storage.model.changes import HistoryEntry
    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place

AREA_ENTRIES = 20
_HAPPENED = frozenset({Kind.FIRST, Kind.HOLDER, Kind.LEFT})


@dataclass(frozen=True)
class History:
    """A place, its changes as they were found (newest first), the time now (UTC), and what is found
    about the time `when`, which tells what no longer stands.

    `noticed` are the changes told in a notice that the place changes hands often.
    """

    place: Place
    entries: tuple[HistoryEntry, ...]
    found: Assessment
    now: datetime
    subscribed: bool
    when: When = NOW
    noticed: frozenset[NoticedChange] = frozenset()


@dataclass(frozen=True)
class AreaHistory:
    """An area and the changes of its places, newest first; `noticed` as of one place."""

    area: Place
    entries: tuple[tuple[Place, HistoryEntry], ...]
    now: datetime
    subscribed: bool
    when: When = NOW
    noticed: frozenset[NoticedChange] = frozenset()


def history(view: History, parties: Parties, reader: Reader) -> tuple[Message, ...]:
    """The changes of a place, each with who brought it, and the counts."""
    telling = Telling(reader, parties, view.when.at(view.now))
    place = place_label(view.place)
    lines = [
        *not_now(telling, view.when),
        reader.say("<b>{place} – history</b> (newest first)", place=place),
    ]
    gone = {e.report.id for e in view.found.evidence if Reason.WITHDRAWN in e.reasons}
    for entry in view.entries:
        head = _head(telling, view.place, entry)
        noticed = _noticed(telling, view.place, entry, view.noticed)
        line = Markup("{}{}{}").format(head, _who(telling, entry), noticed)
        if not gone.isdisjoint(e.report.id for e in entry.after.counting):
            # It was said then; that it should not have been is said beside it.
            line = reader.say("<s>{line}</s> (withdrawn since)", line=line)
        lines.append(line)
    if not view.entries:
        lines.append(nothing(telling, view.when))
    lines.append(_counts(telling, view))
    buttons = place_buttons(reader, view.place, subscribed=view.subscribed, when=view.when)
    drawn = place_button(reader.label("Chart"), CHART, view.place, view.when)
    return split(lines, (drawn, *buttons) if view.entries and drawn else buttons)


def area_history(view: AreaHistory, parties: Parties, reader: Reader) -> tuple[Message, ...]:
    """The changes of the places of an area, in one list."""
    telling = Telling(reader, parties, view.when.at(view.now))
    area = place_label(view.area)
    lines = [
        *not_now(telling, view.when),
        reader.say("<b>{area} – history of its places</b> (newest first)", area=area),
    ]
    for place, entry in view.entries[:AREA_ENTRIES]:
        name = outside(place.name, NAME_LIMIT)
        noticed = _noticed(telling, place, entry, view.noticed)
        lines.append(Markup("{}, {}{}").format(_head(telling, place, entry), name, noticed))
    if not view.entries:
        lines.append(nothing(telling, view.when))
    return split(
        lines, place_buttons(reader, view.area, subscribed=view.subscribed, when=view.when)
    )


def nothing(telling: Telling, when: When) -> Markup:
    """There is no change to tell: a history holds what this bot found, from when it found it."""
    if when.is_now:
        return telling.reader.say("Nothing is on record yet.")
    return telling.reader.say("By then this bot had found nothing.")


def _head(telling: Telling, place: Place, entry: HistoryEntry) -> Markup:
    """Emoji, date and status of a change."""
    say = telling.reader.say
    found = entry.after
    head = {
        "symbol": status_symbol(telling, place, found),
        "when": show_moment(telling, moment_of(entry)),
        "status": brief_status(telling, found),
    }
    if entry.kind is Kind.FIRST:
        return say("{symbol} {when}, first known – {status}", **head)
    return say("{symbol} {when} – {status}", **head)


def moment_of(entry: HistoryEntry) -> Moment:
    """When it happened, of a change of hands; of all others when it was said."""
    moment = entry.after.since if entry.kind in _HAPPENED else entry.after.as_of
    back = any(e.report.claim is Claim.RETRACTS for e in brought_by(entry))
    if moment is None or back or entry.kind is Kind.LAPSED:
        return Moment(entry.changed_at)  # nobody said that: time passed, or a report went
    return moment


def _noticed(
    telling: Telling, place: Place, entry: HistoryEntry, noticed: frozenset[NoticedChange]
) -> Markup:
    """That a change was not told by itself."""
    if (place.id, entry.changed_at) not in noticed:
        return Markup()
    return Markup(" {}").format(telling.reader.say("(in a notice)"))


def brought_by(entry: HistoryEntry) -> list[Evidence]:
    """The evidence of the reports that brought a change."""
    return [e for e in entry.after.evidence if e.report.id in entry.new]


def _who(telling: Telling, entry: HistoryEntry) -> Markup:
    """The reports that brought a change."""
    brought = brought_by(entry)
    if not brought:
        return telling.reader.say(": no new report, only time passed")
    return Markup(": {}").format(speeches(telling, brought, entry.after.evidence))


def _counts(telling: Telling, view: History) -> Markup:
    count = telling.reader.count
    reports = len(view.found.evidence)
    withdrawn = sum(Reason.WITHDRAWN in e.reasons for e in view.found.evidence)
    changes = sum(entry.kind in TOLD for entry in view.entries)
    return Markup(", ").join(
        [
            count("{n} report", "{n} reports", reports),
            count("{n} change", "{n} changes", changes),
            count("{n} report withdrawn", "{n} reports withdrawn", withdrawn),
        ]
    )
