"""What tests are built from: the story's data as model objects, and short ways to make more."""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.model.changes import Status, as_status
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import parse_moment
from storage.places import upsert_places
from storage.sources import upsert_parties, upsert_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from storage.model.control import Assessment

STORY = Path(__file__).parents[1] / "bot" / "sandbox" / "story"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    """Places, parties and sources by id, and reports in the order in which they were said."""

    places: dict[str, Place]
    parties: dict[str, Party]
    sources: dict[str, Source]
    reports: tuple[Report, ...]


def story(*, what_if: bool = False) -> World:
    """The story of June 2014; `what_if` adds the report that takes the spokesman's claim back."""
    names = ["reports.csv", "what-if.csv"] if what_if else ["reports.csv"]
    return World(
        places={row["id"]: _place(row) for row in _rows("places.csv")},
        parties={
            row["id"]: Party(row["id"], row["name"], _list(row["government_of"]), rank=rank)
            for rank, row in enumerate(_rows("parties.csv"))
        },
        sources={row["id"]: _source(row) for row in _rows("sources.csv")},
        reports=tuple(_report(row) for name in names for row in _rows(name)),
    )


def report(
    source: str,
    claim: Claim,
    party: str | None = None,
    *,
    place: str = "al-waleed",
    said: str = "2014-06-23",
    **more: Any,
) -> Report:
    """A report, by default about Al Waleed on 23 June 2014; each has an id of its own."""
    more.setdefault("id", f"report-{next(_numbers)}")
    if isinstance(more.get("occurred"), str):
        more["occurred"] = parse_moment(more["occurred"])
    return Report(
        place=place, claim=claim, source=source, party=party, reported=parse_moment(said), **more
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (STORY / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _place(row: dict[str, str]) -> Place:
    return Place(
        row["id"],
        row["name"],
        row["kind"],
        _list(row["countries"]),
        float(row["lat"]) if row["lat"] else None,
        float(row["lon"]) if row["lon"] else None,
        _list(row["part_of"]),
        _list(row["aliases"]),
    )


def _source(row: dict[str, str]) -> Source:
    return Source(
        row["id"],
        row["name"],
        row["kind"],
        row["party"] or None,
        Grade(row["reliability"]),
        Position(row["position"]),
    )


def _report(row: dict[str, str]) -> Report:
    return Report(
        id=row["id"],
        place=row["place"],
        claim=Claim(row["claim"]),
        source=row["source"],
        reported=parse_moment(row["reported_at"]),
        party=row["party"] or None,
        occurred=parse_moment(row["occurred_at"]) if row["occurred_at"] else None,
        via=row["via"],
        url=row["url"],
        quote=row["quote"],
        refers_to=row["refers_to"] or None,
    )


def load(conn: sa.Connection, world: World) -> None:
    """Put a world's places, parties and sources into a database; its reports are up to the test."""
    upsert_places(conn, world.places.values())
    upsert_parties(conn, world.parties.values())
    upsert_sources(conn, world.sources.values(), datetime(2014, 6, 1, tzinfo=UTC))


def step_of(report: Report) -> int:
    """The step of the story that a report belongs to."""
    return int(report.id.split("-")[1])


def clock_of(step: int) -> datetime:
    """The time in the story when its step is fed: later than every report of the step was said."""
    days = {1: 8, 2: 21, 3: 21, 4: 22, 5: 22, 6: 22}
    return datetime(2014, 6, days.get(step, 23), 8 + step % 12, tzinfo=UTC)


def kept(found: Assessment, place: str = "al-waleed", version: int = 1) -> Status:
    """An assessment as the status that is kept of it."""
    return as_status(place, found, version)
