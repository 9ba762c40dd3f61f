"""Rows that are well formed → on record, unless they contradict what is there already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from bot.importing.named import Named
from bot.importing.rejects import Reject
from storage import checkpoints, events
from storage.model.parties import side_of
from storage.model.places import AREA, OURS
from storage.model.sameness import Known
from storage.places import (
    add_other_ids,
    all_places,
    get_places,
    members,
    put_in_order,
    real_ids,
    upsert_places,
)
from storage.sources import all_parties, get_sources, upsert_parties, upsert_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    import sqlalchemy as sa

    from bot.importing.checks import Corridor
    from bot.importing.files import Row
    from storage.columns import Sheet
    from storage.model.parties import Party
    from storage.model.places import Place
    from storage.model.reports import Report
    from storage.model.sources import Source

T = TypeVar("T", bound="Place | Corridor | Party | Source")
TWICE = "stands in the import already, with other content"


@dataclass
class Kept:
    """What became of some rows; whatever is in none of these was on record already."""

    new: int = 0
    changed: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, row: Row, column: str, reason: str) -> None:
        """Note a row that is not taken."""
        self.rejects.append(Reject(row, column, reason))


def keep_places(
    conn: sa.Connection, items: Sequence[tuple[Row, Place]], seen: dict[str, int]
) -> Kept:
    """Add or change places and areas; `seen` holds those of this import so far.

    A place that a gazetteer has brought before is given what the row says, and stays under the
    id that it has: what the row calls it means that place from now on.
    """
    kept = Kept()
    meant = _meant(conn, items)
    wanted = {p.id for _, p in items} | {a for _, p in items for a in p.part_of}
    known = get_places(conn, wanted | {*meant.values()})
    good: list[Place] = []
    for row, given in _once(items, seen, kept):
        areas = tuple(meant.get(a, a) for a in given.part_of)
        place = replace(given, id=meant.get(given.id, given.id), part_of=areas)
        there = known.get(place.id)
        strange = [a for a in place.part_of if a not in known]
        no_areas = [a for a in place.part_of if a in known and known[a].kind != AREA]
        if there is not None and there.is_area != place.is_area:
            kept.reject(row, "kind", f"is on record as {there.kind!r}: use another id")
        elif strange:
            kept.reject(row, "part_of", f"no area has the id {strange[0]!r}")
        elif no_areas:
            what = "a corridor: list its places there" if known[no_areas[0]].is_area else "no area"
            kept.reject(row, "part_of", f"{no_areas[0]!r} is {what}")
        elif there is None:
            kept.new += 1
            good.append(place)
        elif not _adds_nothing(place, there):
            kept.changed += 1
            good.append(_with_listed_name(place, there))
    upsert_places(conn, good)
    return kept


def _with_listed_name(place: Place, there: Place) -> Place:
    """The place, still found by the name that a gazetteer gave it."""
    if there.origin == OURS or there.name in (place.name, *place.aliases):
        return place
    return replace(place, aliases=(*place.aliases, there.name))


def _meant(conn: sa.Connection, items: Sequence[tuple[Row, Place]]) -> dict[str, str]:
    """The ids on record of places and areas that these rows call otherwise, by the rows' ids.

    Rows that speak of a gazetteer's place under an id of their own are found here.
    """
    ids = {p.id for _, p in items}
    meant = real_ids(conn, ids | {a for _, p in items for a in p.part_of})
    on_record = all_places(conn)
    taken = {p.id for p in on_record}
    listed = Known(p for p in on_record if p.origin != OURS and p.id not in ids)
    found: dict[str, str] = {}
    for _, place in items:
        if place.id in taken or place.id in meant or place.id in found:
            continue
        there = listed.same_as(place)
        if there is not None and there.id not in found.values():
            found[place.id] = there.id
    add_other_ids(conn, found)
    return meant | found


def _adds_nothing(place: Place, there: Place) -> bool:
    # Aliases and areas on record are kept, so a file need not repeat them.
    more = not set(place.aliases) <= set(there.aliases) or not set(place.part_of) <= set(
        there.part_of
    )
    return not more and replace(place, aliases=(), part_of=()) == replace(
        there, aliases=(), part_of=()
    )


def keep_corridors(conn: sa.Connection, items: Sequence[tuple[Row, Corridor]]) -> Kept:
    """Add or change corridors, whose places must be on record; the places listed are all it has."""
    kept = Kept()
    named = {c.id for _, c in items} | {p for _, c in items for p in c.places}
    meant = real_ids(conn, named)
    known = get_places(conn, named | {*meant.values()})
    for row, corridor in _once(items, {}, kept):
        ids = [meant.get(p, p) for p in corridor.places]
        there = known.get(corridor.id)
        problem = next((_no_stop(i, known.get(i)) for i in ids if _no_stop(i, known.get(i))), "")
        if there is not None and not there.is_corridor:
            kept.reject(row, "id", f"is on record as {there.kind!r}: use another id")
        elif problem:
            kept.reject(row, "places", problem)
        elif len(set(ids)) < len(ids):
            kept.reject(row, "places", "lists one place twice, under two of its ids")
        elif there is None or not _is_same_way(conn, corridor, there, ids):
            kept.new += there is None
            kept.changed += there is not None
            countries = dict.fromkeys(c for i in ids for c in known[i].countries)
            upsert_places(conn, [replace(corridor.place, countries=tuple(countries))])
            put_in_order(conn, corridor.id, ids)
    return kept


def _no_stop(place_id: str, place: Place | None) -> str:
    """Why a corridor cannot lead through this; empty where it can."""
    if place is None:
        return f"no place has the id {place_id!r}"
    return f"{place_id!r} is {place.kind} and no place" if place.is_area else ""


def _is_same_way(conn: sa.Connection, corridor: Corridor, there: Place, ids: Sequence[str]) -> bool:
    same_names = there.name == corridor.place.name and set(corridor.place.aliases) <= set(
        there.aliases
    )
    return same_names and [p.id for p in members(conn, there.id)] == list(ids)


def keep_parties(conn: sa.Connection, items: Sequence[tuple[Row, Party]], *, now: datetime) -> Kept:
    """Add or change parties at the time `now` (UTC); all of a file at once, since one may belong
    to a later one.
    """
    kept = Kept()
    known = all_parties(conn)
    given = {party.id: (row, party) for row, party in _once(items, {}, kept)}
    while stray := [p for _, p in given.values() if p.part_of and p.part_of not in known | given]:
        # Whatever belongs to a party that is not taken is not taken either.
        for party in stray:
            row, _ = given.pop(party.id)
            kept.reject(row, "part_of", f"no party has the id {party.part_of!r}")
    after = known | {party_id: party for party_id, (_, party) in given.items()}
    ring = [p for _, p in given.values() if _in_ring(p, after)]
    for party in ring:
        row, _ = given.pop(party.id)
        kept.reject(row, "part_of", "the party would belong to itself, by way of others")
    good = []
    for _, party in given.values():
        there = known.get(party.id)
        if there is None:
            kept.new += 1
        elif replace(there, rank=party.rank) != party:
            kept.changed += 1
        else:
            continue
        good.append(party)
    upsert_parties(conn, good)
    if kept.changed:
        # Whose interest a word serves may be another.
        checkpoints.forget_all(conn, now)
    return kept


def _in_ring(party: Party, parties: dict[str, Party]) -> bool:
    top = parties[side_of(party.id, parties)]
    return top.part_of is not None


def keep_sources(
    conn: sa.Connection, items: Sequence[tuple[Row, Source]], *, now: datetime
) -> Kept:
    """Add or change sources at the time `now` (UTC); their party must be on record."""
    kept = Kept()
    known = get_sources(conn, {s.id for _, s in items})
    parties = all_parties(conn)
    good: list[Source] = []
    for row, source in _once(items, {}, kept):
        if source.party and source.party not in parties:
            kept.reject(row, "party", f"no party has the id {source.party!r}")
        elif source.id not in known:
            kept.new += 1
            good.append(source)
        elif known[source.id] != _as_pinned(source, known[source.id]):
            kept.changed += 1
            good.append(source)
    if upsert_sources(conn, good, now):
        checkpoints.forget_all(conn, now)
    return kept


def _as_pinned(source: Source, there: Source) -> Source:
    """The source as it will be kept: a pinned grade is not changed by a file."""
    if not there.pinned:
        return source
    return replace(source, pinned=True, reliability=there.reliability)


def keep_reports(
    conn: sa.Connection,
    items: Sequence[tuple[Row, Report]],
    *,
    now: datetime,
    alert: bool,
    late_after: timedelta | None = None,
    named: Named | None = None,
) -> Kept:
    """Record reports at the time `now` (UTC) whose place, party and source are on record.

    Those on record already stay as they are; for `late_after` see `storage.events.append`.
    `named` is what earlier calls have found on record.
    """
    kept = Kept()
    on_record = named or Named()
    on_record.look_up(
        conn,
        {report.place for _, report in items},
        {report.source for _, report in items},
        {report.party for _, report in items if report.party},
    )
    good: dict[str, tuple[Row, Report]] = {}
    for row, given in items:
        real, is_area = on_record.places.get(given.place, (given.place, None))
        report = given if real == given.place else replace(given, place=real)
        if report.id in good:
            if good[report.id][1] != report:
                kept.reject(row, "id", TWICE)
        elif is_area is None:
            kept.reject(row, "place", f"no place has the id {report.place!r}")
        elif is_area:
            kept.reject(row, "place", f"{report.place!r} is an area: report on its places")
        elif report.party and report.party not in on_record.parties:
            kept.reject(row, "party", f"no party has the id {report.party!r}")
        elif report.source not in on_record.sources:
            kept.reject(row, "source", f"no source has the id {report.source!r}")
        else:
            good[report.id] = (row, report)
    reports = [report for _, report in good.values()]
    for some in events.sheets(conn, reports, now=now, alert=alert, late_after=late_after):
        new = len(events.append_sheet(conn, some))
        kept.new += new
        for report_id in events.differing(conn, some) if new < len(some.ids) else ():
            kept.reject(
                good[report_id][0],
                "id",
                "already on record with other content: a report is never changed, "
                "give the new one an id of its own (and retract the old one)",
            )
    return kept


def keep_sheet(conn: sa.Connection, given: Sheet, named: Named) -> tuple[int, Collection[str]]:
    """Record reports that are nothing out of the ordinary.

    Returns how many were new, and the ids of those that have to be looked at one by one: all of
    them where any names what is not on record under that id, and then none is recorded; otherwise
    those that are on record with another content.
    """
    named.look_up(conn, given.places, given.sources, given.parties)
    plain = all(named.places.get(place) == (place, False) for place in given.places)
    if not (plain and given.sources <= named.sources and given.parties <= named.parties):
        return 0, frozenset(given.ids)
    new = len(events.append_sheet(conn, given))
    return new, events.differing(conn, given) if new < len(given.ids) else ()


def _once(
    items: Iterable[tuple[Row, T]], seen: dict[str, int], kept: Kept
) -> Iterable[tuple[Row, T]]:
    """The items without those whose id came before; with other content they are rejected."""
    for row, item in items:
        content = hash(item)
        if item.id not in seen:
            seen[item.id] = content
            yield row, item
        elif seen[item.id] != content:
            kept.reject(row, "id", TWICE)
