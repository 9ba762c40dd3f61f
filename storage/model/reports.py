"""Reports: one source's claim about one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.times import Moment


class Claim(StrEnum):
    """What a report says."""

    HOLDS = "holds"  # the party holds the place
    TOOK = "took"  # the party took it
    LEFT = "left"  # the party does not hold it any more; not who does
    FIGHTING = "fighting"  # there is fighting; the party, if named, is still there
    DENIES = "denies"  # what another report claims is not so
    RETRACTS = "retracts"  # the report referred to is taken back


# Grades of a claim itself, whoever makes it (NATO AJP-2.1, "Admiralty" grading): 1 confirmed,
# 2 probably true, 3 possibly true, 4 doubtful, 5 improbable, 6 cannot be judged.
CREDIBILITY = range(1, 7)
NEEDS_PARTY = frozenset({Claim.HOLDS, Claim.TOOK, Claim.LEFT})


@dataclass(frozen=True)
class Report:
    """One source's claim about one place; ids name the place, party and source.

    `occurred` is when it happened, where that was said; `reported` when it was said;
    `recorded_at` when this program recorded it, and `known_at` from when it counts as known: a
    backfilled one from when it was said (UTC). `via` is the publisher that relays it; `refers_to`
    the report that is denied or retracted; `credibility` the grade 1–6 of the claim.
    """

    id: str
    place: str
    claim: Claim
    source: str
    reported: Moment
    party: str | None = None
    occurred: Moment | None = None
    via: str = ""
    url: str = ""
    quote: str = ""
    refers_to: str | None = None
    credibility: int | None = None
    recorded_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def about(self) -> Moment:
        """The moment whose state of control the claim is about."""
        return self.occurred or self.reported
