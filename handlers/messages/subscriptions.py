"""What is said about subscriptions, and about what is kept of a chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.messages.area_alerts import member_lines
from handlers.messages.buttons import (
    FORGET,
    KEEP,
    LISTED,
    WHY,
    choices,
    subscription_button,
    unsubscribe_choices,
)
from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.names import pick_button
from handlers.messages.paging import page_of, turning
from handlers.messages.words import AREA, CORRIDOR, Telling, place_label, show_instant, status_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.model.alerts import Member
    from storage.model.parties import Parties
    from storage.model.places import Place


@dataclass(frozen=True)
class Subscribed:
    """A subscription as it stands: the place or area, and what is known of it at `now` (UTC).

    `members` are the places of an area, or the one place; `number` of `most` subscriptions are
    used; `new` is False where the chat had this one before.
    """

    place: Place
    members: tuple[Member, ...]
    now: datetime
    number: int
    most: int
    is_group: bool
    new: bool = True


def subscribed(view: Subscribed, parties: Parties, reader: Reader) -> Message:
    """The chat will be told; and how things stand now."""
    telling = Telling(reader, parties, view.now)
    say = reader.say
    place = place_label(view.place)
    if not view.new:
        head = say("✅ <b>You hear about {place} already</b>", place=place)
    elif view.is_group:
        head = say("✅ <b>This group will hear about {place}</b>", place=place)
    else:
        head = say("✅ <b>You will hear about {place}</b>", place=place)
    lines = [
        head,
        *_now(telling, view),
        say("Changes and disputes come with sound, small updates silently."),
        say(
            "/list shows all your alerts ({number} of {most}).", number=view.number, most=view.most
        ),
    ]
    buttons = (
        Button(reader.label("Who says so"), data=f"{WHY}:{view.place.id}"),
        subscription_button(reader, view.place, subscribed=True),
    )
    return one_message(lines, (buttons,))


def _now(telling: Telling, view: Subscribed) -> list[Markup]:
    say = telling.reader.say
    if view.place.is_area:
        return [say("<b>Now:</b>"), *member_lines(telling, view.members)]
    [member] = view.members
    return [say("<b>Now:</b> {status}.", status=status_line(telling, member.place, member.status))]


def too_many(most: int, reader: Reader) -> Message:
    """The chat has as many subscriptions as it may have."""
    return one_message(
        [
            reader.count(
                "You have {n} subscription, and that is all there may be.",
                "You have {n} subscriptions, and more there may not be.",
                most,
            ),
            reader.say("An area counts as one: subscribe to a whole border, or end one of yours."),
            reader.say("/unsubscribe shows them."),
        ]
    )


def unsubscribed(place: Place, reader: Reader) -> Message:
    """The chat will not be told any more."""
    line = reader.say("You will not hear about {place} any more.", place=place_label(place))
    return one_message([line], ((subscription_button(reader, place, subscribed=False),),))


def not_subscribed(place: Place, through: Sequence[Place], reader: Reader) -> Message:
    """There was no such subscription; its alerts may come through an area."""
    label = place_label(place)
    if not through:
        line = reader.say("You have no alerts for {place}.", place=label)
        return one_message([line], ((subscription_button(reader, place, subscribed=False),),))
    areas = reader.all_of([place_label(area) for area in through])
    return one_message(
        [
            reader.say(
                "You hear about {place} through {areas}. To hear nothing of it, end that one.",
                place=label,
                areas=areas,
            )
        ],
        unsubscribe_choices(reader, through),
    )


def subscription_list(
    members: Sequence[Member], page: int, most: int, now: datetime, parties: Parties, reader: Reader
) -> Message:
    """What a chat has subscribed to, by pages, with how it stands; areas without a status."""
    if not members:
        return no_subscriptions(reader)
    shown = page_of(members, page)
    telling = Telling(reader, parties, now)
    head = reader.say("<b>Your alerts</b> ({number} of {most})", number=len(members), most=most)
    lines = [_list_line(telling, member) for member in shown.items]
    rows = choices(m.place for m in shown.items)
    return one_message([head, *lines], (*rows, *turning(reader, f"{LISTED}:", shown)))


def _list_line(telling: Telling, member: Member) -> Markup:
    place = place_label(member.place)
    if member.place.is_area:
        symbol = CORRIDOR if member.place.is_corridor else AREA
        return telling.reader.say("{symbol} {area} – all of its places", symbol=symbol, area=place)
    status = status_line(telling, member.place, member.status)
    return telling.reader.say("{status} – {place}", status=status, place=place)


def no_subscriptions(reader: Reader) -> Message:
    """The chat has no alerts yet, and how to get some."""
    return one_message(
        [
            reader.say("You have no alerts yet."),
            reader.say("Type the name of a place and press Subscribe, or /subscribe Al Waleed."),
        ],
        ((pick_button(reader),),),
    )


def which_to_end(places: Sequence[Place], reader: Reader) -> Message:
    """Which of the subscriptions to end, a button each."""
    return one_message([reader.say("Which alerts shall end?")], unsubscribe_choices(reader, places))


# ------------------------------------------------------------------------------- what is kept


def confirm_forget(reader: Reader) -> Message:
    """Asks before everything kept about a chat is deleted."""
    return one_message(
        [
            reader.say("<b>Delete everything I keep about this chat?</b>"),
            reader.say("Your subscriptions, your time zone, and which alerts you were sent."),
            reader.say("What you asked lately, which places you meant, and which you missed."),
        ],
        (
            (
                Button(reader.label("Delete everything"), data=FORGET),
                Button(reader.label("Keep it"), data=KEEP),
            ),
        ),
    )


def forgotten(reader: Reader) -> Message:
    """Everything is deleted."""
    return one_message([reader.say("Done. I keep nothing about this chat any more.")])


def nothing_kept(reader: Reader) -> Message:
    """There was nothing to delete."""
    return one_message([reader.say("I keep nothing about this chat.")])


def kept(reader: Reader) -> Message:
    """Nothing was deleted, as was asked."""
    return one_message([reader.say("Nothing was deleted.")])


def admins_only(reader: Reader, bot: str) -> Message:
    """Why a member of a group cannot change what it is told; `bot` is the bot's username."""
    return one_message(
        [
            reader.say("In a group, only its admins can change that."),
            reader.say("Ask one of them, or write to me directly."),
        ],
        ((Button(reader.label("Write to me"), url=f"https://t.me/{bot}"),),),
    )


# -------------------------------------------------------------------------------------- time zone


def zone_now(now: datetime, reader: Reader) -> Message:
    """Which zone times are shown in, and how to change it."""
    telling = Telling(reader, {}, now)
    return one_message(
        [
            reader.say("Times are shown like this: {now}", now=show_instant(telling, now)),
            reader.say("To change that: /timezone Europe/Berlin"),
        ]
    )


def zone_set(now: datetime, reader: Reader) -> Message:
    """The zone is changed."""
    telling = Telling(reader, {}, now)
    return one_message(
        [reader.say("✅ Times are now shown like this: {now}", now=show_instant(telling, now))]
    )


def zone_unknown(asked: str, near: Sequence[str], reader: Reader) -> Message:
    """There is no such zone; what is near."""
    line = reader.say("I know no time zone “{zone}”.", zone=outside(asked))
    if not near:
        hint = reader.say("They are called like Europe/Berlin or Asia/Baghdad.")
    else:
        names = reader.all_of([outside(name) for name in near])
        hint = reader.say("Did you mean {names}?", names=names)
    return one_message([line, hint])
