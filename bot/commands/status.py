"""`whoholds status`: who holds a place, for a terminal or for a machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from storage import places
from storage.control import assess_place
from storage.model.control import Rule, Standing
from storage.model.errors import BadInput
from storage.model.names import Ambiguous, Found, NotFound, resolve
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.times import Precision, iso, parse_moment
from storage.place_index import PlaceIndex
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place

MEANING = {
    Standing.CONFIRMED: "confirmed: independent sources agree",
    Standing.LIKELY: "likely: nobody of weight denies it, nobody independent confirms it",
    Standing.DISPUTED: "disputed: sources disagree on who holds it",
    Standing.CONTESTED: "contested: fighting is reported",
    Standing.UNKNOWN: "unknown: no report says so that is fresh enough",
}
THIN = {
    Rule.ONE_VOICE: "likely, but on one report alone",
    Rule.OWN_WORD: "likely, but by its own side's word alone",
    Rule.TOO_WEAK: "unknown: whoever says something is not reliable enough",
    Rule.LEFT: "unknown: the last holder is said to have left",
}


@dataclass(frozen=True)
class Answer:
    """A place and who held it at a time."""

    place: Place
    areas: Sequence[Place]
    found: Assessment
    at: datetime


def show_status(name: str, as_of: str | None, *, as_json: bool) -> None:
    """Print the status of a place, or of every place of an area; as JSON one object a line.

    Raises BadInput for a name that is unknown or ambiguous, or a time that is none.
    """
    settings = get_ready()
    at = utc_now() if as_of is None else end_of(as_of)
    with opened(settings, make=False) as database, database.connect() as conn:
        asked = which_place(conn, name)
        inside = places.members(conn, asked.id) if asked.is_area else [asked]
        around = places.areas_of(conn, [p.id for p in inside])
        parties = all_parties(conn)
        answers = [
            Answer(p, around[p.id], assess_place(conn, p.id, DEFAULT_POLICY, at), at)
            for p in inside
        ]
    if as_json:
        for answer in answers:
            typer.echo(json.dumps(as_object(answer), ensure_ascii=False))
        return
    if asked.is_area:
        many = "1 place" if len(inside) == 1 else f"{len(inside)} places"
        typer.secho(f"{asked.name} (area, {many})", bold=True)
    for answer in answers:
        if asked.is_area:
            typer.echo()
        _print(answer, parties)


def end_of(text: str) -> datetime:
    """The time that `--as-of` means (UTC): of a bare date, the end of that day."""
    try:
        moment = parse_moment(text)
    except BadInput as error:
        raise BadInput(error.reason, column="--as-of") from None
    if moment.precision is Precision.DAY:
        return moment.latest - timedelta(microseconds=1)
    return moment.at


def which_place(conn: sa.Connection, name: str) -> Place:
    """The place or area that is meant; raises BadInput that names the candidates."""
    index = PlaceIndex().current(conn)
    match resolve(name, index):
        case Found(place):
            return place
        case Ambiguous(candidates):
            # Naming the id is the way out.
            for place in candidates:
                if place.id == name:
                    return place
            raise BadInput(
                f"{name[:60]!r} could be any of these; ask with the id:" + _listed(candidates)
            )
        case NotFound(near):
            if not index:
                raise BadInput("no place is on record yet: `whoholds import PATH` brings some")
            hint = "; similar names:" + _listed(near) if near else ""
            raise BadInput(f"no place is called {name[:60]!r}{hint}")


def _listed(candidates: Sequence[Place]) -> str:
    width = max(len(p.id) for p in candidates)
    return "".join(
        f"\n  {p.id:{width}}  {p.name} ({', '.join([p.kind, *p.countries])})" for p in candidates
    )


def as_object(answer: Answer) -> dict[str, Any]:
    """An answer for a machine; times are ISO 8601 in UTC."""
    found = answer.found
    return {
        "place": answer.place.id,
        "name": answer.place.name,
        "holder": found.holder,
        "standing": found.standing.value,
        "confidence": found.confidence,
        "since": iso(found.since.at) if found.since else None,
        "as_of": iso(answer.at.replace(microsecond=0)),
        "reports": [
            {
                "id": e.report.id,
                "claim": e.report.claim.value,
                "party": e.report.party,
                "source": e.report.source,
                "for": e.backs,
                "weight": e.weight,
                "reasons": [reason.value for reason in e.reasons],
            }
            for e in found.evidence
        ],
    }


def _print(answer: Answer, parties: Parties) -> None:
    place, found = answer.place, answer.found
    about = "; ".join(filter(None, [place.kind, ", ".join(a.name for a in answer.areas)]))
    typer.secho(f"{place.name} ({about})", bold=True)
    if not found.evidence:
        typer.echo(f"  no report on record as of {_minute(answer.at)}")
        return
    holder = _name(found.holder, parties) or "not known"
    if found.holder is None and found.last_holder is not None:
        holder += f" (last known: {_name(found.last_holder, parties)})"
    if found.rival is not None:
        holder += f", ahead of {_name(found.rival, parties)}"
    lines = {
        "holder": holder,
        "standing": THIN.get(found.rule) or MEANING[found.standing],
        "confidence": f"{found.confidence:.0%}",
        "since": str(found.since or "not known"),
        "last report": str(found.as_of or "none that counts"),
        "as of": _minute(answer.at),
    }
    for label, text in lines.items():
        typer.echo(f"  {label:<11}  {text}")
    for heading, evidence in _groups(found):
        typer.echo(f"  {heading}")
        for said in evidence:
            typer.echo(f"    {_said(said, parties)}")
            reasons = "; ".join(reason.value for reason in said.reasons)
            typer.echo(f"      weight {said.weight:.2f}: {reasons}")
    left_out = len(found.evidence) - len(found.counting)
    if left_out:
        counted = "1 more report does" if left_out == 1 else f"{left_out} more reports do"
        typer.echo(f"  {counted} not count (--json tells which and why)")


def _groups(found: Assessment) -> Iterator[tuple[str, list[Evidence]]]:
    """The evidence that counts: what speaks for the holder, and everything else."""
    for_holder = [
        e for e in found.counting if found.holder and e.speaks_for(found.holder) == found.holder
    ]
    others = [e for e in found.counting if e not in for_holder]
    if for_holder:
        yield "who says so", for_holder
    if others:
        yield "who says otherwise" if for_holder else "what is said", others


def _said(evidence: Evidence, parties: Parties) -> str:
    report = evidence.report
    party = _name(report.party, parties)
    claim = {
        Claim.HOLDS: f"held by {party}",
        Claim.TOOK: f"taken by {party}",
        Claim.LEFT: f"left by {party}",
        Claim.FIGHTING: "there is fighting",
        Claim.DENIES: f"denies {report.refers_to or 'what others say'}"
        + (f", held by {party}" if party else ""),
        Claim.RETRACTS: f"takes {report.refers_to} back",
    }[report.claim]
    via = f" (by way of {report.via})" if report.via else ""
    return f"{report.reported}  {evidence.source.name}{via}: {claim}  [{report.id}]"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _name(party_id: str | None, parties: Parties) -> str:
    return parties[party_id].name if party_id else ""
