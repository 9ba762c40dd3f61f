"""A draft: one claim as a text makes it, and where in the text each part of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from storage.model.sources import Position
from storage.model.times import Moment, Precision

if TYPE_CHECKING:
    from storage.model.parties import Party
    from storage.model.places import Place
    from storage.model.reports import Claim


class Span(NamedTuple):
    """Where something stands in the text: its first character, and the first one behind it."""

    start: int
    end: int


class Gap(StrEnum):
    """Why a part of a draft is missing, or not sure."""

    NO_SUCH_PLACE = "no place on record is called so"
    SEVERAL_PLACES = "several places may be meant"
    AN_AREA = "an area has no status of its own"
    NO_PARTY = "the text does not say which party"
    NO_SUCH_PARTY = "no party on record is called so"
    SEVERAL_PARTIES = "several parties may be meant"
    NO_SPEAKER = "the text itself says so and names nobody for it"
    NO_TIME = "the text does not say when"
    NO_DATELINE = "without the date of the text its day cannot be told"
    NO_PUBLISHER = "the text names none"


class Attribution(StrEnum):
    """How surely a claim is the speaker's."""

    SAID = "said"  # in the same sentence
    CARRIED = "carried"  # a quotation that goes on from the sentence before
    MEDIA = "media"  # a publisher or unnamed reports, and nobody behind them is named
    OWN = "own"  # the text's own words


class Precisely(StrEnum):
    """How precisely a text tells a time."""

    DAY = "day"
    NIGHT = "night"  # the one between two days
    DAYS = "days"  # some days, such as a weekend
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class PlaceSaid:
    """A place as it is written; `stands_for` is the name that "it" or "the town" stands for."""

    written: str
    span: Span
    place: Place | None = None
    candidates: tuple[Place, ...] = ()
    gap: Gap | None = None
    stands_for: str = ""


@dataclass(frozen=True)
class PartySaid:
    """A party as it is written; `stands_for` are the words that "they" stands for."""

    written: str
    span: Span
    party: Party | None = None
    candidates: tuple[Party, ...] = ()
    gap: Gap | None = None
    stands_for: str = ""


@dataclass(frozen=True)
class TimeSaid:
    """The first and the last day that a time may mean, in the zone of the text.

    `since` tells that it lasts from then on; `from_dateline` that only the text is dated so.
    """

    first: date
    last: date
    precision: Precisely
    written: str
    span: Span | None
    since: bool = False
    from_dateline: bool = False

    @property
    def moment(self) -> Moment | None:
        """The day as a report has it; None of what is longer than a day."""
        if self.precision is not Precisely.DAY:
            return None
        return Moment(datetime.combine(self.first, time(), UTC), Precision.DAY)


@dataclass(frozen=True)
class Speaker:
    """Who says so, as written.

    `kind` is a word for it as a source has one, None where no word tells; `number` is None where
    they are not counted; `side` is the party they are said to belong to. `stands_for` are the
    words that "he" stands for.
    """

    written: str
    span: Span
    kind: str | None = None
    number: int | None = None
    side: PartySaid | None = None
    position: Position = Position.UNKNOWN
    stands_for: str = ""


@dataclass(frozen=True)
class Denied:
    """What a denial says is not so, or a retraction takes back; `draft` is the number of the draft
    of this text that claims it.
    """

    claim: Claim
    party: PartySaid | None = None
    draft: int | None = None


@dataclass(frozen=True)
class Draft:
    """One claim about one place, for a person to confirm.

    Where `party`, `speaker`, `publisher`, `happened` or `said` is None, its gap tells why. `quote`
    is the sentence at `span`; `verb` where the words are that make the claim. `background` marks
    what is told of the past beside the news.
    """

    place: PlaceSaid
    claim: Claim
    verb: Span
    quote: str
    span: Span
    party: PartySaid | None
    party_gap: Gap | None
    speaker: Speaker | None
    speaker_gap: Gap | None
    publisher: str | None
    publisher_span: Span | None
    publisher_gap: Gap | None
    happened: TimeSaid | None
    happened_gap: Gap | None
    said: TimeSaid | None
    said_gap: Gap | None
    attribution: Attribution
    background: bool = False
    denied: Denied | None = None
