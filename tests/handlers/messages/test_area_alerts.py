"""Alerts about areas, and corrections of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.messages.alerts import compose
from storage.model.alerts import Alert, AlertKind, AreaAlert, Correction, Member
from storage.model.changes import Status
from storage.model.control import Standing
from storage.model.places import Place
from storage.model.times import parse_moment
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BEFORE,
    BORDER,
    FELL,
    NOW,
    PARTIES,
    PLACES,
    READER,
    alert,
    found,
    lines,
)

SINCE = parse_moment("2014-06-22")
DOWN = Status("al-waleed", 2, "militants", Standing.LIKELY, 0.8, since=SINCE)
UP = replace(DOWN, holder="iraq", confidence=0.9)


def area_alert(kind: AlertKind, *members: Member) -> AreaAlert:
    cause = alert(BEFORE, new=FELL)
    return AreaAlert(2, kind, NOW, BORDER, members, (cause,))


def read(what: Alert) -> list[str]:
    return lines(compose(what, PARTIES, READER).text)


def test_the_first_place_to_fall_is_told_and_the_rest_is_listed() -> None:
    members = (
        Member(AL_WALEED, DOWN),
        Member(PLACES["al-qaim"], UP),
        Member(PLACES["rabia"], None),
    )
    assert read(area_alert(AlertKind.AREA_FIRST, *members)) == [
        "🚧 Iraq–Syria border: the first crossing is reported OUT of government hands",
        "⚫ Al Waleed – militants (likely, since Sun 22 Jun)",
        "🔵 Al-Qaim – the government of Iraq (likely, since Sun 22 Jun)",
        "⚪ Rabia – no report on record",
        "What changed: Al Waleed: a colonel of the border guards says militants took it on Sun 22 "
        "Jun.",
        "How sure: only as sure as its weakest part, Al Waleed (likely).",
    ]


def test_that_one_is_back_in_government_hands_is_told() -> None:
    text = read(area_alert(AlertKind.AREA_REGAINED, Member(AL_WALEED, UP)))
    assert text[0] == "🚧 Iraq–Syria border: a crossing is reported in government hands AGAIN"


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        (None, "Al Waleed is disputed."),
        ("iraq", "Al Waleed is disputed: the government of Iraq claims it."),
        ("kurdish", "Al Waleed is disputed: Kurdish forces claim it."),
    ],
)
def test_a_disputed_place_of_the_area_is_pointed_out(rival: str | None, expected: str) -> None:
    disputed = replace(DOWN, standing=Standing.DISPUTED, rival=rival)
    members = (Member(AL_WALEED, disputed), Member(PLACES["al-qaim"], DOWN))
    text = read(area_alert(AlertKind.AREA_LAST, *members))
    assert text[1] == "🟠 Al Waleed – disputed, militants ahead"
    assert text[-2:] == [
        expected,
        "How sure: only as sure as its weakest part, Al Waleed (disputed).",
    ]


def test_places_of_several_kinds_are_called_places() -> None:
    members = (Member(AL_WALEED, DOWN), Member(PLACES["rawa"], DOWN))
    text = read(area_alert(AlertKind.AREA_LAST, *members))
    assert text[0] == "🚧 Iraq–Syria border: NO place is reported in government hands"


def test_of_a_long_list_ten_are_told_and_the_rest_counted() -> None:
    many = [Member(Place(f"p{n}", f"P{n}", "bridge"), DOWN) for n in range(14)]
    text = read(area_alert(AlertKind.AREA_LAST, *many))
    assert text[10:12] == ["⚫ P9 – militants (likely, since Sun 22 Jun)", "… and 4 more places"]


def test_an_alert_whose_places_are_all_unknown_claims_no_certainty() -> None:
    text = read(area_alert(AlertKind.AREA_LAST, Member(AL_WALEED, None)))
    assert not any(line.startswith("How sure") for line in text)


def test_an_area_alert_can_be_withdrawn() -> None:
    withdrawn = replace(area_alert(AlertKind.AREA_LAST, Member(AL_WALEED, DOWN)), withdrawn_at=NOW)
    assert read(withdrawn)[0] == "↩️ Withdrawn, see below."


def test_a_correction_of_an_area_alert_lists_how_its_places_stand() -> None:
    wrong = area_alert(AlertKind.AREA_LAST, Member(AL_WALEED, DOWN))
    withdrawn = tuple(e for e in found(BEFORE, FELL).evidence if e.report.id == "fell")
    now = (Member(AL_WALEED, UP), Member(PLACES["rabia"], None))
    assert read(Correction(3, NOW, wrong, withdrawn, now)) == [
        "↩️ CORRECTION: Iraq–Syria border – our alert of Mon 23 Jun 17:00 (Baghdad time) no longer "
        "stands",
        "We said: “Iraq–Syria border: NO crossing is reported in government hands”.",
        "Why: the report behind it was withdrawn: a colonel of the border guards says militants "
        "took it on Sun 22 Jun.",
        "Now:",
        "🔵 Al Waleed – the government of Iraq (likely, since Sun 22 Jun)",
        "⚪ Rabia – no report on record",
        "This note goes to everyone who got that alert.",
    ]


def test_a_correction_without_a_withdrawn_report_says_what_it_rests_on() -> None:
    correction = Correction(3, NOW, alert(BEFORE, new=FELL), (), (Member(AL_WALEED, DOWN),))
    text = read(correction)
    assert text[2] == "Why: by what is on record now, that was not so at the time."
    assert text[3] == "Now: ⚫ militants (likely, since Sun 22 Jun)."


def test_a_correction_says_where_nothing_is_known_any_more() -> None:
    correction = Correction(3, NOW, alert(BEFORE, new=FELL), (), (Member(AL_WALEED, None),))
    assert read(correction)[3] == "Now: ⚪ no report on record."
