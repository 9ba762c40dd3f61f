"""`whoholds status`: who holds a place, for a terminal or for a machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from bot.policy_file import policy_of
from handlers.messages.looking_back import BadTime, When, what_is_wrong
from handlers.messages.message import FSI, PDI, Reader, plain_text
from handlers.messages.reasons import reasons, rule_words, would_change
from handlers.messages.silence import silence_lines
from handlers.messages.words import Telling
from handlers.when import read_time
from storage import places
from storage.control import assess_place
from storage.finding import find_place
from storage.model.changes import SURE
from storage.model.control import Rule, Standing
from storage.model.errors import BadInput
from storage.model.names import Ambiguous, Found, NotFound
from storage.model.reports import Claim
from storage.model.silence import resting_on
from storage.model.source_record import earlier_claims
from storage.model.times import iso
from storage.place_index import PlaceIndex
from storage.silences import silent_at
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place
    from storage.model.silence import Silence

READER = Reader(ZoneInfo("UTC"))
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
    Rule.UNDECIDED: "unknown: a holder is named, but others tell only of fighting",
    Rule.LEFT: "unknown: the last holder is said to have left",
}


@dataclass(frozen=True)
class Answer:
    """A place and who held it at a time, by what was known at `known_at` (UTC; None: today).

    `silent` are the sources behind it that had gone silent by then.
    """

    place: Place
    areas: Sequence[Place]
    found: Assessment
    at: datetime
    known_at: datetime | None = None
    silent: Mapping[str, Silence] = field(default_factory=dict)


def show_status(name: str, as_of: str | None, known_at: str | None, *, as_json: bool) -> None:
    """Print the status of a place, or of every place of an area; as JSON one object a line.

    Raises BadInput for a name that is unknown or ambiguous, or a time that is none.
    """
    settings = get_ready()
    policy = policy_of(settings)
    now = utc_now()
    when = When(_time("--as-of", as_of, now), _time("--known-at", known_at, now))
    if when.as_of and when.known_at and when.as_of > when.known_at:
        raise BadInput("is before the time of --as-of", column="--known-at")
    at = when.at(now)
    with opened(settings, make=False) as database, database.connect() as conn:
        asked = which_place(conn, name)
        inside = places.members(conn, asked.id) if asked.is_area else [asked]
        around = places.areas_of(conn, [p.id for p in inside])
        parties = all_parties(conn)
        found = {p.id: assess_place(conn, p.id, policy, at, when.known_at) for p in inside}
        answers = [
            Answer(
                p,
                around[p.id],
                found[p.id],
                at,
                when.known_at,
                silent_at(conn, resting_on(found[p.id]), at),
            )
            for p in inside
        ]
    telling = Telling(READER, parties, at)
    if as_json:
        for answer in answers:
            typer.echo(json.dumps(as_object(answer, telling), ensure_ascii=False))
        return
    if asked.is_area:
        many = "1 place" if len(inside) == 1 else f"{len(inside)} places"
        typer.secho(f"{asked.name} (area, {many})", bold=True)
    for answer in answers:
        if asked.is_area:
            typer.echo()
        _print(answer, telling)


def _time(option: str, typed: str | None, now: datetime) -> datetime | None:
    """The time (UTC) given with an option, read as in the bot; a zone that is not named is UTC."""
    if typed is None:
        return None
    try:
        return read_time(typed, READER.zone, now)
    except BadTime as error:
        raise BadInput(_plain(what_is_wrong(error, READER)), column=option) from None


def _plain(words: str) -> str:
    """Words of a message as a terminal shows them: no markup, no marks around names."""
    return plain_text(words).replace(FSI, "").replace(PDI, "")


def which_place(conn: sa.Connection, name: str) -> Place:
    """The place or area that is meant; raises BadInput that names the candidates."""
    index = PlaceIndex().current(conn)
    match find_place(name, index):
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


def as_object(answer: Answer, telling: Telling) -> dict[str, Any]:
    """An answer for a machine; times are ISO 8601 in UTC."""
    found = answer.found
    return {
        "place": answer.place.id,
        "name": answer.place.name,
        "holder": found.holder,
        "standing": found.standing.value,
        "confidence": found.confidence,
        "since": iso(found.since.at) if found.since else None,
        "rival": found.rival,
        "last_holder": found.last_holder,
        "as_of": _second(answer.at),
        "known_at": _second(answer.known_at),
        "rule": found.rule.value,
        "rule_in_words": _plain(rule_words(telling, found)),
        "what_would_change": _plain(would_change(telling, found)),
        "recheck_at": iso(found.recheck_at) if found.recheck_at else None,
        "silent": [
            {"source": s.source, "since": iso(s.since)}
            for s in sorted(answer.silent.values(), key=lambda s: (s.since, s.source))
        ],
        "reports": [_report_object(e, telling) for e in found.evidence],
    }


def _report_object(evidence: Evidence, telling: Telling) -> dict[str, Any]:
    report = evidence.report
    record = earlier_claims(evidence)
    return {
        "id": report.id,
        "claim": report.claim.value,
        "party": report.party,
        "source": report.source,
        "for": evidence.backs,
        "weight": evidence.weight,
        "reasons": [_plain(r) for r in reasons(telling, evidence)],
        "record": {"claims": record.claims, "borne_out": record.borne_out} if record else None,
        "pinned": evidence.source.pinned,
    }


def _second(at: datetime | None) -> str | None:
    return iso(at.replace(microsecond=0)) if at else None


def _print(answer: Answer, telling: Telling) -> None:
    place, found, parties = answer.place, answer.found, telling.parties
    about = "; ".join(filter(None, [place.kind, ", ".join(a.name for a in answer.areas)]))
    typer.secho(f"{place.name} ({about})", bold=True)
    if not found.evidence:
        typer.echo(f"  no report on record as of {_about(answer)}")
        return
    holder = _name(found.holder, parties) or "not known"
    if found.holder is None and found.last_holder is not None:
        holder += f" (last known: {_name(found.last_holder, parties)})"
    if found.rival is not None:
        holder += f", ahead of {_name(found.rival, parties)}"
    lines = {
        "holder": holder,
        "held since": str(found.since or "not known"),
        "standing": _standing(found),
        "confidence": f"{found.confidence:.0%}",
        "last report": str(found.as_of or "none that counts"),
        "as of": _about(answer),
        "rule": _plain(rule_words(telling, found)),
        "changed by": _plain(would_change(telling, found)),
    }
    if found.holder is None:
        # What is kept is since when the last one held it.
        del lines["held since"]
    if answer.silent:
        (lines["silent"],) = map(_plain, silence_lines(telling, found, answer.silent))
    if found.recheck_at is not None:
        lines["look again"] = f"{_minute(found.recheck_at)}, even without any new report"
    for label, text in lines.items():
        typer.echo(f"  {label:<11}  {text}")
    for heading, evidence in _groups(found):
        typer.echo(f"  {heading}")
        for said in evidence:
            typer.echo(f"    {_said(said, parties)}")
            why = "; ".join(_plain(r) for r in reasons(telling, said))
            typer.echo(f"      weight {said.weight:.2f}: {why}")
    left_out = len(found.evidence) - len(found.counting)
    if left_out:
        counted = "1 more report does" if left_out == 1 else f"{left_out} more reports do"
        typer.echo(f"  {counted} not count (--json tells which and why)")


def _standing(found: Assessment) -> str:
    words = THIN.get(found.rule) or MEANING[found.standing]
    if found.standing in SURE and any(e.fighting for e in found.counting):
        words += "; fighting is reported"
    return words


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


def _about(answer: Answer) -> str:
    known = f", by what was known at {_minute(answer.known_at)}" if answer.known_at else ""
    return _minute(answer.at) + known


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _name(party_id: str | None, parties: Parties) -> str:
    return parties[party_id].name if party_id else ""
