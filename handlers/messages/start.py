"""What the bot says of itself: /start, /help, and to what it cannot use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import AREAS, HELP, NEAR, choices
from handlers.messages.message import Button, Message, one_message
from handlers.messages.names import pick_button
from handlers.messages.words import (
    CONTESTED,
    DISPUTED,
    GOVERNMENT,
    OTHERS,
    UNKNOWN,
    others_by_rank,
    party_title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from storage.model.parties import Parties
    from storage.model.places import Place

MOST_RECENT = 5
# What Telegram itself tells of the bot: in a chat where nothing was said yet, with at most 512
# characters, and in its profile, with at most 120
# (https://core.telegram.org/bots/api#setmydescription, #setmyshortdescription). Like the menu it is
# not in the reader's language: nobody has said yet which that is.
DESCRIPTION = (
    "Who holds a border crossing or a town now, who says so, and how sure is that? I compare what "
    "named sources report, and message you when control changes or becomes disputed.\n\n"
    "I repeat claims; I cannot see the ground. Never travel on this alone.\n\n"
    "/start begins. Then type the name of a place."
)
SHORT_DESCRIPTION = (
    "Who holds a border crossing or a town now, who says so, how sure that is. Alerts on change."
)


@dataclass(frozen=True)
class CommandHelp:
    """A command as /help lists it: what to type, for example, and what that does."""

    example: str
    description: str


def start(recent: Sequence[Place], reader: Reader) -> Message:
    """Hello: what this is, how to ask, and what it cannot do; the places asked about lately."""
    say = reader.say
    return one_message(
        [
            say("<b>Who controls this place, and who says so?</b>"),
            say(
                "I compare what named sources report about border crossings and towns, and "
                "message you when control changes or becomes disputed."
            ),
            say("Type a place in any spelling (Al Waleed, الوليد), or use a button."),
            say("I repeat claims; I cannot see the ground. <b>Never travel on this alone.</b>"),
        ],
        (
            *choices(recent[:MOST_RECENT]),
            (pick_button(reader), Button(reader.label("Near me"), data=NEAR)),
            (Button(reader.label("Areas"), data=AREAS), Button(reader.label("Help"), data=HELP)),
        ),
    )


def help_text(commands: Sequence[CommandHelp], parties: Parties, reader: Reader) -> Message:
    """The commands, the symbols of the parties, and what the standings mean."""
    say = reader.say
    return one_message(
        [
            say("<b>Commands</b>"),
            *(
                say("{example} – {text}", example=c.example, text=say(c.description))
                for c in commands
            ),
            say(
                "After the name of a place: <code>as of 22 June 18:00</code> asks about then, "
                "<code>known at yesterday</code> what I knew then."
            ),
            Markup(),
            _legend(parties, reader),
            say(
                "<b>Confirmed</b>: independent sources agree. <b>Likely</b>: one good source, "
                "nobody of weight denies it. <b>Disputed</b>: sources disagree on who holds it. "
                "<b>Contested</b>: fighting reported."
            ),
            say("I repeat claims; I cannot see the ground. <b>Never travel on this alone.</b>"),
        ],
        ((pick_button(reader),),),
    )


def _legend(parties: Parties, reader: Reader) -> Markup:
    """The symbols: the parties that have one of their own, and the standings."""
    say = reader.say
    others = [party_title(parties[p]) for p in others_by_rank(parties)[: len(OTHERS)]]
    entries = [
        say("{symbol} government of the country", symbol=GOVERNMENT),
        *(Markup("{} {}").format(s, name) for s, name in zip(OTHERS, others, strict=False)),
        say("{symbol} disputed", symbol=DISPUTED),
        say("{symbol} contested", symbol=CONTESTED),
        say("{symbol} not known, or no fresh report", symbol=UNKNOWN),
    ]
    return Markup("\n").join(entries)


def unknown_command(reader: Reader) -> Message:
    """A command that there is not."""
    return one_message([reader.say("I do not know that command. /help shows what I can do.")])


def old_button(reader: Reader) -> Message:
    """A button that does nothing any more."""
    line = reader.say("That button does nothing any more. /help shows what I can do.")
    return one_message([line])


def text_only(reader: Reader) -> Message:
    """To a sticker, a picture, a voice message…"""
    return one_message(
        [reader.say("I can only read text and locations. Type the name of a place, or /help.")],
        ((pick_button(reader),),),
    )
