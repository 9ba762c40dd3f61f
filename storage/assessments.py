"""Assessments as they are kept: in columns, and as JSON within an alert.

Evidence keeps the ids of its reports; reading it back looks the reports and sources up. Kept is
what counts, what is new, and of the rest the latest reports: all of it would grow with a place's
history, and can be derived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.events import get_reports
from storage.model.changes import Status
from storage.model.control import Assessment, Evidence, Rule, Standing
from storage.model.record import Stance, Tally
from storage.model.times import Moment, Precision, parse_moment
from storage.model.words import Reason
from storage.sources import get_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import sqlalchemy as sa

    from storage.model.changes import Voice


LATEST = 30


def columns_of(found: Assessment, new: Collection[str] = ()) -> dict[str, Any]:
    """An assessment as the columns of a status or history row; `new` reports are kept anyway."""
    return {
        "holder_id": found.holder,
        "standing": found.standing.value,
        "confidence": found.confidence,
        "rule": found.rule.value,
        "since": found.since.at if found.since else None,
        "since_precision": found.since.precision.value if found.since else None,
        "as_of": found.as_of.at if found.as_of else None,
        "as_of_precision": found.as_of.precision.value if found.as_of else None,
        "rival_id": found.rival,
        "last_holder_id": found.last_holder,
        "evidence": [_evidence_to_json(e) for e in _worth_keeping(found.evidence, new)],
    }


def _worth_keeping(evidence: Sequence[Evidence], new: Collection[str]) -> list[Evidence]:
    latest = {e.report.id for e in evidence[-LATEST:]}
    return [e for e in evidence if e.weight > 0 or e.report.id in new or e.report.id in latest]


def status_from(row: Any) -> Status:
    """A status row as a Status."""
    return Status(
        row.place_id,
        row.version,
        row.holder_id,
        Standing(row.standing),
        row.confidence,
        Rule(row.rule),
        _moment(row.since, row.since_precision),
        _moment(row.as_of, row.as_of_precision),
        row.rival_id,
        row.last_holder_id,
        frozenset(e["report"] for e in row.evidence if e["weight"] > 0),
        voices_in({"evidence": row.evidence}),
    )


def voices_in(kept: Mapping[str, Any]) -> frozenset[Voice]:
    """Who says what in the reports that count in an assessment kept as JSON."""
    return frozenset(
        (e.get("source", ""), e["backs"], e["against"]) for e in kept["evidence"] if e["weight"] > 0
    )


def assessment_from(row: Any, evidence: Mapping[str, Evidence]) -> Assessment:
    """A history row as an Assessment, with the evidence looked up by `evidence_of`."""
    return Assessment(
        holder=row.holder_id,
        standing=Standing(row.standing),
        confidence=row.confidence,
        rule=Rule(row.rule),
        since=_moment(row.since, row.since_precision),
        as_of=_moment(row.as_of, row.as_of_precision),
        rival=row.rival_id,
        last_holder=row.last_holder_id,
        evidence=tuple(_evidence_from_json(e, evidence) for e in row.evidence),
    )


def to_json(found: Assessment, new: Collection[str]) -> dict[str, Any]:
    """An assessment as JSON; `new` reports are kept even where they do not count."""
    return columns_of(found, new) | {
        "since": str(found.since) if found.since else None,
        "as_of": str(found.as_of) if found.as_of else None,
    }


def from_json(kept: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> Assessment:
    """An assessment from JSON, with the evidence looked up by `evidence_of`."""
    return Assessment(
        holder=kept["holder_id"],
        standing=Standing(kept["standing"]),
        confidence=kept["confidence"],
        rule=Rule(kept["rule"]),
        since=parse_moment(kept["since"]) if kept["since"] else None,
        as_of=parse_moment(kept["as_of"]) if kept["as_of"] else None,
        rival=kept["rival_id"],
        last_holder=kept["last_holder_id"],
        evidence=tuple(_evidence_from_json(e, evidence) for e in kept["evidence"]),
    )


def status_to_json(status: Status) -> dict[str, Any]:
    """A status as JSON, without its evidence."""
    return {
        "place": status.place,
        "version": status.version,
        "holder": status.holder,
        "standing": status.standing.value,
        "confidence": status.confidence,
        "rule": status.rule.value,
        "since": str(status.since) if status.since else None,
        "as_of": str(status.as_of) if status.as_of else None,
        "rival": status.rival,
        "last_holder": status.last_holder,
    }


def status_from_json(kept: Mapping[str, Any]) -> Status:
    """A status from JSON."""
    return Status(
        kept["place"],
        kept["version"],
        kept["holder"],
        Standing(kept["standing"]),
        kept["confidence"],
        Rule(kept["rule"]),
        parse_moment(kept["since"]) if kept["since"] else None,
        parse_moment(kept["as_of"]) if kept["as_of"] else None,
        kept["rival"],
        kept["last_holder"],
    )


def evidence_of(conn: sa.Connection, kept: Iterable[Mapping[str, Any]]) -> dict[str, Evidence]:
    """The reports and sources that kept evidence names, as bare evidence by report id."""
    reports = get_reports(conn, {e["report"] for e in kept})
    sources = get_sources(conn, {r.source for r in reports.values()})
    return {
        r.id: Evidence(r, sources[r.source], None, None, fighting=False, weight=0.0, reasons=())
        for r in reports.values()
    }


def _evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "report": evidence.report.id,
        "source": evidence.source.id,
        "backs": evidence.backs,
        "against": evidence.against,
        "fighting": evidence.fighting,
        "weight": evidence.weight,
        "reasons": [r.name for r in evidence.reasons],
        **_record_to_json(evidence),
    }


def _record_to_json(evidence: Evidence) -> dict[str, Any]:
    """How earlier claims turned out; nothing where nothing was learned, as for most reports."""
    record, stance = evidence.record, evidence.stance
    if record is None or stance is None:
        return {}
    numbers = [record.borne_out, record.refuted, record.cases, record.right]
    return {"record": numbers, "stance": stance.value}


def _evidence_from_json(kept: Mapping[str, Any], bare: Mapping[str, Evidence]) -> Evidence:
    known = bare[kept["report"]]
    learned = "record" in kept  # older rows hold none
    return Evidence(
        known.report,
        known.source,
        kept["backs"],
        kept["against"],
        kept["fighting"],
        kept["weight"],
        tuple(Reason[name] for name in kept["reasons"]),
        Tally(*kept["record"]) if learned else None,
        Stance(kept["stance"]) if learned else None,
    )


def _moment(at: Any, precision: str | None) -> Moment | None:
    return None if at is None or precision is None else Moment(at, Precision(precision))
