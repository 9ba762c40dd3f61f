"""What an owner reads of one row that cannot be used as it is, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.words import show_instant
from storage.model.feeds import IMPORT

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.feeds import Waiting

# The button of a row: "reject:12".
REJECT = "reject"
KEY_LIMIT, REASON_LIMIT, VALUE_LIMIT, MOST_FIELDS = 100, 400, 200, 14


def one_reject(row: Waiting, dismissed_at: datetime | None, telling: Telling) -> Message:
    """A row with the reason and what it says."""
    reader = telling.reader
    say = reader.say
    reason = f"{row.field}: {row.reason}" if row.field else row.reason
    lines = [
        say(
            "<b>Row {n}</b>, {item}, from {origin}",
            n=row.id,
            item=outside(row.item.key, KEY_LIMIT),
            origin=origin_of(row, reader),
        ),
        say("⚠️ {reason}", reason=outside(reason, REASON_LIMIT)),
    ]
    given = [(name, value) for name, value in row.item.fields.items() if value]
    lines += [
        say("{name} = {value}", name=outside(name), value=outside(value, VALUE_LIMIT))
        for name, value in given[:MOST_FIELDS]
    ]
    when = show_instant(telling, row.made_at)
    lines.append(say("It came on {when}.", when=when))
    if dismissed_at:
        when = show_instant(telling, dismissed_at)
        lines.append(say("It was dismissed on {when}.", when=when))
        return one_message(lines)
    lines.append(say("<code>whoholds rejects --json</code> shows all that came with it."))
    return one_message(lines, ((Button(reader.label("Dismiss"), data=f"{REJECT}:{row.id}"),),))


def origin_of(row: Waiting, reader: Reader) -> Markup:
    """Where a row came from."""
    return reader.say("an import") if row.origin == IMPORT else outside(row.origin)


def dismissed(number: int, reader: Reader) -> Message:
    """A row does not wait any more."""
    return one_message(
        [reader.say("Row {n} is dismissed: it comes back if it says something else.", n=number)]
    )


def no_such_row(typed: str, reader: Reader) -> Message:
    """No row that waits has this number: it went through, was dismissed, or there never was one."""
    line = reader.say("No row that waits has the number “{n}”.", n=outside(typed))
    return one_message([line, reader.say("/rejects lists them.")])
