"""The words for places, parties, times and standings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from babel.dates import format_date
from markupsafe import Markup

from handlers.messages.message import clean, outside, shorten
from storage.model.changes import SURE
from storage.model.control import Rule, Standing
from storage.model.parties import Parties, Party, is_government_at, side_of
from storage.model.times import Precision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from handlers.messages.message import Reader
    from storage.model.changes import Status
    from storage.model.control import Assessment
    from storage.model.places import Place
    from storage.model.times import Moment

# Shapes and words carry the meaning, never colour alone; no red and green.
GOVERNMENT = "🔵"
OTHERS = "⚫🟡🟣🟤"
DISPUTED = "🟠"
CONTESTED = "⚔️"
UNKNOWN = "⚪"
AREA = "🚧"
CORRIDOR = "🛣"

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAME_LIMIT = 60
KIND_LIMIT = 20
# A town is known by its name alone.
_PLAIN_KINDS = frozenset({"town", "city", "village", "place", "area", "corridor", ""})
_PREPOSITIONS = frozenset({"of", "in", "at", "from", "for", "on", "near", "with", "to"})


@dataclass
class Telling:
    """One message in the making: who reads it, the parties, and the time now (aware).

    Remembers whether the zone was named: that is done once, at the first time of day.
    """

    reader: Reader
    parties: Parties
    now: datetime
    zone_named: bool = False


# ------------------------------------------------------------------------------------------ places


def place_text(place: Place) -> str:
    """A place as plain text: "Al Waleed crossing", "Tal Afar airport", "Rawa"."""
    name = shorten(clean(place.name), NAME_LIMIT) or "?"
    kind = shown_kind(place)
    return f"{name} {kind}" if kind else name


def place_label(place: Place) -> Markup:
    """A place as markup, its name isolated."""
    kind = shown_kind(place)
    name = outside(place.name, NAME_LIMIT)
    return Markup("{} {}").format(name, kind) if kind else name


def shown_kind(place: Place) -> str:
    """The word for the kind of place that goes after its name; empty where none is needed."""
    kind = shorten(clean(place.kind), KIND_LIMIT).lower()
    return "" if kind in _PLAIN_KINDS or kind in place.name.lower() else kind


def area_names(areas: Sequence[Place]) -> Markup:
    """The areas a place lies in, at most three."""
    return Markup(", ").join(outside(area.name, NAME_LIMIT) for area in areas[:3])


# ----------------------------------------------------------------------------------------- parties


def party_symbol(party_id: str, place: Place, parties: Parties) -> str:
    """The emoji of a party at a place: blue for its government, others by rank."""
    if is_government_at(party_id, place, parties):
        return GOVERNMENT
    known = others_by_rank(parties)
    side = side_of(party_id, parties)
    return OTHERS[min(known.index(side) if side in known else len(known), len(OTHERS) - 1)]


def others_by_rank(parties: Parties) -> list[str]:
    """The ids of the sides that are no government, in the order in which they became known."""
    sides = (p for p in parties.values() if not p.government_of and not p.part_of)
    return [party.id for party in sorted(sides, key=lambda p: (p.rank, p.id))]


def party_name(party: Party) -> Markup:
    """A party in a sentence: "militants", "the government of Iraq"."""
    return Markup("{}{}").format(_article(party), outside(party.name, NAME_LIMIT))


def party_loud(party: Party) -> Markup:
    """A party in a first line: "MILITANTS", "the GOVERNMENT OF IRAQ"."""
    return Markup("{}{}").format(_article(party), outside(party.name.upper(), NAME_LIMIT))


def party_title(party: Party) -> Markup:
    """A party at the start of a line: "Militants", "Government of Iraq"."""
    return outside(party.name[:1].upper() + party.name[1:], NAME_LIMIT)


def _article(party: Party) -> str:
    return "the " if party.name.lower().startswith("government") else ""


def is_plural(name: str) -> bool:
    """Whether a name takes "say" and not "says": "two officials at the crossing", "militants".

    A guess by its spelling, good for English: the last word of the noun ends in s.
    """
    words = clean(name).split()
    end = next((i for i, w in enumerate(words) if w.lower() in _PREPOSITIONS), len(words))
    head = words[max(end - 1, 0)] if words else ""
    if len(words) == 1 and head[:1].isupper():
        return False  # Reuters
    if words and words[0].lower() in ("a", "an"):
        return False
    return head.endswith("s") and not head.endswith(("ss", "us", "is", "News"))


# ------------------------------------------------------------------------------------------- times


def show_moment(telling: Telling, moment: Moment) -> str:
    """A moment: a calendar day as it is in every zone, an instant in the reader's."""
    if moment.precision is Precision.DAY:
        return show_day(telling, moment.at.date())
    return show_instant(telling, moment.at)


