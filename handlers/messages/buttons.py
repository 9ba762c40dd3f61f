"""The buttons that go under statuses and alerts; their data names what to do and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from handlers.messages.looking_back import NOW, When, code_of
from handlers.messages.message import MAX_DATA, Button, Buttons
from handlers.messages.words import place_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.messages.message import Reader
    from storage.model.places import Place

# What a button does; the data is the word, a colon and the id of the place.
STATUS, WHY, HISTORY, SUBSCRIBE, UNSUBSCRIBE = "status", "why", "history", "sub", "unsub"
NEAR, ROUTE, CHART = "near", "route", "chart"
# The place that an editor's report is about.
REPORT = "report"
# The same with the number of a page or of a question: "page:17:2", "c:17:al-waleed" (64 bytes).
CHOOSE, PAGE, NONE, WISH, OTHER = "c", "page", "none", "wish", "other"
PICK, AREAS, INSIDE, LISTED = "pick", "areas", "in", "list"
HELP, FORGET, KEEP = "help", "forget", "keep"
MOST_PLACES = 10
# What a link that opens a chat with the bot has it say after /start: a place, or "look for one".
DEEP_LINK, LOOK = "p_", "look"


def place_buttons(
    reader: Reader, place: Place, *, subscribed: bool, reports: int = 0, when: When = NOW
) -> Buttons:
    """Who says so, History, Map where it is known where the place lies; Subscribe or Unsubscribe,
    and Share where the reader knows the bot by a name.

    `reports` is the number of reports that count, where that is told; `when` the time that the
    message is about, and so what the buttons under it are.
    """
    first = [
        *place_button(_who_says_so(reader, reports), WHY, place, when),
        *place_button(reader.label("History"), HISTORY, place, when),
    ]
    if place.lat is not None and place.lon is not None:
        first.append(Button(reader.label("Map"), url=map_url(place.lat, place.lon)))
    second = [subscription_button(reader, place, subscribed=subscribed)]
    if reader.bot:
        second.append(Button(reader.label("Share"), url=share_url(reader.bot, place)))
    return (tuple(first), tuple(second)) if first else (tuple(second),)


def subscription_button(reader: Reader, place: Place, *, subscribed: bool) -> Button:
    """Subscribe, or Unsubscribe where the chat has subscribed."""
    word, does = subscription_words(reader, subscribed=subscribed)
    return Button(word, data=f"{does}:{place.id}")


def subscription_words(reader: Reader, *, subscribed: bool) -> tuple[str, str]:
    """The label of that button and what it does."""
    if subscribed:
        return reader.label("Unsubscribe"), UNSUBSCRIBE
    return reader.label("Subscribe"), SUBSCRIBE


def choices(places: Iterable[Place], does: str = STATUS, when: When = NOW) -> Buttons:
    """A row a place, at most ten; pressing one does `does` with it, about the time `when`."""
    shown = list(places)[:MOST_PLACES]
    buttons = (place_button(place_text(place), does, place, when) for place in shown)
    return tuple(row for row in buttons if row)


def unsubscribe_choices(reader: Reader, places: Iterable[Place]) -> Buttons:
    """A row for each place that ends the subscription to it."""

    def button(place: Place) -> Button:
        label = reader.label("Unsubscribe: {place}", place=place_text(place))
        return Button(label, data=f"{UNSUBSCRIBE}:{place.id}")

    return tuple((button(place),) for place in places)


def all_places_button(reader: Reader, area: Place, number: int) -> Button:
    """Leads to all places of an area, by pages."""
    return Button(reader.label("All {n} places", n=number), data=f"{INSIDE}:{area.id}")


def deep_link(bot: str, place: Place) -> str:
    """The address that opens a chat with the bot (its username), which then tells of the place."""
    return f"https://t.me/{bot}?start={DEEP_LINK}{place.id}"


def share_url(bot: str, place: Place) -> str:
    """What opens the choice of a chat to send that address to (core.telegram.org/api/links)."""
    return f"https://t.me/share/url?url={quote(deep_link(bot, place), safe='')}"


def map_url(lat: float, lon: float) -> str:
    """A map with a mark at a point in degrees."""
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=11/{lat}/{lon}"


def _who_says_so(reader: Reader, reports: int) -> str:
    return reader.label("Who says so ({n})", n=reports) if reports else reader.label("Who says so")


def place_button(label: str, does: str, place: Place, when: When) -> tuple[Button, ...]:
    """A button about a place at a time; none where the two times leave no room for a long id."""
    data = f"{does}:{place.id}{code_of(when)}"
    return (Button(label, data=data),) if len(data) <= MAX_DATA else ()
