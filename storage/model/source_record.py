"""The record of a source as people read it: its claims against settled holders, and what became
of them.

A claim is what a source says at one open place for one rival, for however long. It is borne out
when the place next settles on that rival, refuted when it settles otherwise, and open until then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from storage.model.record import ANYBODY, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.model.control import Evidence
    from storage.model.record import Past
    from storage.model.sources import Source
    from storage.model.times import Moment

_CLAIMS = frozenset({Stance.NEW, Stance.KEPT})


@dataclass(frozen=True)
class PartyRecord:
    """What became of the claims of a source for one party."""

    party: str
    claims: int
    borne_out: int
    refuted: int
    open: int


@dataclass(frozen=True)
class SourceRecord:
    """What became of all claims of a source, how early it made them, and when it spoke last.

    `median_lead` is how much earlier than the first other source it made its claims, negative where
    it was later; None where nobody else made the same.
    """

    source: Source
    claims: int
    borne_out: int
    refuted: int
    open: int
    median_lead: timedelta | None
    by_party: tuple[PartyRecord, ...]
    last_said: Moment | None
    reports: int


@dataclass(frozen=True)
class Spoken:
    """How many reports of a source are on record, and when the last was said."""

    reports: int = 0
    last: Moment | None = None


@dataclass(frozen=True)
class _Claim:
    """One claim: for whom, what became of it (None: open), and its lead over the others."""

    party: str
    came_true: bool | None
    lead: timedelta | None


def source_records(
    sources: Iterable[Source], places: Iterable[Past], spoken: Mapping[str, Spoken]
) -> list[SourceRecord]:
    """The record of each source, from what each place teaches, in the order of the sources."""
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for past in places:
        for source_id, claim in _claims(past):
            claims[source_id].append(claim)
    return [_record(s, claims[s.id], spoken.get(s.id, Spoken())) for s in sources]


def _claims(past: Past) -> Iterator[tuple[str, _Claim]]:
    """Each claim at one place, with its source."""
    first: dict[tuple[datetime, str], dict[str, datetime]] = defaultdict(dict)
    for lesson in past.lessons:
        if lesson.stance in _CLAIMS and lesson.source != ANYBODY:
            by_source = first[lesson.opened, lesson.side]
            by_source[lesson.source] = min(
                lesson.begins, by_source.get(lesson.source, lesson.begins)
            )
    for (_, side), by_source in first.items():
        for source_id, began in by_source.items():
            settled = (s.party for s in past.settlements if s.at > began)
            outcome = next(settled, None)
            others = [at for other, at in by_source.items() if other != source_id]
            yield (
                source_id,
                _Claim(
                    side,
                    None if outcome is None else outcome == side,
                    min(others) - began if others else None,
                ),
            )


def _record(source: Source, claims: Sequence[_Claim], spoken: Spoken) -> SourceRecord:
    by_party: dict[str, list[_Claim]] = defaultdict(list)
    for claim in claims:
        by_party[claim.party].append(claim)
    leads = [c.lead.total_seconds() for c in claims if c.lead is not None]
    return SourceRecord(
        source,
        len(claims),
        *_outcomes(claims),
        median_lead=timedelta(seconds=median(leads)) if leads else None,
        by_party=tuple(
            PartyRecord(party, len(some), *_outcomes(some))
            for party, some in sorted(by_party.items(), key=lambda p: (-len(p[1]), p[0]))
        ),
        last_said=spoken.last,
        reports=spoken.reports,
    )


def _outcomes(claims: Iterable[_Claim]) -> tuple[int, int, int]:
    """How many were borne out, how many refuted, and how many are open."""
    became = [c.came_true for c in claims]
    return became.count(True), became.count(False), became.count(None)


@dataclass(frozen=True)
class EarlierClaims:
    """How many earlier claims of a source were like a report of now, and how many came true."""

    claims: int
    borne_out: int


def earlier_claims(evidence: Evidence) -> EarlierClaims | None:
    """The record behind a report; None where nothing is learned, or it was not asked for.

    A record counts how often a claim came true. For whoever stands by the holder that is how often
    it was wrong, or is not shown to be right yet.
    """
    tally = evidence.record
    if tally is None:
        return None
    right = tally.right if is_claim(evidence) else tally.cases - tally.right
    return EarlierClaims(tally.cases, right)


def is_claim(evidence: Evidence) -> bool:
    """Whether a report claims the place against a holder, and does not stand by one."""
    return evidence.stance in _CLAIMS
