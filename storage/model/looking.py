"""Looking at a place: from its reports to who holds it, from the beginning or a checkpoint.

A checkpoint keeps what the reports about the time before it come to. Going on from there finds
what looking at all reports finds.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from storage.model.before import Before, look_back
from storage.model.control import conclude
from storage.model.fold import Fold, follow, wait
from storage.model.reading import read_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from storage.model.control import Assessment
    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reading import Said
    from storage.model.record import Past, Record
    from storage.model.reports import Report
    from storage.model.sources import Sources

# How far behind a checkpoint stays: longer than a report reaches back without referring to another,
# so that hardly any asks for all reports. Where a policy has them reach further, more of them do.
CHECKPOINT_AGE = timedelta(days=10)
# With so many reports in that time a place is busy: its checkpoint moves on every day, for whatever
# lies between is followed again at every look. More than are kept with a status where they do not
# count (`storage.assessments`), so that it loses none of those.
BUSY = 100


@dataclass(frozen=True)
class Checkpoint:
    """What was made of the reports about the time before `before.cut`: to go on from there."""

    before: Before
    fold: Fold


@dataclass(frozen=True)
class Looked:
    """An assessment, what the place teaches about its sources, and where to go on from later.

    `is_open`: whether somebody contradicts what was last settled there.
    """

    found: Assessment
    past: Past
    checkpoint: Checkpoint
    is_open: bool


def look(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
    records: Sequence[Record] = (),
    held: Collection[str] = (),
) -> Looked:
    """Who holds the place that all `reports` are about at the time `at` (UTC), and why; with what
    to learn from the place, and a checkpoint for the next time.

    The order of the reports and repeated ones make no difference. Reports about a time after `at`
    are left out; a retraction counts whenever it was made; the reports whose ids are `held` are set
    aside. Raises KeyError for a source or a party that is not in `sources` or `parties`.
    """
    said = read_words(reports, sources, parties, policy, at, held=held)
    return _look(said, Fold(policy, records), sources, parties, at, None)


def look_again(
    checkpoint: Checkpoint,
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    at: datetime,
    records: Sequence[Record] = (),
    held: Collection[str] = (),
) -> Looked | None:
    """As `look`, from a checkpoint and the reports about the time since its cut alone.

    What was recorded since the checkpoint was made has to be among them, whatever it is about. The
    evidence names only what was said since the cut or still counts. None if a report touches what
    lies before the cut, or `at` lies there: then the place has to be looked at as a whole.
    """
    if at < checkpoint.before.cut:
        return None
    fold = checkpoint.fold.copy()
    fold.records = records
    said = read_words(reports, sources, parties, fold.policy, at, checkpoint.before, held)
    return None if said is None else _look(said, fold, sources, parties, at, checkpoint)


def _look(
    said: Said,
    fold: Fold,
    sources: Sources,
    parties: Parties,
    at: datetime,
    checkpoint: Checkpoint | None,
) -> Looked:
    """Follow what was said, and move the checkpoint on where it has fallen far behind."""
    cut = (at - CHECKPOINT_AGE).replace(hour=0, minute=0, second=0, microsecond=0)
    if checkpoint is None or _has_fallen_behind(checkpoint.before.cut, cut, said):
        later = bisect_left(said.words, cut, key=attrgetter("when"))
        follow(fold, said.words[:later])
        kept = fold.copy()
        follow(fold, said.words[later:])
        before = checkpoint.before if checkpoint else Before(cut)
        checkpoint = Checkpoint(look_back(before, said, cut, parties, fold.policy), kept)
    else:
        follow(fold, said.words)
    wait(fold, at)
    found = conclude(fold, said, sources, at)
    return Looked(found, fold.past, checkpoint, fold.opened is not None)


def _has_fallen_behind(last: datetime, cut: datetime, said: Said) -> bool:
    """Whether a checkpoint with its cut at `last` is to be moved on to a later one."""
    if cut - last >= CHECKPOINT_AGE:
        return True
    if cut <= last or len(said.words) + len(said.silent) < BUSY:
        return False
    since = [w.when for w in said.words] + [r.about.at for r, _ in said.silent]
    return sum(t >= cut for t in since) >= BUSY
