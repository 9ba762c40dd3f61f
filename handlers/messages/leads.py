"""What an editor is told of one lead, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, link, one_message, outside
from handlers.messages.words import show_instant

if TYPE_CHECKING:
    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.feeds import KeptLead

# A button of a lead: "lead:12:report".
LEAD, BEGIN, DISMISS = "lead", "report", "dismiss"
TITLE_LIMIT, SUMMARY_LIMIT = 300, 600


def one_lead(kept: KeptLead, telling: Telling, *, taken: bool) -> Message:
    """A lead, with what can be done with it; `taken` where another editor is writing a report with
    it.
    """
    reader = telling.reader
    say, found = reader.say, kept.lead
    title = link(found.url, outside(found.title, TITLE_LIMIT))
    lines = [
        say("<b>Lead {n}:</b> {title}", n=kept.id, title=title),
        say(
            "{feed}, {when}",
            feed=outside(kept.feed),
            when=show_instant(telling, found.said),
        ),
    ]
    if found.summary:
        lines.append(say("“{summary}”", summary=outside(found.summary, SUMMARY_LIMIT)))
    if kept.withdrawn_at:
        when = show_instant(telling, kept.withdrawn_at)
        lines.append(say("⚠️ It was withdrawn where it came from on {when}.", when=when))
    if taken:
        lines.append(say("⚠️ Another editor is writing a report with it."))
    begin = Button(reader.label("Begin a report"), data=f"{LEAD}:{kept.id}:{BEGIN}")
    if kept.dismissed_at:
        when = show_instant(telling, kept.dismissed_at)
        lines.append(say("It was dismissed or put on record on {when}.", when=when))
        return one_message(lines, ((begin,),))
    dismiss = Button(reader.label("Dismiss"), data=f"{LEAD}:{kept.id}:{DISMISS}")
    return one_message(lines, ((begin, dismiss),))


def dismissed(number: int, reader: Reader) -> Message:
    """A lead is not listed any more."""
    return one_message(
        [reader.say("Lead {n} is dismissed: it comes back if it says something else.", n=number)]
    )


def dismissed_already(number: int, reader: Reader) -> Message:
    """Somebody has dismissed it before."""
    return one_message([reader.say("Lead {n} is dismissed already.", n=number)])


def no_such_lead(typed: str, reader: Reader) -> Message:
    """There is no lead with this number, or it is none."""
    if not typed:
        line = reader.say("Type the number of a lead behind it, such as <code>/lead 12</code>.")
    else:
        line = reader.say("No lead has the number “{n}”.", n=outside(typed))
    return one_message([line, reader.say("/leads lists them.")])
