"""What the bot's owners are told of the outbox: what is on its way, what waits, what died."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.messages.buttons import KEEP
from handlers.messages.message import Button, Buttons, Message, one_message, outside
from handlers.messages.words import NAME_LIMIT, Telling, show_instant
from storage.model.alerts import AlertKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.model.progress import Broadcast, DeadLetter, DeadLetters, Progress

OUTBOX = "outbox"
ASK, RETRY = "ask", "retry"
MOST_ON_THEIR_WAY = 8
MOST_DEAD = 8
REASON_LIMIT = 120


@dataclass(frozen=True)
class Outbox:
    """The outbox at the time `now` (UTC), and the newest of its `dead` letters."""

    progress: Progress
    dead: Sequence[DeadLetter]
    now: datetime


def outbox(view: Outbox, reader: Reader) -> Message:
    """How far everything is."""
    say = reader.say
    telling = Telling(reader, {}, view.now)
    found = view.progress
    lines = [say("<b>📤 Outbox</b>"), *_waiting(telling, found)]
    lines.append(say("<b>On their way, and of the last day</b>"))
    lines.append(
        say(
            "Sent: {sent} · closed unsent: {closed} · may have come twice: {doubts}",
            sent=_number(found.sent),
            closed=_number(found.closed),
            doubts=_number(found.doubts),
        )
    )
    shown = found.broadcasts[:MOST_ON_THEIR_WAY]
    lines.extend(_broadcast(telling, view.now, one) for one in shown)
    if left := len(found.broadcasts) - len(shown):
        more = "… and {n} more: <code>whoholds outbox</code>"
        lines.append(reader.count(more, more, left))
    lines.extend(_dead(telling, view))
    return one_message(lines, _retry_all(reader, found.dead))


def _waiting(telling: Telling, found: Progress) -> list[Markup]:
    say = telling.reader.say
    if not found.pending:
        return [say("Nothing waits.")]
    lines = [
        say(
            "Waiting: {urgent} with a sound, {silent} without.",
            urgent=_number(found.urgent),
            silent=_number(found.silent),
        )
    ]
    if found.oldest_due_at is not None:
        since = show_instant(telling, found.oldest_due_at)
        lines.append(say("Due: {due}, the oldest since {since}.", due=found.due, since=since))
    return lines


def _broadcast(telling: Telling, now: datetime, one: Broadcast) -> Markup:
    """An alert, how far it is, how fast, and when it will be done."""
    say = telling.reader.say
    line = say(
        "{place}, {kind}: {sent} of {all} sent",
        place=outside(one.place, NAME_LIMIT),
        kind=kind_word(telling.reader, one.kind),
        sent=_number(one.sent),
        all=_number(one.addressed + one.still_to_address),
    )
    if one.closed or one.dead:
        ended = (_number(one.closed), _number(one.dead))
        line += say(", {closed} closed, {dead} dead", closed=ended[0], dead=ended[1])
    if one.left and (rate := one.per_second) is not None:
        line += say(", {rate} a second", rate=f"{rate:.1f}")
    if (end := one.expected_end(now)) is not None:
        line += say(", done about {when}", when=show_instant(telling, end))
    return line


def _dead(telling: Telling, view: Outbox) -> list[Markup]:
    say = telling.reader.say
    if not view.dead:
        return []
    shown = view.dead[:MOST_DEAD]
    lines = [say("<b>Dead letters</b>"), *(_letter(telling, letter) for letter in shown)]
    if left := view.progress.dead - len(shown):
        more = "… and {n} more: <code>whoholds outbox --dead</code>"
        lines.append(telling.reader.count(more, more, left))
    lines.append(
        say(
            "<code>/outbox retry {id}</code> tries one again, <code>/outbox retry all</code> all "
            "of them: what is still news then is told.",
            id=shown[0].id,
        )
    )
    return lines


def _letter(telling: Telling, letter: DeadLetter) -> Markup:
    return telling.reader.say(
        "{id} – {place}, {kind}, of {when}: {reason}",
        id=letter.id,
        place=outside(letter.place, NAME_LIMIT),
        kind=kind_word(telling.reader, letter.kind),
        when=show_instant(telling, letter.made_at),
        reason=outside(letter.reason, REASON_LIMIT),
    )


def kind_word(reader: Reader, kind: AlertKind) -> Markup:
    """What an alert is, in a word or two."""
    say = reader.say
    words = {
        AlertKind.HOLDER: say("a new holder"),
        AlertKind.DISPUTED: say("a dispute"),
        AlertKind.CONTESTED: say("fighting"),
        AlertKind.SETTLED: say("settled"),
        AlertKind.LEFT: say("the holder left"),
        AlertKind.OFTEN: say("changes often"),
        AlertKind.AREA_FIRST: say("the first place lost"),
        AlertKind.AREA_LAST: say("the last place lost"),
        AlertKind.AREA_REGAINED: say("a place regained"),
        AlertKind.AMENDMENT: say("an addition"),
        AlertKind.CORRECTION: say("a correction"),
        AlertKind.WITHDRAWAL: say("a withdrawal"),
    }
    return words[kind]


def _retry_all(reader: Reader, dead: int) -> Buttons:
    if not dead:
        return ()
    label = reader.label("Try all again ({n})", n=dead)
    return ((Button(label, data=f"{OUTBOX}:{ASK}"),),)


def ask_retry(dead: int, reader: Reader) -> Message:
    """Whether all dead letters are to be tried again."""
    if not dead:
        return none_dead(reader)
    line = reader.count(
        "Try {n} dead letter again? What is still news is told, the rest is closed.",
        "Try {n} dead letters again? What is still news is told, the rest is closed.",
        dead,
    )
    yes = Button(reader.label("Yes, try again"), data=f"{OUTBOX}:{RETRY}")
    return one_message([line], ((yes, Button(reader.label("No"), data=f"{OUTBOX}:{KEEP}")),))


def retried(number: int, reader: Reader) -> Message:
    """So many dead letters are tried again."""
    if not number:
        return none_dead(reader)
    line = reader.count(
        "{n} dead letter is tried again.", "{n} dead letters are tried again.", number
    )
    return one_message([line, reader.say("/outbox shows what becomes of it.")])


def none_dead(reader: Reader) -> Message:
    """There is no dead letter."""
    return one_message([reader.say("There are no dead letters.")])


def left_dead(reader: Reader) -> Message:
    """They stay as they are."""
    return one_message([reader.say("They stay as they are. /outbox shows them.")])


def not_dead(typed: str, *, known: bool, reader: Reader) -> Message:
    """What was to be tried again is no dead letter."""
    name = outside(typed)
    if known:
        line = reader.say("The delivery {id} is not dead: there is nothing to try again.", id=name)
    else:
        line = reader.say("There is no delivery with the id “{id}”.", id=name)
    return one_message([line, reader.say("/outbox shows the ids of dead letters.")])


def how_to(reader: Reader) -> Message:
    """How the command is written."""
    return one_message(
        [
            reader.say("<code>/outbox</code> shows what is on its way, what waits and what died."),
            reader.say(
                "<code>/outbox retry 17</code> tries a dead letter again, "
                "<code>/outbox retry all</code> all of them."
            ),
        ]
    )


def have_died(letters: DeadLetters, reader: Reader) -> Message:
    """Letters have died, told to the owners once for a reason."""
    head = reader.count(
        "<b>⚠️ {n} message could not be delivered</b>",
        "<b>⚠️ {n} messages could not be delivered</b>",
        letters.number,
    )
    return one_message(
        [
            head,
            reader.say("Telegram refuses: {reason}", reason=outside(letters.reason, REASON_LIMIT)),
            reader.say("/outbox shows these dead letters and tries them again."),
        ]
    )


def _number(number: int) -> str:
    return f"{number:,}"
