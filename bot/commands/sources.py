"""`whoholds sources`: what each source has claimed, what came of it, and whose grade is fixed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from bot.clock import utc_now
from bot.commands.common import at_command_line, get_ready, opened
from bot.commands.progress import bars
from bot.policy_file import policy_of
from storage.model.audit import Act
from storage.model.errors import BadInput
from storage.model.source_names import NoSource, OneSource, SeveralSources, find_source
from storage.model.sources import Grade
from storage.model.times import iso
from storage.pins import regraded
from storage.rebuild import rebuild
from storage.silences import open_ones
from storage.source_records import list_records, source_record
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa

    from storage.model.parties import Parties
    from storage.model.silence import Silence
    from storage.model.source_record import PartyRecord, SourceRecord
    from storage.model.sources import Source

DAY = 86_400


def show_sources(name: str | None, *, as_json: bool) -> None:
    """Print the record of a source, or a line for each; as JSON one object a line.

    Raises BadInput for a name that is unknown or ambiguous.
    """
    settings = get_ready()
    with opened(settings, make=False) as database, database.connect() as conn:
        if name is None:
            records = list_records(conn)
        else:
            records = [source_record(conn, which_source(conn, name).id)]
        parties = all_parties(conn)
        silent = {s.source: s for s in open_ones(conn)}
    if as_json:
        for record in records:
            found = as_object(record, silent.get(record.source.id))
            typer.echo(json.dumps(found, ensure_ascii=False))
    elif name is None:
        _print_all(records, silent)
    else:
        _print(records[0], parties, silent.get(records[0].source.id))


def pin_source(name: str, grade: str | None) -> None:
    """Fix the grade of a source, as it is or to the one given.

    Raises BadInput for a name that is unknown or ambiguous, or a grade that is none.
    """
    if grade is not None and grade.upper() not in Grade.__members__:
        raise BadInput(f"{grade[:20]!r} is no grade: expected A to F", column="--grade")
    given = None if grade is None else Grade(grade.upper())
    with opened(get_ready(), make=False) as database, database.begin() as conn:
        source = which_source(conn, name)
        fixed = regraded(conn, source.id, Act.SOURCE_PINNED, given, at_command_line(), utc_now())
    grade_now = fixed.reliability.value
    typer.echo(f"{fixed.name}: grade {grade_now}, pinned; its record does not move its weight")


def unpin_source(name: str) -> None:
    """Let the record of a source move its weight again.

    Raises BadInput for a name that is unknown or ambiguous, or a source that is not pinned.
    """
    with opened(get_ready(), make=False) as database, database.begin() as conn:
        source = which_source(conn, name)
        if not source.pinned:
            raise BadInput(f"{source.name} is not pinned")
        regraded(conn, source.id, Act.SOURCE_UNPINNED, None, at_command_line(), utc_now())
    typer.echo(f"{source.name}: grade {source.reliability.value}, moved by its record again")


def rebuild_records() -> None:
    """Learn anew what became of every source's claims, from all reports on record."""
    settings = get_ready()
    policy, now = policy_of(settings), utc_now()
    with opened(settings, make=False) as database, database.begin() as conn, bars() as show:
        made = rebuild(conn, policy, now, lambda done, of: show("records", done, of))
    records = "1 record" if made == 1 else f"{made} records"
    typer.echo(f"learned anew from all reports: {records}; every place is looked at again")


def which_source(conn: sa.Connection, name: str) -> Source:
    """The source that is meant; raises BadInput that names the candidates."""
    sources = all_sources(conn).values()
    match find_source(name, sources):
        case OneSource(source):
            return source
        case SeveralSources(candidates):
            raise BadInput(
                f"{name[:60]!r} could be any of these; ask with the id:" + _listed(candidates)
            )
        case NoSource(near):
            if not sources:
                raise BadInput("no source is on record yet: `whoholds import PATH` brings some")
            hint = "; similar names:" + _listed(near) if near else ""
            raise BadInput(f"no source is called {name[:60]!r}{hint}")


def _listed(candidates: Sequence[Source]) -> str:
    width = max(len(s.id) for s in candidates)
    return "".join(f"\n  {s.id:{width}}  {s.name}" for s in candidates)


def as_object(record: SourceRecord, silence: Silence | None) -> dict[str, Any]:
    """A record for a machine; times are ISO 8601 in UTC, a lead is in days."""
    source, lead = record.source, record.median_lead
    return {
        "source": source.id,
        "name": source.name,
        "kind": source.kind,
        "party": source.party,
        "grade": source.reliability.value,
        "pinned": source.pinned,
        **_counts(record),
        "median_lead_days": None if lead is None else round(lead.total_seconds() / DAY, 3),
        "by_party": [{"party": p.party, **_counts(p)} for p in record.by_party],
        "last_said": str(record.last_said) if record.last_said else None,
        "reports": record.reports,
        "silent_since": iso(silence.since) if silence else None,
    }


def _counts(record: SourceRecord | PartyRecord) -> dict[str, int]:
    return {
        "claims": record.claims,
        "borne_out": record.borne_out,
        "refuted": record.refuted,
        "open": record.open,
    }


def _print_all(records: Sequence[SourceRecord], silent: Mapping[str, Silence]) -> None:
    if not records:
        typer.echo("no source is on record yet: `whoholds import PATH` brings some")
        return
    typer.secho("claims  true  false  open  grade    source", bold=True)
    for record in records:
        grade = record.source.reliability.value + (" pinned" if record.source.pinned else "")
        silence = silent.get(record.source.id)
        quiet = f"  SILENT since {silence.since:%Y-%m-%d}" if silence else ""
        typer.echo(
            f"{record.claims:6}  {record.borne_out:4}  {record.refuted:5}  {record.open:4}  "
            f"{grade:<8} {record.source.name}  [{record.source.id}]{quiet}"
        )


def _print(record: SourceRecord, parties: Parties, silence: Silence | None) -> None:
    source = record.source
    of = f", {parties[source.party].name}" if source.party else ""
    typer.secho(f"{source.name} ({source.kind}{of})", bold=True)
    pinned = ", pinned: its record does not move its weight" if source.pinned else ""
    lines = {
        "grade": source.reliability.value + pinned,
        "claims": _became(record),
        "lead": _lead(record),
        "last word": str(record.last_said or "none"),
        "reports": str(record.reports),
    }
    if silence is not None:
        lines["SILENT"] = (
            f"since {silence.since:%Y-%m-%d %H:%M} UTC: its reports no longer come in, usually "
            f"every {silence.rhythm.total_seconds() / DAY:.1f} days"
        )
    for label, text in lines.items():
        typer.echo(f"  {label:<9}  {text}")
    if len(record.by_party) > 1:
        for party in record.by_party:
            typer.echo(f"  for {parties[party.party].name}: {_became(party)}")


def _became(record: SourceRecord | PartyRecord) -> str:
    return (
        f"{record.claims} against a settled holder: {record.borne_out} came true, "
        f"{record.refuted} did not, {record.open} open"
    )


def _lead(record: SourceRecord) -> str:
    if record.median_lead is None:
        return "no other source has made the same claims"
    days = record.median_lead.total_seconds() / DAY
    side = "after" if days < 0 else "before"
    return f"{abs(days):.1f} days {side} the first other source (median)"
