"""Silence: a source whose reports no longer come in. Collection failed; it is not calm there.

A source is measured by its own rhythm: the usual gap between the moments at which it was heard of.
Heard of it is when something was *recorded* that was news then. A feed that is imported in bulk
once a week has a rhythm of a week, however many days its reports tell of, and an archive tells
nothing of how often a source speaks today. All that is recorded within an hour is one moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from storage.model.words import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.model.control import Assessment
    from storage.model.policy import Policy

# Finer makes no difference beside the least time of a silence.
ONE_MOMENT = timedelta(hours=1)


@dataclass(frozen=True)
class Received:
    """When something of a source was recorded, and when the newest of it was said (UTC)."""

    recorded_at: datetime
    said_at: datetime


@dataclass(frozen=True)
class Hearing:
    """When a source was heard of last, and its last moments, oldest first (UTC)."""

    heard_at: datetime | None = None
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Silence:
    """That nothing has come in from a source since it was heard of last, at `since` (UTC).

    `rhythm` is the usual gap until then. It was found at `found_at`, and is over since `ended_at`
    where that is given.
    """

    source: str
    since: datetime
    rhythm: timedelta
    found_at: datetime
    ended_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether the source was known to be silent at the time `at` (UTC)."""
        return self.found_at <= at and (self.ended_at is None or at < self.ended_at)


def hear(hearing: Hearing, received: Iterable[Received], policy: Policy) -> Hearing:
    """What is known of a source after what was received, in the order of recording."""
    for one in received:
        if one.recorded_at - one.said_at > policy.news_within:
            continue
        if hearing.heard_at is not None and one.recorded_at <= hearing.heard_at:
            continue
        moments = hearing.moments
        if not moments or one.recorded_at - moments[-1] >= ONE_MOMENT:
            moments = (*moments, one.recorded_at)[-policy.rhythm_moments :]
        hearing = replace(hearing, heard_at=one.recorded_at, moments=moments)
    return hearing


def rhythm(hearing: Hearing, policy: Policy) -> timedelta | None:
    """The usual gap between the last moments of a source; None where there are too few."""
    if len(hearing.moments) < policy.rhythm_needs:
        return None
    moments = hearing.moments[-policy.rhythm_moments :]
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    return timedelta(seconds=median(gaps))


def silent_from(hearing: Hearing, policy: Policy) -> datetime | None:
    """From when on (UTC) a source is silent unless it is heard of; None: it has no rhythm."""
    usual = rhythm(hearing, policy)
    if hearing.heard_at is None or usual is None:
        return None
    return hearing.heard_at + max(policy.silent_after * usual, policy.silent_least)


def silence_of(source: str, hearing: Hearing, policy: Policy, at: datetime) -> Silence | None:
    """The silence that a source is in at the time `at` (UTC), if it is."""
    usual, due = rhythm(hearing, policy), silent_from(hearing, policy)
    if hearing.heard_at is None or usual is None or due is None or due > at:
        return None
    return Silence(source, hearing.heard_at, usual, at)


def resting_on(found: Assessment) -> frozenset[str]:
    """The ids of the sources that an answer rests on: those that count, or, where nothing counts
    any more, those whose word has become too old.
    """
    counting = frozenset(e.source.id for e in found.counting)
    return counting or frozenset(e.source.id for e in found.evidence if Reason.TOO_OLD in e.reasons)