def show_instant(telling: Telling, instant: datetime) -> str:
    """Day and time in the reader's zone, which is named the first time."""
    local = instant.astimezone(telling.reader.zone)
    text = f"{show_day(telling, local.date())} {local:%H:%M}"
    if telling.zone_named:
        return text
    telling.zone_named = True
    return f"{text} ({zone_words(telling, telling.reader.zone)})"


def show_exactly(telling: Telling, instant: datetime) -> str:
    """Day with its year, time, and the reader's zone: "Sun 22 Jun 2014 18:00 (Baghdad time)"."""
    local = instant.astimezone(telling.reader.zone)
    day = format_date(local.date(), "EEE d MMM y", locale=telling.reader.locale)
    telling.zone_named = True
    return f"{day} {local:%H:%M} ({zone_words(telling, telling.reader.zone)})"


def show_day(telling: Telling, day: date) -> str:
    """ "Sun 22 Jun", with the year where that is not the present one."""
    this_year = telling.now.astimezone(telling.reader.zone).year
    pattern = "EEE d MMM" if day.year == this_year else "EEE d MMM y"
    return format_date(day, pattern, locale=telling.reader.locale)


def span_words(telling: Telling, span: timedelta) -> Markup:
    """A length of time in hours, or in days where it is two or more."""
    count = telling.reader.count
    if span < 2 * DAY:
        return count("{n} hour", "{n} hours", max(round(span / HOUR), 1))
    return count("{n} day", "{n} days", round(span / DAY))


def zone_words(telling: Telling, zone: ZoneInfo) -> str:
    """A zone by the city it is called after: "Baghdad time"."""
    name = zone.key.rpartition("/")[2].replace("_", " ")
    if name.upper() == name:
        return name  # UTC, GMT+3
    return str(telling.reader.say("{city} time", city=name))


# --------------------------------------------------------------------------------------- standings


def standing_word(telling: Telling, standing: Standing) -> Markup:
    """The word for a standing."""
    say = telling.reader.say
    words = {
        Standing.CONFIRMED: say("confirmed"),
        Standing.LIKELY: say("likely"),
        Standing.DISPUTED: say("disputed"),
        Standing.CONTESTED: say("contested"),
        Standing.UNKNOWN: say("not known"),
    }
    return words[standing]


def status_symbol(telling: Telling, place: Place, status: Status | Assessment | None) -> str:
    """The one emoji for a status."""
    if status is None:
        return UNKNOWN
    if status.standing is Standing.DISPUTED:
        return DISPUTED
    if status.standing is Standing.CONTESTED:
        return CONTESTED
    return party_symbol(status.holder, place, telling.parties) if status.holder else UNKNOWN


def status_words(telling: Telling, status: Status | Assessment | None) -> Markup:
    """A status in a few words: "militants (likely, since Sun 22 Jun)"."""
    say = telling.reader.say
    if (
        status is None
        or status.since is None
        or status.holder is None
        or status.standing not in SURE
        or status.rule is Rule.OWN_WORD
    ):
        return brief_status(telling, status)
    return say(
        "{party} ({standing}, since {since})",
        party=party_name(telling.parties[status.holder]),
        standing=standing_word(telling, status.standing),
        since=show_moment(telling, status.since),
    )


def brief_status(telling: Telling, status: Status | Assessment | None) -> Markup:
    """A status in as few words as it can be said: "disputed, militants ahead"."""
    say = telling.reader.say
    if status is None:
        return say("no report on record")
    standing = standing_word(telling, status.standing)
    if status.holder is None:
        if status.standing is Standing.CONTESTED:
            return standing
        if status.last_holder is None:
            return say("not known who holds it")
        last = party_name(telling.parties[status.last_holder])
        return say("not known who holds it, {party} held it last", party=last)
    party = party_name(telling.parties[status.holder])
    if status.rule is Rule.OWN_WORD:
        return say("claimed by {party}", party=party)
    if status.standing in SURE:
        return say("{party} ({standing})", party=party, standing=standing)
    return say("{standing}, {party} ahead", standing=standing, party=party)


def status_line(telling: Telling, place: Place, status: Status | Assessment | None) -> Markup:
    """A status in a few words with its emoji."""
    symbol = status_symbol(telling, place, status)
    return Markup("{} {}").format(symbol, status_words(telling, status))
