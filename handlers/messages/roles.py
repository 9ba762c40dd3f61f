"""Who may do what: invitations, the editors, and roles given and taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.paging import page_of, turning
from handlers.messages.words import show_instant
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from handlers.messages.message import Buttons, Reader
    from handlers.messages.words import Telling
    from storage.model.roles import Editor

# What a button does: take a role away, or show a page of the editors.
DISMISS, EDITORS = "dismiss", "editors"
# What a link that makes somebody an editor has them say after /start.
INVITATION = "e_"


def invitation(secret: str, until: datetime, telling: Telling) -> Message:
    """A link that makes whoever follows it first an editor."""
    say = telling.reader.say
    link = f"https://t.me/{telling.reader.bot}?start={INVITATION}{secret}"
    return one_message(
        [
            say("<b>Whoever opens this link first becomes an editor:</b>"),
            say("<code>{link}</code>", link=link),
            say("It is good once, until {when}.", when=show_instant(telling, until)),
        ]
    )


def in_private(reader: Reader, bot: str) -> Message:
    """In a group everybody would see it; `bot` is the bot's username."""
    return one_message(
        [reader.say("I tell you that in our own chat: here everybody would see it.")],
        ((Button(reader.label("Write to me"), url=f"https://t.me/{bot}"),),),
    )


def welcome(reader: Reader) -> Message:
    """Somebody is an editor now."""
    return one_message(
        [
            reader.say("✅ You are an editor now."),
            reader.say("/help shows what you can do."),
        ]
    )


def not_good(reader: Reader) -> Message:
    """An invitation that nobody can follow."""
    return one_message(
        [
            reader.say("That invitation is not good: it was used, has run out, or never was one."),
            reader.say("Ask whoever sent it for a new one."),
        ]
    )


def has_role(role: Role, is_good: bool, reader: Reader) -> Message:
    """Somebody follows an invitation who needs none; `is_good`: others can still use it."""
    owner, editor = (
        reader.say("You are an owner already."),
        reader.say("You are an editor already."),
    )
    line = owner if role is Role.OWNER else editor
    still = reader.say("The link is still good for somebody else.")
    return one_message([line, still] if is_good else [line])


def accepted(editor: Editor, reader: Reader) -> Message:
    """To the owner whose invitation was followed."""
    line = reader.say(
        "{name} has followed your link: an editor now.", name=outside(editor.who.name)
    )
    return one_message([line, reader.say("/roles lists the editors.")])


def editor_list(editors: Sequence[Editor], page: int, role: Role, telling: Telling) -> Message:
    """The editors by pages; owners can take the role away."""
    reader = telling.reader
    owners = reader.say("The bot's owners are named in its settings.")
    if not editors:
        lines = [reader.say("There are no editors yet."), owners]
        if role is Role.OWNER:
            lines.append(reader.say("/invite makes a link for one."))
        return one_message(lines)
    shown = page_of(editors, page)
    lines = [
        reader.count("<b>{n} editor</b>", "<b>{n} editors</b>", len(editors)),
        *(
            reader.say(
                "{number}. {name}, invited by {by} on {when}",
                number=number,
                name=outside(editor.who.name),
                by=outside(editor.invited_by.name),
                when=show_instant(telling, editor.since),
            )
            for number, editor in enumerate(shown.items, start=shown.first)
        ),
        owners,
    ]
    buttons: Buttons = ()
    if role is Role.OWNER:
        buttons = tuple((_dismissing(editor, reader),) for editor in shown.items)
    return one_message(lines, (*buttons, *turning(reader, f"{EDITORS}:", shown)))


def dismissed(editor: Editor | None, reader: Reader) -> Message:
    """A role was taken away, or there was none."""
    if editor is None:
        return one_message([reader.say("That is no editor (any more).")])
    line = reader.say("{name} is no editor any more.", name=outside(editor.who.name))
    return one_message(
        [
            line,
            reader.say(
                "What they have recorded stays on record; what they were writing, or what waited, "
                "is put away."
            ),
        ]
    )


def not_yours(reader: Reader) -> Message:
    """Somebody presses a button that is for others."""
    return one_message([reader.say("Only an owner of the bot can do that.")])


def _dismissing(editor: Editor, reader: Reader) -> Button:
    label = reader.label("Take the role from {name}", name=editor.who.name)
    return Button(label, data=f"{DISMISS}:{editor.who.id}")
