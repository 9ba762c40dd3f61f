"""Checkpoints as they are kept: where looking at a place goes on from.

A checkpoint is made by one policy, from the sources and parties as they were: where one of them
changes, checkpoints are of no use and are made anew from all reports.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.events import get_reports
from storage.model.before import Before
from storage.model.fold import Fold
from storage.model.looking import Checkpoint
from storage.model.record import Past
from storage.model.tenure import Tenure
from storage.model.times import Moment, parse_moment
from storage.model.words import Reason, Word
from storage.records import past_from_json, past_to_json
from storage.rows import upsert
from storage.sources import get_sources
from storage.tables import checkpoints, statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.model.sources import Source

# Of what is kept: a checkpoint of another shape is of no use, and its place looked at as a whole.
SHAPE = 2
FLAGS = (
    "fighting",
    "denies_fighting",
    "tells_change",
    "wavering",
    "own_interest",
    "against_interest",
)


def keep(conn: sa.Connection, made: Mapping[str, Checkpoint], policy: Policy) -> None:
    """Keep the checkpoints of places, in place of their last."""
    basis = basis_of(policy)
    upsert(
        conn,
        checkpoints,
        [
            {"place_id": p, "basis": basis, "cut": c.before.cut, "body": _to_json(c)}
            for p, c in made.items()
        ],
    )


def load(conn: sa.Connection, place_ids: Collection[str], policy: Policy) -> dict[str, Checkpoint]:
    """The checkpoints of these places that were made by this policy."""
    rows = conn.execute(
        sa.select(checkpoints.c.place_id, checkpoints.c.body).where(
            checkpoints.c.place_id.in_(list(place_ids)), checkpoints.c.basis == basis_of(policy)
        )
    ).all()
    reports = get_reports(conn, {report for row in rows for report in _named(row.body)})
    sources = get_sources(conn, {r.source for r in reports.values()})
    return {row.place_id: _from_json(row.body, reports, sources, policy) for row in rows}


def forget_all(conn: sa.Connection, now: datetime) -> None:
    """Have every place looked at as a whole again, from the time `now` (UTC) on."""
    # In the order in which checks take these locks, so that neither waits for the other for ever.
    conn.execute(sa.select(statuses.c.place_id).order_by(statuses.c.place_id).with_for_update())
    conn.execute(sa.update(statuses).values(recheck_at=now))
    conn.execute(sa.delete(checkpoints))


def _named(body: Any) -> Iterator[str]:
    """The ids of the reports that a kept checkpoint needs."""
    yield from body["lately"]
    for word in (*body["latest"].values(), *chain.from_iterable(body["words"].values())):
        yield word["report"]


def basis_of(policy: Policy) -> str:
    """The same for the same numbers and shape, in every process: a set has no order of its own."""
    numbers = {
        field.name: sorted(value) if isinstance(value, frozenset) else value
        for field in fields(policy)
        for value in [getattr(policy, field.name)]
    }
    return hashlib.sha256(repr((SHAPE, numbers)).encode()).hexdigest()[:16]


def _to_json(checkpoint: Checkpoint) -> dict[str, Any]:
    before, fold = checkpoint.before, checkpoint.fold
    tenure = fold.tenure
    return {
        "cut": before.cut.isoformat(),
        "spent": {report: about.isoformat() for report, about in before.spent.items()},
        "awaited": sorted(before.awaited),
        "involved": {side: since.isoformat() for side, since in before.involved.items()},
        "latest": {source: _word_to_json(w) for source, w in before.latest.items()},
        "lately": [r.id for r in before.lately],
        "corrected": sorted(before.corrected),
        "words": {s: [_word_to_json(w) for w in some] for s, some in fold.by_source.items()},
        "at": _iso(fold.at),
        "tenure": {
            "holder": tenure.holder,
            "since": _str(tenure.since),
            "opened": _str(tenure.opened),
            "displaced": tenure.displaced,
            "left": tenure.left,
            "by_change": tenure.by_change,
        },
        "reference": fold.reference,
        "agreed": [fold.agreed[0], fold.agreed[1].isoformat()] if fold.agreed else None,
        "settled": fold.settled,
        "opened": _iso(fold.opened),
        "doing": past_to_json(Past(fold.going_on()))["lessons"],
        "past": past_to_json(fold.closed),
    }


def _from_json(
    body: Any, reports: Mapping[str, Report], sources: Mapping[str, Source], policy: Policy
) -> Checkpoint:
    words = {
        source: [_word_from_json(w, reports[w["report"]], sources[source], policy) for w in some]
        for source, some in body["words"].items()
    }
    tenure = body["tenure"]
    past = past_from_json(body["past"])
    doing = past_from_json({"lessons": body["doing"], "settlements": []})
    fold = Fold(
        policy,
        (),
        at=_time(body["at"]),
        tenure=Tenure(
            tenure["holder"],
            _moment(tenure["since"]) if tenure["since"] else None,
            _moment(tenure["opened"]) if tenure["opened"] else None,
            tenure["displaced"],
            tenure["left"],
            tenure["by_change"],
        ),
        reference=body["reference"],
        by_source=words,
        agreed=(body["agreed"][0], datetime.fromisoformat(body["agreed"][1]))
        if body["agreed"]
        else None,
        settled=body["settled"],
        opened=_time(body["opened"]),
        doing={(x.source, x.stance, x.side): x.begins for x in doing.lessons},
        lessons=list(past.lessons),
        settlements=list(past.settlements),
    )
    before = Before(
        datetime.fromisoformat(body["cut"]),
        {report: datetime.fromisoformat(about) for report, about in body["spent"].items()},
        frozenset(body["awaited"]),
        {side: datetime.fromisoformat(since) for side, since in body["involved"].items()},
        {
            source: _word_from_json(w, reports[w["report"]], sources[source], policy)
            for source, w in body["latest"].items()
        },
        [reports[report] for report in body["lately"]],
        frozenset(body["corrected"]),
    )
    return Checkpoint(before, fold)


def _word_to_json(word: Word) -> dict[str, Any]:
    return {
        "report": word.report.id,
        "side": word.side,
        "when": word.when.isoformat(),
        "first": str(word.first),
        "first_said": word.first_said.isoformat(),
        "backs": word.backs,
        "against": word.against,
        "is": [flag for flag in FLAGS if getattr(word, flag)],
        "weight": word.weight,
        "reasons": [reason.name for reason in word.reasons],
    }


def _word_from_json(kept: Any, report: Report, source: Source, policy: Policy) -> Word:
    return Word(
        report,
        source,
        policy,
        kept["side"],
        datetime.fromisoformat(kept["when"]),
        _moment(kept["first"]),
        datetime.fromisoformat(kept["first_said"]),
        kept["backs"],
        kept["against"],
        weight=kept["weight"],
        reasons=tuple([_REASONS[name] for name in kept["reasons"]]),
        **dict.fromkeys(kept["is"], True),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _str(moment: Moment | None) -> str | None:
    return str(moment) if moment else None


# Shared by many words, which speak of the same days.
_moment = lru_cache(maxsize=20_000)(parse_moment)
_REASONS = dict(Reason.__members__)
