"""News texts that editors gave to be read, and the claims that were drafted from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from storage.model.drafting import Gap
from storage.model.reports import NEEDS_PARTY
from storage.model.sources import Position
from storage.model.times import Moment, Precision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from storage.model.drafting import Draft, PartySaid, TimeSaid
    from storage.model.reports import Claim

# As long as a report that nobody goes on with.
KEPT_FOR = timedelta(hours=24)

Days: TypeAlias = "tuple[date, date]"  # the first and the last, both included


@dataclass(frozen=True)
class Given:
    """A text as it was given: when it was sent or, of a forwarded one, said (UTC), and the day of
    that, from which days such as "on Sunday" are counted. `publisher` and `url` are those of a
    forwarded message.
    """

    text: str
    sent: datetime
    day: date
    forwarded: bool = False
    publisher: str = ""
    url: str = ""


@dataclass(frozen=True)
class DraftedClaim:
    """A claim as it is kept until the editor has gone through it.

    `place` and `party` are ids, None where the text does not surely tell them (the gap says why);
    `place_called`, `party_called` and `speaker` are the text's own words. `denies` is the number,
    from 0, of the claim in the same text that this one denies or takes back, `denied` and
    `denied_party` what it says that this is.
    """

    quote: str
    claim: Claim
    place: str | None
    place_called: str
    place_gap: Gap | None = None
    party: str | None = None
    party_called: str = ""
    party_gap: Gap | None = None
    speaker: str = ""
    publisher: str = ""
    happened: Days | None = None
    said: Days | None = None
    denies: int | None = None
    denied: Claim | None = None
    denied_party: str | None = None
    background: bool = False
    # What the text tells of the speaker: empty, or None, where it tells nothing.
    speaker_kind: str = ""
    speaker_side: str | None = None
    speaker_position: Position = Position.UNKNOWN

    @property
    def lacks_party(self) -> bool:
        """Whether it has to be asked which party is meant."""
        unclear = self.party_gap in (Gap.NO_SUCH_PARTY, Gap.SEVERAL_PARTIES)
        return self.party is None and (self.claim in NEEDS_PARTY or unclear)

    @property
    def occurred(self) -> Moment | None:
        """The day on which it happened; None where the text tells none, or more than one."""
        return _moment(self.happened)


@dataclass(frozen=True)
class Article:
    """A text that was given, by whom and where, and what was read in it: None before that.

    `begun` has the numbers of the report drafts that were begun with each claim, by its number
    from 0.
    """

    id: int
    chat_id: int
    user_id: int
    given: Given
    claims: tuple[DraftedClaim, ...] | None = None
    begun: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def reported(self, claim: DraftedClaim) -> Moment | None:
        """When a claim was said, by the text or else by the message; None for when it is recorded:
        what an editor has typed is said then, as every report by hand.
        """
        given = self.given
        if claim.said is None or claim.said == (given.day, given.day):
            return Moment(given.sent) if given.forwarded else None
        return _moment(claim.said)


def drafted(draft: Draft) -> DraftedClaim:
    """What is kept of a draft."""
    place, denied, speaker = draft.place, draft.denied, draft.speaker
    said_by = (speaker.stands_for or speaker.written) if speaker else ""
    return DraftedClaim(
        " ".join(draft.quote.split()),
        draft.claim,
        place.place.id if place.place and not place.gap else None,
        place.stands_for or place.written,
        place.gap,
        _party(draft.party),
        (draft.party.stands_for or draft.party.written) if draft.party else "",
        draft.party_gap,
        said_by,
        "" if draft.publisher == said_by else draft.publisher or "",
        _days(draft.happened) if draft.happened and not draft.happened.from_dateline else None,
        _days(draft.said),
        denied.draft if denied else None,
        denied.claim if denied else None,
        _party(denied.party) if denied else None,
        draft.background,
        (speaker.kind or "") if speaker else "",
        _party(speaker.side) if speaker else None,
        speaker.position if speaker else Position.UNKNOWN,
    )


def _party(said: PartySaid | None) -> str | None:
    return said.party.id if said and said.party and not said.gap else None


def _days(said: TimeSaid | None) -> Days | None:
    return None if said is None else (said.first, said.last)


def _moment(days: Days | None) -> Moment | None:
    if days is None or days[0] != days[1]:
        return None
    return Moment(datetime.combine(days[0], time(), UTC), Precision.DAY)
