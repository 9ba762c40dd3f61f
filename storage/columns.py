"""Many reports at once, column by column: the form in which they go into their table.

Of a hundred thousand reports, an object for each takes longer to make than its row to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from storage.column_types import as_stored
from storage.model.reports import Claim
from storage.model.times import Precision
from storage.tables import reports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.model.reports import Report
    from storage.model.times import Moment

NAMES = [c.name for c in reports.columns]
# Where some of it stands in the rows that `stored_rows` makes.
ID, PLACE, _PARTY, _SOURCE, REFERS_TO = map(
    NAMES.index, ("id", "place_id", "party_id", "source_id", "refers_to")
)
# By their values: asking the enumeration takes as long as all the rest.
_SPELT = {word: word.value for words in (Claim, Precision) for word in words}


@dataclass(frozen=True)
class Columns:
    """Reports, each by its number in all of these lists; what they mean says `Report`."""

    ids: Sequence[str]
    places: Sequence[str]
    claims: Sequence[Claim]
    parties: Sequence[str | None]
    sources: Sequence[str]
    vias: Sequence[str]
    occurred: Sequence[Moment | None]
    reported: Sequence[Moment]
    urls: Sequence[str]
    quotes: Sequence[str]
    refers_to: Sequence[str | None]
    credibility: Sequence[int | None]


@dataclass(frozen=True)
class Sheet:
    """Reports each with an id of its own, ready to be written: whatever can be made of them before
    the transaction begins, since everybody else waits for its end.

    `values` are those of their rows in the table `reports`, one row after the other; `alert` says
    whether they may raise alerts, and `late` has the ids of those that came late. `refers_to` has
    the ids of those that refer to another report, with its id.
    """

    ids: Sequence[str]
    values: tuple[Any, ...]
    alert: bool
    late: Collection[str]
    places: frozenset[str]
    parties: frozenset[str]
    sources: frozenset[str]
    refers_to: Mapping[str, str]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, one by one."""
        return zip(*[iter(self.values)] * len(NAMES), strict=True)


def sheet(rows: Sequence[tuple[Any, ...]], *, alert: bool, late: Collection[str] = ()) -> Sheet:
    """A sheet of rows that `stored_rows` has made; of two with one id, the first. Those with an id
    in `late` came late.
    """
    first = {row[ID]: row for row in reversed(rows)}
    if len(first) < len(rows):
        rows = list(reversed(first.values()))
    return Sheet(
        list(map(itemgetter(ID), rows)),
        tuple(chain.from_iterable(rows)),
        alert,
        late,
        frozenset(map(itemgetter(PLACE), rows)),
        frozenset(map(itemgetter(_PARTY), rows)) - {None},
        frozenset(map(itemgetter(_SOURCE), rows)),
        {row[ID]: row[REFERS_TO] for row in rows if row[REFERS_TO] is not None},
    )


def columns_of(some: Sequence[Report]) -> Columns:
    """The columns of some reports."""
    return Columns(
        [r.id for r in some],
        [r.place for r in some],
        [r.claim for r in some],
        [r.party for r in some],
        [r.source for r in some],
        [r.via for r in some],
        [r.occurred for r in some],
        [r.reported for r in some],
        [r.url for r in some],
        [r.quote for r in some],
        [r.refers_to for r in some],
        [r.credibility for r in some],
    )


def stored_rows(
    columns: Columns, *, now: datetime, alert: bool, sqlite: bool
) -> list[tuple[Any, ...]]:
    """Rows of the table `reports`, its columns in their order, as the driver of the database takes
    them: recorded at the time `now` (UTC), and if they raise no alert, known from when they were
    said.

    Raises ValueError for a report of what happened after it was said: see `storage.events.append`.
    """
    recorded_at = as_stored(now, sqlite=sqlite)
    reported_at = [as_stored(m.at, sqlite=sqlite) for m in columns.reported]
    for number, (occurred, reported) in enumerate(
        zip(columns.occurred, columns.reported, strict=True)
    ):
        if occurred and occurred.at > reported.at and reported.surely_before(occurred):
            raise ValueError(
                f"the report {columns.ids[number]!r} is of {occurred}, after it was said"
                f" ({reported})"
            )
    times = {m.at for m in columns.occurred if m}  # mostly days: few, and each again and again
    stored = {at: as_stored(at, sqlite=sqlite) for at in times}
    known_at = repeat(recorded_at) if alert else _known_at(columns, reported_at, now, sqlite)
    return list(
        zip(
            columns.ids,
            columns.places,
            [_SPELT[c] for c in columns.claims],
            columns.parties,
            columns.sources,
            columns.vias,
            [m and stored[m.at] for m in columns.occurred],
            [m and _SPELT[m.precision] for m in columns.occurred],
            reported_at,
            [_SPELT[m.precision] for m in columns.reported],
            columns.urls,
            columns.quotes,
            columns.refers_to,
            columns.credibility,
            repeat(recorded_at),
            known_at,
            strict=False,  # what is repeated has no end
        )
    )


def _known_at(
    columns: Columns, reported_at: Sequence[Any], now: datetime, sqlite: bool
) -> list[Any]:
    """Each as it is stored: when a report was surely said, or `now` if that is earlier."""
    recorded_at = as_stored(now, sqlite=sqlite)
    return [
        recorded_at
        if (latest := moment.latest) >= now
        else (at if latest is moment.at else as_stored(latest, sqlite=sqlite))
        for moment, at in zip(columns.reported, reported_at, strict=True)
    ]
