"""The log of what owners and editors did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import Message, one_message, outside
from handlers.messages.paging import Page, turning
from handlers.messages.words import show_instant
from storage.model.audit import Act

if TYPE_CHECKING:
    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.audit import Entry

# What a button does: show a page of the log.
AUDIT = "audit"
PER_PAGE = 10
VALUE_LIMIT = 40


@dataclass(frozen=True)
class AuditPage:
    """Some of the entries, newest first, of `total`."""

    page: Page[Entry]
    total: int


def audit_page(view: AuditPage, telling: Telling) -> Message:
    """A page of the log, newest first; `whoholds audit` lists all of it."""
    reader = telling.reader
    if not view.total:
        return one_message([reader.say("Nothing has been done yet.")])
    lines = [
        reader.count(
            "<b>{n} entry in the log</b>, newest first",
            "<b>{n} entries in the log</b>, newest first",
            view.total,
        ),
        *(_line(entry, telling) for entry in view.page.items),
        reader.say("<code>whoholds audit</code> lists all of it."),
    ]
    return one_message(lines, turning(reader, f"{AUDIT}:", view.page))


def _line(entry: Entry, telling: Telling) -> Markup:
    say = telling.reader.say
    about = Markup(", ").join(
        say("{what} {value}", what=what, value=outside(value, VALUE_LIMIT))
        for what, value in entry.about.items()
        if value
    )
    line = say(
        "{when} {name} {did}",
        when=show_instant(telling, entry.at),
        name=outside(entry.actor.name, VALUE_LIMIT),
        did=_did(entry.act, telling.reader),
    )
    return say("{line}: {about}", line=line, about=about) if about else line


def _did(act: Act, reader: Reader) -> Markup:
    say = reader.say
    return {
        Act.INVITED: say("made an invitation"),
        Act.ROLE_GIVEN: say("became an editor"),
        Act.ROLE_TAKEN: say("took the role of an editor away"),
        Act.RECORDED: say("recorded a report"),
        Act.RETRACTED: say("took a report back"),
        Act.CORRECTED: say("corrected a report"),
        Act.HELD: say("recorded a report that waits for a second editor"),
        Act.LET_GO: say("let a report go that waited"),
        Act.STOPPED: say("stopped a report that waited"),
        Act.LAPSED: say("is no editor any more: a report that waited was not recorded"),
        Act.OVERTAKEN: say("would take back what was taken back meanwhile: not recorded"),
        Act.SOURCE_ADDED: say("added a source"),
        Act.SOURCE_GRADED: say("gave a source another grade"),
        Act.SOURCE_PINNED: say("pinned the grade of a source"),
        Act.SOURCE_UNPINNED: say("let the record of a source move its weight again"),
        Act.PLACE_ADDED: say("added a place"),
        Act.PLACE_NAMED: say("gave a place another name"),
        Act.LEAD_DISMISSED: say("dismissed a lead"),
        Act.ROW_DISMISSED: say("dismissed a row that cannot be used"),
    }[act]
