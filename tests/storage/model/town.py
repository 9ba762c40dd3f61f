"""The world of the model's tests: one town, who may hold it, and who speaks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from storage.model.looking import Looked, look
from storage.model.parties import Party
from storage.model.policy import DEFAULT_POLICY, Policy
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.control import Assessment, Evidence
    from storage.model.record import Record
    from storage.model.words import Reason

NOON = datetime(2014, 6, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

PARTIES = {
    "gov": Party("gov", "the government", ("IQ",)),
    "army": Party("army", "the army", part_of="gov"),
    "rebels": Party("rebels", "rebels", rank=1),
    "kurds": Party("kurds", "Kurdish forces", rank=2),
}
SOURCES = {
    s.id: s
    for s in (
        Source("agency", "an agency", "agency", reliability=Grade.B),
        Source("paper", "a paper", "media", reliability=Grade.C),
        Source("radio", "a radio", "media", reliability=Grade.C),
        Source("blog", "a blog", "media", reliability=Grade.E),
        Source("doubtful", "a doubtful site", "media", reliability=Grade.D),
        Source("nobody", "an unknown voice", "media"),
        Source("witness", "a witness", "witness"),
        Source("minister", "a minister", "spokesman", "gov", Grade.C),
        Source("officer", "an officer", "officer", "army", Grade.C),
        Source("officer2", "another officer", "officer", "army", Grade.C),
        Source("rebel", "a rebel", "spokesman", "rebels", Grade.C),
        Source("kurd", "a Kurdish officer", "officer", "kurds", Grade.C),
        Source("bystander", "a bystander", "passer-by", reliability=Grade.C),
        Source("away", "a witness abroad", "witness", position=Position.AWAY),
    )
}


def says(
    source: str,
    claim: str,
    party: str | None = None,
    *,
    hours: float = 0,
    occurred: str | None = None,
    refers_to: str | None = None,
    id: str | None = None,
    via: str = "",
) -> Report:
    """A report said so many hours after noon of 20 June 2014."""
    at = NOON + hours * HOUR
    return Report(
        id or f"{source}-{claim}-{party}-{hours}",
        "town",
        Claim(claim),
        source,
        Moment(at),
        party,
        parse_moment(occurred) if occurred else None,
        via=via,
        refers_to=refers_to,
    )


def on(day: str, source: str, claim: str, party: str | None = None, **more: str) -> Report:
    """A report said and meant on a day of 2014."""
    at = parse_moment(f"2014-{day}")
    return Report(
        f"{day}-{source}", "town", Claim(claim), source, at, party, refers_to=more.get("refers_to")
    )


def found(
    *reports: Report,
    at: datetime = NOON + 3 * DAY,
    policy: Policy = DEFAULT_POLICY,
    records: Sequence[Record] = (),
) -> Assessment:
    return look(reports, SOURCES, PARTIES, policy, at, records).found


def looked(
    *reports: Report, at: datetime = NOON + 3 * DAY, records: Sequence[Record] = ()
) -> Looked:
    return look(reports, SOURCES, PARTIES, DEFAULT_POLICY, at, records)


def on_day(day: str, *reports: Report) -> Assessment:
    return found(*reports, at=parse_moment(f"2014-{day}").latest)


def answer(*reports: Report, at: datetime = NOON + 3 * DAY) -> tuple[str | None, str]:
    result = found(*reports, at=at)
    return result.holder, result.standing.value


def exhibit(result: Assessment, report_id: str) -> Evidence:
    return next(e for e in result.evidence if e.report.id == report_id)


def reasons(result: Assessment, report_id: str) -> tuple[Reason, ...]:
    return exhibit(result, report_id).reasons


def verdict(result: Assessment) -> tuple[object, ...]:
    """What an assessment says, without the list of everything that was looked at."""
    return (
        replace(result, evidence=(), as_of=None),
        tuple((e.report.source, e.backs, e.against, e.weight) for e in result.counting),
    )


GOV_HELD = says("paper", "holds", "gov", hours=-240)

# ------------------------------------------------------------------------- histories at random

SPEAKERS = sorted(SOURCES.keys() - {"bystander"})

moments = st.integers(min_value=-400, max_value=60)
holding = st.tuples(
    st.sampled_from(SPEAKERS),
    st.sampled_from(["holds", "took", "left", "fighting"]),
    st.sampled_from(["gov", "army", "rebels", "kurds"]),
    moments,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Report]:
    """Reports of every claim, with denials and retractions of some of the others."""
    plain = [
        says(source, claim, party, hours=hours, id=f"r{number}")
        for number, (source, claim, party, hours) in enumerate(draw(st.lists(holding, max_size=8)))
    ]
    about = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SPEAKERS),
                st.sampled_from(["denies", "retracts"]),
                st.integers(0, 10),
                moments,
            ),
            max_size=3,
        )
    )
    return plain + [
        says(source, claim, hours=hours, refers_to=f"r{target}", id=f"r{len(plain) + number}")
        for number, (source, claim, target, hours) in enumerate(about)
    ]
