"""Alerts about areas, what an alert adds, and when it stands no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.model.alerts import Addition, AlertKind, alert_kind, area_event, still_stands
from storage.model.changes import Change, Kind, Status
from storage.model.control import Assessment, Evidence, Rule, Standing
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.reports import Claim, Report
from storage.model.sources import Source
from storage.model.times import Moment

PARTIES = {
    "iraq": Party("iraq", "government of Iraq", ("IQ",)),
    "militants": Party("militants", "militants"),
    "kurds": Party("kurds", "Kurdish forces"),
}
BORDER = [Place(p, p, "crossing", ("IQ", "SY")) for p in ("qaim", "waleed", "rabia")]


def held(**holders: str | None) -> dict[str, Status]:
    return {
        place: Status(place, 1, holder, Standing.LIKELY if holder else Standing.UNKNOWN)
        for place, holder in holders.items()
    }


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        pytest.param(
            held(qaim="iraq", waleed="iraq", rabia="iraq"),
            held(qaim="militants", waleed="iraq", rabia="iraq"),
            AlertKind.AREA_FIRST,
            id="the first place is lost",
        ),
        pytest.param(
            held(qaim="iraq", waleed="iraq", rabia="kurds"),
            held(qaim="militants", waleed="iraq", rabia="kurds"),
            None,
            id="another place is lost",
        ),
        pytest.param(
            held(qaim="militants", waleed="iraq", rabia="kurds"),
            held(qaim="militants", waleed="militants", rabia="kurds"),
            AlertKind.AREA_LAST,
            id="the last place is lost",
        ),
        pytest.param(
            held(waleed="iraq", rabia="kurds"),
            held(waleed="militants", rabia="kurds"),
            None,
            id="the last known place is lost, but nothing is known of another",
        ),
        pytest.param(
            held(qaim="iraq", waleed="iraq"),
            held(qaim="militants", waleed="iraq"),
            AlertKind.AREA_FIRST,
            id="the first known place is lost",
        ),
        pytest.param(
            held(qaim="militants", waleed="militants", rabia="kurds"),
            held(qaim="militants", waleed="iraq", rabia="kurds"),
            AlertKind.AREA_REGAINED,
            id="one is in government hands again",
        ),
        pytest.param(
            held(qaim="militants", waleed="iraq", rabia="kurds"),
            held(qaim="iraq", waleed="iraq", rabia="kurds"),
            None,
            id="a second one is",
        ),
        pytest.param(
            held(qaim="militants", waleed="militants", rabia="kurds"),
            held(qaim="militants", waleed="kurds", rabia="kurds"),
            None,
            id="a place goes from one to another outside the government",
        ),
        pytest.param(
            held(qaim="militants", waleed=None, rabia="kurds"),
            held(qaim="militants", waleed="iraq", rabia="kurds"),
            None,
            id="a place is heard of for the first time",
        ),
        pytest.param(held(), held(), None, id="nothing is known"),
    ],
)
def test_what_changes_of_places_mean_for_their_area(
    before: dict[str, Status], after: dict[str, Status], kind: AlertKind | None
) -> None:
    assert area_event(BORDER, before, after, PARTIES) is kind


def test_an_area_of_one_place_loses_its_last_one_not_its_first() -> None:
    only = [Place("trebil", "Trebil", "crossing", ("IQ", "JO"))]
    found = area_event(only, held(trebil="iraq"), held(trebil="militants"), PARTIES)
    assert found is AlertKind.AREA_LAST


def test_a_disputed_place_counts_for_the_party_that_is_ahead() -> None:
    before = held(qaim="militants", waleed="militants", rabia="kurds")
    disputed = replace(before["waleed"], standing=Standing.DISPUTED)
    assert area_event(BORDER, before, before | {"waleed": disputed}, PARTIES) is None


LIKELY = Assessment("iraq", Standing.LIKELY, 0.8, Rule.ONE_VOICE)


@pytest.mark.parametrize(
    ("believed", "stands"),
    [
        (LIKELY, True),
        (replace(LIKELY, standing=Standing.CONFIRMED), True),
        (replace(LIKELY, standing=Standing.DISPUTED), False),
        (replace(LIKELY, holder="militants"), False),
    ],
)
def test_an_alert_stands_while_holder_and_dispute_are_as_told(
    believed: Assessment, stands: bool
) -> None:
    assert still_stands(LIKELY, believed) is stands


def test_only_what_is_told_has_an_alert() -> None:
    before = Status("waleed", 1)
    assert alert_kind(Change(Kind.DISPUTED, before, LIKELY)) is AlertKind.DISPUTED
    assert alert_kind(Change(Kind.EVIDENCE, before, LIKELY)) is None


def test_an_addition_names_what_its_reports_bring() -> None:
    agency = Source("agency", "an agency", "agency")
    at = datetime(2014, 6, 20, tzinfo=UTC)
    old, new = (
        Evidence(
            Report(i, "waleed", Claim.HOLDS, "agency", Moment(at), "iraq"),
            agency,
            "iraq",
            None,
            fighting=False,
            weight=1.0,
            reasons=(),
        )
        for i in ("old", "new")
    )
    addition = Addition(at, replace(LIKELY, evidence=(old, new)), ("new",))
    assert addition.brought == (new,)
