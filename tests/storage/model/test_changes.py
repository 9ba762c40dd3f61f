"""Which differences are changes, and which of those are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.model.changes import Change, Kind, Status, detect, status_after, voices_of
from storage.model.control import Assessment, Evidence, Rule, Standing
from storage.model.reports import Claim, Report
from storage.model.sources import Source
from storage.model.times import Moment

AGENCY = Source("agency", "an agency", "agency")
REPORT = Report(
    "r1", "town", Claim.HOLDS, "agency", Moment(datetime(2014, 6, 20, tzinfo=UTC)), "gov"
)


def status(
    holder: str | None, standing: str, rule: Rule = Rule.ONE_VOICE, last: str | None = None
) -> Status:
    return Status("town", 1, holder, Standing(standing), 0.8, rule, last_holder=last or holder)


def assessment(holder: str | None, standing: str, rule: Rule = Rule.ONE_VOICE) -> Assessment:
    evidence = Evidence(REPORT, AGENCY, holder, None, fighting=False, weight=1.0, reasons=())
    return Assessment(holder, Standing(standing), 0.8, rule, evidence=(evidence,))


NEVER = Status("town", 0)
LAPSED = status(None, "unknown", Rule.STALE, last="gov")
LEFT = status(None, "unknown", Rule.LEFT, last="gov")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (NEVER, assessment("gov", "likely"), Kind.FIRST),
        (NEVER, assessment("gov", "disputed"), Kind.FIRST),
        (NEVER, assessment(None, "contested", Rule.FIGHTING), Kind.FIRST),
        (status("gov", "likely"), assessment("rebels", "likely"), Kind.HOLDER),
        (status("gov", "likely"), assessment("gov", "disputed"), Kind.DISPUTED),
        (status("gov", "likely"), assessment("rebels", "disputed"), Kind.DISPUTED),
        (status("gov", "disputed"), assessment("rebels", "disputed"), Kind.DISPUTED),
        (status("gov", "confirmed"), assessment("gov", "contested"), Kind.CONTESTED),
        (status("gov", "disputed"), assessment("gov", "likely"), Kind.SETTLED),
        (status("gov", "contested"), assessment("gov", "confirmed"), Kind.SETTLED),
        (status("gov", "disputed"), assessment("rebels", "likely"), Kind.HOLDER),
        (status("gov", "likely"), assessment("gov", "confirmed"), Kind.EVIDENCE),
        (status("gov", "likely"), assessment("gov", "likely"), Kind.EVIDENCE),
        (status("gov", "likely"), assessment(None, "unknown", Rule.LEFT), Kind.LEFT),
        (status("gov", "likely"), assessment(None, "unknown", Rule.STALE), Kind.LAPSED),
        (LAPSED, assessment("gov", "likely"), Kind.RESUMED),
        (LAPSED, assessment("rebels", "likely"), Kind.HOLDER),
        (LAPSED, assessment("gov", "disputed"), Kind.DISPUTED),
        (LEFT, assessment("gov", "likely"), Kind.HOLDER),
        (LEFT, assessment("rebels", "likely"), Kind.HOLDER),
    ],
)
def test_what_kind_of_change_it_is(before: Status, after: Assessment, kind: Kind) -> None:
    change = detect(before, after, ("r1",))
    assert change is not None
    assert change.kind is kind


def test_the_same_answer_on_the_same_evidence_is_no_change() -> None:
    after = assessment("gov", "likely")
    before = replace(status("gov", "likely"), voices=voices_of(after))
    assert detect(before, after, ()) is None


def test_first_knowledge_lapsing_and_more_evidence_are_not_told() -> None:
    told = {k for k in Kind if Change(k, NEVER, assessment("gov", "likely")).told}
    assert told == {Kind.HOLDER, Kind.DISPUTED, Kind.CONTESTED, Kind.SETTLED, Kind.LEFT}


def test_a_change_without_reports_came_with_time_alone() -> None:
    assert Change(Kind.SETTLED, NEVER, assessment("gov", "likely")).by_time_alone
    assert not Change(Kind.SETTLED, NEVER, assessment("gov", "likely"), ("r1",)).by_time_alone


def test_the_status_after_a_change_is_what_was_found_one_version_on() -> None:
    before, after = status("rebels", "likely"), assessment("gov", "disputed")
    assert status_after(Change(Kind.DISPUTED, before, after, ("r1",))) == Status(
        "town",
        2,
        "gov",
        Standing.DISPUTED,
        0.8,
        Rule.ONE_VOICE,
        evidence=frozenset({"r1"}),
        voices=frozenset({("agency", "gov", None)}),
    )
