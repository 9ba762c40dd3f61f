"""Sources added, graded and pinned by editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import MAX_DATA, Button, Message, one_message, outside
from handlers.messages.sources import SOURCE
from handlers.messages.voices import SOURCE_LIMIT

if TYPE_CHECKING:
    from handlers.messages.message import Buttons, Reader
    from storage.model.errors import BadInput
    from storage.model.sources import Source

REASON_LIMIT = 300


def how_to(reader: Reader) -> Message:
    """How sources are added and graded."""
    say = reader.say
    return one_message(
        [
            say("<b>Sources</b>"),
            say("A new source; all but the kind may be left out:"),
            say(
                "<code>/source add a shepherd kind=witness party=militants grade=C position=scene"
                "</code>"
            ),
            say("Another grade, A to F:"),
            say("<code>/source grade a shepherd B</code>"),
            say("A grade that its record does not move, and the end of that:"),
            say("<code>/source pin a shepherd B</code>"),
            say("<code>/source unpin a shepherd</code>"),
        ]
    )


def wrong(error: BadInput, reader: Reader) -> Message:
    """What cannot be used, and the field at fault."""
    reason = outside(error.reason, REASON_LIMIT)
    line = reader.say("That cannot be used: {reason}", reason=reason)
    if error.column is not None:
        line = reader.say(
            "That cannot be used. <b>{field}</b>: {reason}", field=error.column, reason=reason
        )
    return one_message([line, reader.say("<code>/source add</code> shows how it is written.")])


def added(source: Source, reader: Reader) -> Message:
    """A source is on record."""
    line = reader.say("✅ On record: {source}, grade {grade}", **_named(source))
    return one_message([line], _page(source, reader))


def there_already(source: Source, reader: Reader) -> Message:
    """A source has that name already."""
    line = reader.say("{source} is on record already, with grade {grade}.", **_named(source))
    return one_message([line], _page(source, reader))


def graded(source: Source, reader: Reader) -> Message:
    """A source has another grade, is pinned, or is not any more."""
    line = reader.say("✅ {source}: grade {grade}", **_named(source))
    if source.pinned:
        line = reader.say("✅ {source}: grade {grade}, whatever its record", **_named(source))
    again = reader.say("What it says is weighed anew, at every place.")
    return one_message([line, again], _page(source, reader))


def as_before(source: Source, reader: Reader) -> Message:
    """Nothing would be other than it is."""
    line = reader.say("{source} has grade {grade} as it is.", **_named(source))
    return one_message([line], _page(source, reader))


def _named(source: Source) -> dict[str, object]:
    name = source.name[:1].upper() + source.name[1:]
    return {"source": outside(name, SOURCE_LIMIT), "grade": source.reliability.value}


def _page(source: Source, reader: Reader) -> Buttons:
    """Leads to its record, where its id fits a button."""
    data = f"{SOURCE}:{source.id}"
    fits = len(data.encode()) <= MAX_DATA
    return ((Button(reader.label("Its record"), data=data),),) if fits else ()
