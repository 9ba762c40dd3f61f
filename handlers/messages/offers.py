"""The labels of the buttons that answer what an editor is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import plain_text, shorten
from handlers.messages.sureness import credibility_words
from handlers.messages.voices import claim_words, source_name
from handlers.messages.words import place_label
from storage.model.reports import Claim
from storage.model.sources import Grade, Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.control import Evidence
    from storage.model.places import Place

MAX_LABEL = 60


def claim_label(claim: Claim, reader: Reader) -> str:
    """What a report may claim."""
    return {
        Claim.HOLDS: reader.label("A party holds it"),
        Claim.TOOK: reader.label("A party took it"),
        Claim.LEFT: reader.label("A party left"),
        Claim.FIGHTING: reader.label("Fighting"),
        Claim.DENIES: reader.label("A report is denied"),
    }[claim]


def grade_label(grade: Grade, reader: Reader) -> str:
    """How reliable a source is, in words and by its letter."""
    return {
        Grade.A: reader.label("Completely (A)"),
        Grade.B: reader.label("Usually (B)"),
        Grade.C: reader.label("Fairly (C)"),
        Grade.D: reader.label("Not usually (D)"),
        Grade.E: reader.label("Not at all (E)"),
        Grade.F: reader.label("Not known (F)"),
    }[grade]


def position_label(position: Position, reader: Reader) -> str:
    """Whether a source is where it speaks of."""
    return {
        Position.SCENE: reader.label("At the scene"),
        Position.AWAY: reader.label("Not there"),
        Position.UNKNOWN: reader.label("Not known"),
    }[position]


def credibility_label(grade: int, reader: Reader) -> str:
    """How credible a claim is, in words and by its number."""
    words = plain_text(credibility_words(grade, reader))
    return words[:1].upper() + words[1:]


def not_graded_label(reader: Reader) -> str:
    """A claim is given no grade."""
    return reader.label("No grade")


def person_label(name: str, reader: Reader) -> str:
    """The name of a private person is to be kept and shown."""
    return reader.label("With the name: {name}", name=name)


def nameless_label(reader: Reader) -> str:
    """The name of a private person is left out."""
    return reader.label("Without a name")


def named_label(name: str, reader: Reader) -> str:
    """Something that has a name: a party, a source."""
    return reader.label("{name}", name=name) or "?"


def kind_label(kind: str, reader: Reader) -> str:
    """A kind of source."""
    return {
        "officer": reader.label("officer"),
        "official": reader.label("official"),
        "spokesman": reader.label("spokesman"),
        "witness": reader.label("witness"),
        "resident": reader.label("resident"),
        "media": reader.label("media"),
        "agency": reader.label("agency"),
        "analyst": reader.label("analyst"),
    }[kind]


def report_label(item: Evidence, known: Sequence[Evidence], telling: Telling) -> str:
    """A report in a few words, to be chosen."""
    said = telling.reader.say(
        "{who}: {what}", who=source_name(item), what=claim_words(telling, item, known)
    )
    return shorten(_bare(plain_text(said)), MAX_LABEL)


def own_report_label(
    place: Place, item: Evidence, known: Sequence[Evidence], telling: Telling
) -> str:
    """A report in a few words that name its place, to be chosen."""
    said = telling.reader.say(
        "{place}: {what} – {who}",
        place=place_label(place),
        what=claim_words(telling, item, known),
        who=source_name(item),
    )
    return shorten(_bare(plain_text(said)), MAX_LABEL)


def no_party_label(reader: Reader) -> str:
    """No party is meant."""
    return reader.label("No party")


def new_source_label(name: str, reader: Reader) -> str:
    """A name is that of a source that is not on record."""
    return reader.label("New source: {name}", name=name)


def today_label(reader: Reader) -> str:
    """It happened today."""
    return reader.label("Today")


def yesterday_label(reader: Reader) -> str:
    """It happened yesterday."""
    return reader.label("Yesterday")


def said_label(reader: Reader) -> str:
    """It happened on the day of what was forwarded."""
    return reader.label("The day it was said")


def not_said_label(reader: Reader) -> str:
    """It was not said when it happened."""
    return reader.label("Not said")


def told_us_label(reader: Reader) -> str:
    """Nobody relays it."""
    return reader.label("They told us")


def none_label(reader: Reader) -> str:
    """There is none."""
    return reader.label("There is none")


def _bare(text: str) -> str:
    # A label is read alone: nothing stands beside it that could be turned round.
    return text.replace("\u2068", "").replace("\u2069", "")
